/** Servers that are changed in every way that users change them, and whether each is what was asked for last. */
import type { MCPServer } from '../../src/api/mcpserver.ts';
import { SERVER_LABEL } from '../../src/children/identity.ts';
import { controllerOf } from '../../src/engine/cache.ts';
import type { Client, StoredObject } from '../../src/engine/client.ts';
import { orUndefined, pathOf } from '../../src/engine/kinds.ts';
import { poll } from '../cluster/process.ts';
import { settled } from './look.ts';

const NAMESPACE = 'default';
const SERVERS = { apiVersion: 'mcp.dev/v1alpha1', resource: 'mcpservers' };
const DEPLOYMENTS = { apiVersion: 'apps/v1', resource: 'deployments' };
const SERVICES = { apiVersion: 'v1', resource: 'services' };
const ACCOUNTS = { apiVersion: 'v1', resource: 'serviceaccounts' };
type Kind = typeof SERVERS;

/** A value that the operator never renders. */
const EDITED_DEADLINE_SECONDS = 7;

/** What a server's spec says and changes alter. */
interface Wanted {
  image: string;
  replicas: number;
  level: string;
}

interface Deployment extends StoredObject {
  spec: {
    replicas: number;
    progressDeadlineSeconds: number;
    template: {
      spec: { containers: { image: string; env?: { name: string; value?: string }[] }[] };
    };
  };
}

/** What can become of a server that is there. */
const CHANGES = [
  'image',
  'Deployment edited',
  'replicas',
  'Service edited',
  'deleted',
  'env',
  'Deployment deleted',
  'ServiceAccount edited',
] as const;
export type Change = (typeof CHANGES)[number] | 'created';

/** Seconds until the last server of each change was right, and how many there were. */
export type Recovery = Map<Change | 'unchanged', { servers: number; seconds: number }>;

export class ChangingFleet {
  #client: Client;
  #wanted = new Map<string, Wanted>();
  /** What became of servers since all were right. */
  #changed = new Map<string, Change>();
  #count = 0;

  constructor(client: Client) {
    this.#client = client;
  }

