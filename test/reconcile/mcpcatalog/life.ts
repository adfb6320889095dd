/** A catalog in a cluster of its own, for tests of what comes of it over time. */
import { parse } from 'yaml';
import type { MCPCatalogStatus } from '../../../src/api/mcpcatalog.ts';
import type { MCPServerRegistrationSpec } from '../../../src/api/mcpserverregistration.ts';
import { type KubernetesObject, kindKey, type SyncRequest } from '../../../src/reconcile/contract.ts';
import { mcpCatalogController } from '../../../src/reconcile/mcpcatalog/controller.ts';
import { loadSettings, type RenderSettings } from '../../../src/settings.ts';
import { entryFrom, requestOf, type ShortEntry } from '../golden.ts';
import { violations } from '../invariants.ts';

export const ENVIRONMENT = { FEATURES: 'catalogs', MCP_APPLY_STRATEGY: 'dynamic-apply' };
const START = Date.parse('2026-01-01T12:00:00Z');

/** A catalog in a cluster that applies what it answers, except for kinds that are refused. */
export class Life {
  spec: object;
  generation = 1;
  status: MCPCatalogStatus | undefined;
  children: KubernetesObject[] = [];
  seconds = 0;
  settings: RenderSettings;
  refuses = new Set<string>();
  /** How many syncs changed anything. */
  writes = 0;
  /** Objects besides entries. */
  related: KubernetesObject[] = [];

  constructor(spec: object = {}, environment: Record<string, string> = {}) {
    this.spec = { litellm: { file: {} }, ...spec };
    this.settings = loadSettings({ ...ENVIRONMENT, ...environment }).render;
  }

  /** RFC 3339. */
  now(): string {
    return `${new Date(START + this.seconds * 1000).toISOString().slice(0, 19)}Z`;
  }

  request(entries: readonly ShortEntry[]): SyncRequest {
    const request = requestOf(
      {
        parent: {
          kind: 'MCPCatalog',
          metadata: { name: 'all', namespace: 'ai', generation: this.generation },
          spec: this.spec,
          ...(this.status ? { status: this.status } : {}),
        },
        given: this.children,
      },
      this.settings,
    );
    const related = entries.map((entry) => entryFrom(entry));
    const byKey = (objects: KubernetesObject[]) =>
      Object.fromEntries(objects.map((one) => [`${one.metadata.namespace}/${one.metadata.name}`, one]));
    request.related = { 'MCPServerEntry.mcp.dev/v1alpha1': byKey(related) };
    for (const one of this.related) request.related[kindKey(one)] = byKey([one]);
    return request;
  }

  /** One sync and what comes of it. */
  sync(entries: readonly ShortEntry[]) {
    const now = this.now();
    const request = this.request(entries);
    const answer = mcpCatalogController.sync(request, { settings: this.settings, now });
    const next = (answer.children as KubernetesObject[])
      .filter(({ kind }) => !this.refuses.has(kind))
      .map((child) => this.#asItIs(child));
    const kept = this.children.filter(({ kind }) => this.refuses.has(kind));
    const changed =
      JSON.stringify([answer.status, ...next]) !== JSON.stringify([this.status, ...this.children]);
    this.children = [...next, ...kept];
    this.status = answer.status as MCPCatalogStatus;
    if (changed) this.writes++;
    return {
      ...answer,
      changed,
      broken: violations(this.request(entries), { settings: this.settings, now }),
    };
  }

  /** What the cluster adds to a child stays when it is applied again. */
  #asItIs(child: KubernetesObject): KubernetesObject {
    const before = this.children.find(
      ({ kind, metadata }) => kind === child.kind && metadata.name === child.metadata.name,
    );
    const { creationTimestamp } = before?.metadata ?? {};
    return {
      ...child,
      metadata: { ...child.metadata, ...(creationTimestamp ? { creationTimestamp } : {}) },
      ...(before?.status === undefined ? {} : { status: before.status }),
    };
  }

  /** Syncs until nothing moves any more, a second after the other. */
  settle(entries: readonly ShortEntry[]) {
    this.seconds += 10;
    for (let count = 0; count < 5; count++) {
      const answer = this.sync(entries);
      if (!answer.changed) return answer;
      this.seconds++;
    }
    throw new Error('it does not settle');
  }

  published(): Record<string, { url: string }> {
    const map = this.children.find(({ kind }) => kind === 'ConfigMap') as
      | (KubernetesObject & { data: Record<string, string> })
      | undefined;
    return parse(map!.data['mcp_servers.yaml']!, { version: '1.1' }).mcp_servers;
  }

  told(name: string): MCPServerRegistrationSpec | undefined {
    const found = this.children.find(({ metadata }) => metadata.name.endsWith(`.${name}`));
    return found?.spec as MCPServerRegistrationSpec | undefined;
  }

  condition(type: string): string {
    const found = this.status?.conditions?.find((one) => one.type === type);
    return `${found?.status} ${found?.reason}`;
  }
}
