/** Which Secrets a server's pods use, and what changes when they do. */

import { createHmac, hash } from 'node:crypto';
import type { EnvFromSource, EnvVar } from '../api/environment.ts';
import type { MCPServer } from '../api/mcpserver.ts';
import { canonical } from './canonical.ts';
import { secretVariables } from './externalsecret.ts';
import { nameOf } from './identity.ts';

export interface SecretUse {
  name: string;
  /** Whether a pod cannot start without it. */
  required: boolean;
  /** Keys that it must have before the first pods are made. */
  keys: readonly string[];
}

/** @returns every Secret that its pods use, once each, by name. */
export function secretsOf(server: MCPServer): SecretUse[] {
  const { spec } = server;
  const uses = new Map<string, SecretUse>();
  const use = (name: string, required: boolean, keys: readonly string[] = []) => {
    const before = uses.get(name);
    uses.set(name, {
      name,
      required: required || before?.required === true,
      keys: [...(before?.keys ?? []), ...keys],
    });
  };

  if (spec.secretName) use(spec.secretName, true);
  const { required, optional } = secretVariables(server);
  if (required.length > 0) {
    use(
      nameOf(server, 'secrets'),
      true,
      required.map(({ name }) => name),
    );
  }
  if (optional.length > 0) use(nameOf(server, 'optionalSecrets'), false);

  const environment = (env: EnvVar[] = [], from: EnvFromSource[] = []) => {
    for (const { secretRef } of from) if (secretRef) use(secretRef.name, !secretRef.optional);
    for (const { valueFrom } of env) {
      const key = valueFrom?.secretKeyRef;
      if (key) use(key.name, !key.optional);
    }
  };
  environment(spec.env, spec.envFrom);
  for (const extra of [...(spec.pod?.initContainers ?? []), ...(spec.pod?.sidecars ?? [])]) {
    environment(extra.env, extra.envFrom);
  }
  for (const { secret, projected } of spec.pod?.volumes ?? []) {
    if (secret) use(secret.secretName, !secret.optional);
    for (const source of projected?.sources ?? []) {
      if (source.secret) use(source.secret.name, !source.secret.optional);
    }
  }
  return [...uses.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** @returns the Secrets that the headers come from with which the server is asked what it is, and which keys of each, by name. */
export function headerSecretsOf({ spec }: MCPServer): Pick<SecretUse, 'name' | 'keys'>[] {
  const keys = new Map<string, string[]>();
  for (const { secretKeyRef } of spec.verify?.headers ?? []) {
    keys.set(secretKeyRef.name, [...(keys.get(secretKeyRef.name) ?? []), secretKeyRef.key]);
  }
  return [...keys].map(([name, of]) => ({ name, keys: of })).sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** A Secret as far as its digest goes. */
export interface SecretData {
  metadata: { namespace?: string; name: string; uid?: string };
  data?: Record<string, string>;
}

/**
 * Equal values of two Secrets do not show: else whoever may make Secrets in one namespace and see pods in another could
 * compare guesses.
 *
 * @param key from the settings; without one the uid is the salt.
 * @returns 16 hexadecimal digits that change with the content, the same in every replica and release.
 */
export function secretDigest(secret: SecretData, key: string): string {
  const { namespace, name, uid } = secret.metadata;
  const text = JSON.stringify(canonical(secret.data ?? {}));
  // With a key not by the uid, so that a Secret that is restored as it was rolls no pods.
  return key
    ? createHmac('sha256', key).update(`${namespace}/${name}\n${text}`).digest('hex').slice(0, 16)
    : hash('sha256', `${uid}\n${text}`, 'hex').slice(0, 16);
}

/** @returns digests by name as an annotation holds them: `keys=0123456789abcdef,other=...`. */
export function formatDigests(digests: ReadonlyMap<string, string>): string {
  return [...digests].map(([name, digest]) => `${name}=${digest}`).join(',');
}

export function parseDigests(annotation = ''): Map<string, string> {
  return new Map(
    annotation.split(',').flatMap((entry): [string, string][] => {
      const [name, digest] = entry.split('=');
      return name && digest ? [[name, digest]] : [];
    }),
  );
}