  /** Those that are to be there. */
  get names(): string[] {
    return [...this.#wanted.keys()];
  }

  /** Makes servers of names that never were. */
  async create(count: number): Promise<void> {
    const names = Array.from({ length: count }, () => `server-${this.#count++}`);
    await Promise.all(
      names.map(async (name) => {
        const wanted: Wanted = { image: 'ghcr.io/acme/search:1', replicas: 1, level: '1' };
        this.#note(name, 'created', wanted);
        const metadata = { name, namespace: NAMESPACE };
        const body = { ...SERVERS, kind: 'MCPServer', metadata, spec: specOf(wanted) };
        await this.#client.request('POST', pathTo(SERVERS), { body });
      }),
    );
  }

  /** Changes each of these servers, by turns in every way there is, beginning with the given one. */
  async change(names: readonly string[], first = 0): Promise<void> {
    await Promise.all(
      names.map((name, index) => this.#changeOne(name, CHANGES[(first + index) % CHANGES.length]!)),
    );
  }

  /**
   * Waits until every server is what was asked for last, and counts the time from the call on.
   * @throws Error with what is not right after so many seconds.
   */
  async right(limitSeconds: number): Promise<Recovery> {
    const began = performance.now();
    const lastWrong = new Map<string, number>();
    let wrong = new Map<string, string>();
    const allRight = async () => {
      wrong = await this.#wrong();
      const seconds = (performance.now() - began) / 1000;
      for (const name of wrong.keys()) lastWrong.set(name, seconds);
      return wrong.size === 0;
    };
    await poll('every server is right', allRight, limitSeconds).catch((error: Error) => {
      const lines = [...wrong].map(([name, why]) => `${name} (${this.#changed.get(name)}): ${why}`);
      throw new Error(`${error.message}; ${lines.length} are not:\n${lines.join('\n')}`);
    });
    const recovery: Recovery = new Map();
    for (const name of new Set([...this.names, ...this.#changed.keys()])) {
      const change = this.#changed.get(name) ?? 'unchanged';
      const { servers, seconds } = recovery.get(change) ?? { servers: 0, seconds: 0 };
      const own = lastWrong.get(name) ?? 0;
      recovery.set(change, { servers: servers + 1, seconds: Math.max(seconds, own) });
    }
    this.#changed.clear();
    return recovery;
  }

  /** Waits until nothing is left of servers that were deleted: that is the garbage collector's work, not the operator's. */
  async noOrphans(limitSeconds: number): Promise<void> {
    const none = async () => {
      const deployments = await this.#list<Deployment>(DEPLOYMENTS);
      return [...deployments.keys()].every((name) => this.#wanted.has(name));
    };
    await poll('no deleted server has a Deployment', none, limitSeconds);
  }

  #note(name: string, change: Change, wanted: Wanted | undefined): void {
    this.#changed.set(name, change);
    if (wanted) this.#wanted.set(name, wanted);
    else this.#wanted.delete(name);
  }

  async #changeOne(name: string, change: (typeof CHANGES)[number]): Promise<void> {
    const wanted = this.#wanted.get(name)!;
    const next = String(Number(wanted.level) + 1);
    switch (change) {
      case 'image':
        return this.#changeSpec(name, change, {
          ...wanted,
          image: `ghcr.io/acme/search:${next}`,
          level: next,
        });
      case 'replicas':
        return this.#changeSpec(name, change, { ...wanted, replicas: wanted.replicas === 1 ? 2 : 1 });
      case 'env':
        return this.#changeSpec(name, change, { ...wanted, level: next });
      case 'deleted':
        this.#note(name, change, undefined);
        await this.#client.request('DELETE', pathTo(SERVERS, name));
        return;
      case 'Deployment deleted':
        return this.#changeChild(name, change, wanted, DEPLOYMENTS);
      case 'Deployment edited':
        return this.#changeChild(name, change, wanted, DEPLOYMENTS, {
          spec: { progressDeadlineSeconds: EDITED_DEADLINE_SECONDS },
        });
      case 'Service edited':
        return this.#changeChild(name, change, wanted, SERVICES, {
          spec: { selector: { [SERVER_LABEL]: 'nobody' } },
        });
      case 'ServiceAccount edited':
        return this.#changeChild(name, change, wanted, ACCOUNTS, { automountServiceAccountToken: true });
    }
  }

  async #changeSpec(name: string, change: Change, wanted: Wanted): Promise<void> {
    this.#note(name, change, wanted);
    await this.#patch(SERVERS, name, { spec: specOf(wanted) });
  }

  /** Deletes the child where there is no patch. It may not be there, after another change. */
  async #changeChild(
    name: string,
    change: Change,
    wanted: Wanted,
    kind: Kind,
    patch?: object,
  ): Promise<void> {
    this.#note(name, change, wanted);
    const done = patch ? this.#patch(kind, name, patch) : this.#client.request('DELETE', pathTo(kind, name));
    await orUndefined(done);
  }

  #patch(kind: Kind, name: string, body: object): Promise<unknown> {
    const contentType = 'application/merge-patch+json';
    return this.#client.request('PATCH', pathTo(kind, name), { body, contentType });
  }

  /** @returns what is not right, by the server's name. */
  async #wrong(): Promise<Map<string, string>> {
    const [servers, deployments, services, accounts] = await Promise.all([
      this.#list<StoredObject & MCPServer>(SERVERS),
      this.#list<Deployment>(DEPLOYMENTS),
      this.#list<StoredObject & { spec: { selector: Record<string, string> } }>(SERVICES),
      this.#list<StoredObject & { automountServiceAccountToken?: boolean }>(ACCOUNTS),
    ]);
    const wrong = new Map<string, string>();
    for (const name of servers.keys()) if (!this.#wanted.has(name)) wrong.set(name, 'is there');
    for (const [name, wanted] of this.#wanted) {
      const server = servers.get(name);
      const deployment = deployments.get(name);
      const container = deployment?.spec.template.spec.containers[0];
      const level = container?.env?.find((one) => one.name === 'LEVEL')?.value;
      const checks: [boolean | undefined, string][] = [
        [server && settled(server), `its status is ${JSON.stringify(server?.status)}`],
        [server?.status?.image === wanted.image, `its status names ${server?.status?.image}`],
        [container?.image === wanted.image, `its Deployment runs ${container?.image}`],
        [level === wanted.level, `its Deployment has LEVEL=${level}`],
        [
          deployment?.spec.replicas === wanted.replicas,
          `its Deployment has ${deployment?.spec.replicas} pods`,
        ],
        [deployment?.spec.progressDeadlineSeconds !== EDITED_DEADLINE_SECONDS, 'its Deployment is as edited'],
        [services.get(name)?.spec.selector[SERVER_LABEL] === name, 'its Service is not as rendered'],
        [accounts.get(name)?.automountServiceAccountToken === false, 'its ServiceAccount is not as rendered'],
      ];
      const failed = checks.find(([holds]) => !holds);
      if (failed) wrong.set(name, failed[1]);
    }
    return wrong;
  }

  /** @returns our servers, or children of them, by the server's name. */
  async #list<T extends StoredObject>(kind: Kind): Promise<Map<string, T>> {
    const { items } = await this.#client.request<{ items: T[] }>('GET', pathTo(kind));
    const ours = kind === SERVERS ? items : items.filter((one) => controllerOf(one)?.kind === 'MCPServer');
    return new Map(ours.map((one) => [one.metadata.name, one]));
  }
}

function specOf({ image, replicas, level }: Wanted): object {
  return { image, replicas, env: [{ name: 'LEVEL', value: level }] };
}

function pathTo(kind: Kind, name?: string): string {
  return pathOf({ ...kind, namespaced: true }, NAMESPACE, name);
}

/** In a few words, for a report. */
export function brief(recovery: Recovery): string {
  const worst = Math.max(...[...recovery.values()].map(({ seconds }) => seconds));
  const total = [...recovery.values()].reduce((sum, { servers }) => sum + servers, 0);
  const each = [...recovery].map(
    ([change, { servers, seconds }]) => `${change} ${servers}: ${seconds.toFixed(1)} s`,
  );
  return `${total} servers right after ${worst.toFixed(1)} s (${each.join(', ')})`;
}
