/** What the settings give every container of a server's pods: variables, and the CAs that it trusts. */
import type { V1EnvVar, V1Volume, V1VolumeMount } from '@kubernetes/client-node';
import type { RenderSettings } from '../settings.ts';

export const TRUST_VOLUME = 'mcp-trust';
export const TRUST_PATH = '/etc/mcp/trust';
export const TRUST_FILE = 'ca.crt';
/** By which OpenSSL and Go, Node.js, and Python's requests find a bundle. */
const TRUST_VARIABLES = ['SSL_CERT_FILE', 'NODE_EXTRA_CA_CERTS', 'REQUESTS_CA_BUNDLE'];

/**
 * @param taken names of variables that the spec sets, which win.
 * @returns variables in the order of their names, the bundle's first.
 */
export function givenEnvironment(
  { defaultEnv, trustBundle }: RenderSettings,
  taken: ReadonlySet<string>,
): V1EnvVar[] {
  const trust = trustBundle.configMap === '' ? [] : TRUST_VARIABLES;
  return [
    ...trust
      .filter((name) => !(name in defaultEnv))
      .map((name) => ({ name, value: `${TRUST_PATH}/${TRUST_FILE}` })),
    ...Object.keys(defaultEnv)
      .sort()
      .map((name) => ({ name, value: defaultEnv[name]! })),
  ].filter(({ name }) => !taken.has(name));
}

export function givenMounts({ trustBundle }: RenderSettings): V1VolumeMount[] {
  return trustBundle.configMap === '' ? [] : [{ name: TRUST_VOLUME, mountPath: TRUST_PATH, readOnly: true }];
}

export function givenVolumes({ trustBundle }: RenderSettings): V1Volume[] {
  return trustBundle.configMap === '' ? [] : [trustVolume(trustBundle)];
}

/** @returns the volume with the CAs of a ConfigMap, under one name whatever its key is. */
export function trustVolume({ configMap, key }: RenderSettings['trustBundle']): V1Volume {
  return { name: TRUST_VOLUME, configMap: { name: configMap, items: [{ key, path: TRUST_FILE }] } };
}
