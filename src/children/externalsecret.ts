/** `secrets` as ExternalSecrets, which the External Secrets Operator turns into Secrets of the same names. */
import type { MCPServer } from '../api/mcpserver.ts';
import type { SecretVariable } from '../api/secrets.ts';
import type { RenderSettings } from '../settings.ts';
import { canonical } from './canonical.ts';
import { labelsOf, metadataOf, nameOf } from './identity.ts';

/**
 * @returns none where there are no `secrets`. Optional ones have an ExternalSecret of their own: a key that is missing
 *   fails a whole one.
 */
export function externalSecrets(server: MCPServer, settings: RenderSettings): object[] {
  const { required, optional } = secretVariables(server);
  return [
    ...(required.length > 0 ? [externalSecret(server, settings, nameOf(server, 'secrets'), required)] : []),
    ...(optional.length > 0
      ? [externalSecret(server, settings, nameOf(server, 'optionalSecrets'), optional)]
      : []),
  ];
}

export function secretVariables({ spec }: MCPServer): {
  required: SecretVariable[];
  optional: SecretVariable[];
} {
  const all = spec.secrets ?? [];
  return { required: all.filter((one) => !one.optional), optional: all.filter((one) => one.optional) };
}

function externalSecret(
  server: MCPServer,
  { secretStore }: RenderSettings,
  name: string,
  variables: SecretVariable[],
): object {
  const store = server.spec.secretStore ?? secretStore;
  return canonical({
    apiVersion: 'external-secrets.io/v1',
    kind: 'ExternalSecret',
    metadata: metadataOf(server, { name }),
    spec: {
      // A list without a key that dynamic apply knows: it is replaced whole, so the API's defaults are spelled out.
      data: variables.map(({ name: secretKey, remoteKey, property }) => ({
        secretKey,
        remoteRef: {
          conversionStrategy: 'Default',
          decodingStrategy: 'None',
          key: remoteKey,
          metadataPolicy: 'None',
          property,
        },
      })),
      refreshInterval: goDuration(secretStore.refreshInterval),
      refreshPolicy: 'Periodic',
      secretStoreRef: { kind: store.kind, name: store.name },
      target: {
        name,
        creationPolicy: 'Owner',
        // What runs keeps its Secret when a key vanishes from the store.
        deletionPolicy: 'Retain',
        // Without one, the Secret gets this object's annotations, Metacontroller's record of it included.
        template: { engineVersion: 'v2', mergePolicy: 'Replace', metadata: { labels: labelsOf(server) } },
      },
    },
  });
}

/** `1h` as Go prints it, `1h0m0s`, for the operator's own writes bring it into that form. */
function goDuration(text: string): string {
  const factor = { s: 1, m: 60, h: 3600 }[text.at(-1) as 's' | 'm' | 'h'];
  const total = Number(text.slice(0, -1)) * factor;
  const [hours, minutes, seconds] = [Math.floor(total / 3600), Math.floor((total % 3600) / 60), total % 60];
  if (hours > 0) return `${hours}h${minutes}m${seconds}s`;
  return minutes > 0 ? `${minutes}m${seconds}s` : `${seconds}s`;
}
