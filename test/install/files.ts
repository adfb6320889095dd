/** Reads the files that installations are made of. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parse, parseAllDocuments } from 'yaml';
import type { KubernetesObject } from '../../src/reconcile/contract.ts';

export const ROOT = path.join(import.meta.dirname, '..', '..');
export const CHART = path.join(ROOT, 'charts', 'smooth-operator');

export function readText(...segments: string[]): string {
  return readFileSync(path.join(ROOT, ...segments), 'utf8');
}

export function readYaml<T>(...segments: string[]): T {
  return parse(readText(...segments)) as T;
}

/** @returns the objects of a stream of YAML documents; empty ones are left out. */
export function manifests(text: string): KubernetesObject[] {
  return parseAllDocuments(text)
    .map((document) => document.toJS() as KubernetesObject | null)
    .filter((object): object is KubernetesObject => object !== null);
}

/** A CompositeController, as far as installing looks into it. */
export interface CompositeController extends KubernetesObject {
  spec: {
    parentResource: { apiVersion: string; resource: string; ignoreStatusChanges?: boolean };
    generateSelector?: boolean;
    resyncPeriodSeconds?: number;
    childResources: { apiVersion: string; resource: string; updateStrategy?: { method: string } }[];
    hooks: Record<string, { version: string; webhook: Webhook }>;
  };
}

export interface Webhook {
  path: string;
  service: { name: string; namespace: string; port: number; protocol: string };
  caBundle?: { secretRef: SecretReference };
  clientTLS?: { secretRef: SecretReference };
  authorization?: { secretRef: SecretReference };
}

interface SecretReference {
  name: string;
  namespace: string;
  key: string;
}

/** @returns a schema as the chart has it: what Helm judges by, without the words around it. */
export function helmSchemaOf(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(helmSchemaOf);
  if (typeof schema !== 'object' || schema === null) return schema;
  const { anyOf, hint: _hint, description: _description, ...rest } = schema as Record<string, unknown>;
  const literals = (anyOf as { const?: unknown }[] | undefined)?.map((one) => one.const);
  return Object.fromEntries(
    Object.entries({ ...rest, ...(literals ? { enum: literals } : {}) })
      .filter(([name]) => !(literals && name === 'type'))
      .map(([name, value]) => [name, helmSchemaOf(value)]),
  );
}

/**
 * @returns the places of values that must be there: every setting, every switch, what else a guard goes by, and what
 * holds them. Helm takes a null for a value that is not there, and templates take that for one that is off.
 */
export function guardsOf(values: object, place: readonly string[] = []): string[][] {
  return Object.entries(values).flatMap(([name, value]) => {
    const at = [...place, name];
    // Kubernetes' own, where a null takes away what a platform decides.
    if (name === 'podSecurityContext') return [];
    const isMap = typeof value === 'object' && value !== null && !Array.isArray(value);
    const within = isMap ? guardsOf(value, at) : [];
    const isGuard =
      typeof value === 'boolean' || place[0] === 'settings' || OTHER_GUARDS.includes(at.join('.'));
    return within.length > 0 || isGuard ? [at, ...within] : [];
  });
}

const OTHER_GUARDS = ['auth.clientCertificate.names', 'admission.clientCertificate.ca'];
