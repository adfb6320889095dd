/** The ConfigMaps with what a catalog publishes in a registry: as many as it takes, for whoever reads them puts them together. */
import { hash } from 'node:crypto';
import type { V1ConfigMap } from '@kubernetes/client-node';
import type { MCPCatalog } from '../../api/mcpcatalog.ts';
import type { RegistryDocument, RegistryEntry } from '../../api/registrydocument.ts';
import { canonical } from '../canonical.ts';
import { catalogMetadata } from './identity.ts';

/** The key, and so the name of the file where the ConfigMap is mounted. */
export const REGISTRY_KEY = 'registry.json';

/** Of each on average: two thirds of what one may have, for names do not spread evenly. */
const BYTES = 160 * 1024;
/** Some 5,000 servers. They have names that are known beforehand, to tell whether somebody else has one. */
const MOST = 16;

export function registryConfigMapNames({ metadata }: Pick<MCPCatalog, 'metadata'>): string[] {
  return Array.from({ length: MOST }, (_, index) => `${metadata.name}-registry-${index}`);
}

export function registryConfigMaps(catalog: MCPCatalog, { servers }: RegistryDocument): V1ConfigMap[] {
  // As it stands in a manifest: with each quote escaped.
  const bytes = Buffer.byteLength(JSON.stringify(JSON.stringify(servers)));
  const count = Math.min(Math.max(1, Math.ceil(bytes / BYTES)), MOST);
  const names = registryConfigMapNames(catalog);
  const parts = Array.from({ length: count }, (): RegistryEntry[] => []);
  for (const one of servers) parts[partOf(one.server.name, count)]!.push(one);
  return parts.map((part, index) =>
    canonical<V1ConfigMap>({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: catalogMetadata(catalog, names[index]!),
      data: { [REGISTRY_KEY]: JSON.stringify({ servers: part }) },
    }),
  );
}

/** By its name alone, so that a server that comes or goes changes one of them. */
function partOf(name: string, count: number): number {
  return Number.parseInt(hash('sha256', name, 'hex').slice(0, 8), 16) % count;
}
