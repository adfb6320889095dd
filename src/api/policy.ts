/**
 * The policy file: what a platform team asks of every server. A section that is left out asks for nothing, so an empty
 * file is a policy too. Nothing but JSON Schema decides whether a file is good: whatever renders it can check it first.
 */
import { type Static, Type } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import { parse } from 'yaml';
import type { Problem } from './problem.ts';
import { OneOf } from './schema.ts';
import { formatPath } from './sites.ts';
import { structureOf } from './validate.ts';

const closed = { additionalProperties: false };

/** A host with an optional port, perhaps below a wildcard, and segments of a path. */
const REGISTRY_PATTERN =
  '^((\\*\\.[a-z0-9-]+|[a-z0-9-]+\\.[a-z0-9-]+)(\\.[a-z0-9-]+)*(:[0-9]{1,5})?|localhost(:[0-9]{1,5})?|[a-z0-9-]+:[0-9]{1,5})(/[a-z0-9*]([a-z0-9._*-]*[a-z0-9*])?)*$';
const HOST_PATTERN = '^(\\*|(\\*\\.)?[a-z0-9]([a-z0-9-]*[a-z0-9])?(\\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*)$';
const NAME_PATTERN = '^[a-z0-9*]([a-z0-9.*-]*[a-z0-9*])?$';
const ROLE_PATTERN = '^arn:[a-z-]+:iam::[0-9]{12}:role/[A-Za-z0-9+=,.@_/*-]+$';
const PACKAGE_PATTERN =
  '^(npm:(@[a-z0-9~*-][a-z0-9._~*-]*/)?[a-z0-9~*-][a-z0-9._~*-]*|pypi:[A-Za-z0-9*]([A-Za-z0-9._*-]*[A-Za-z0-9*])?)$';
const QUANTITY_PATTERN = '^[0-9]{1,12}(\\.[0-9]{1,3})?([KMGTPE]i|[mkMGTPE])?$';

/** What namespaces may have. Where no grant names a namespace, it may have nothing. */
function Grants(what: string, pattern: string, hint: string, description: string) {
  return Type.Optional(
    Type.Array(
      Type.Object(
        {
          namespaces: Type.Array(
            Type.String({
              pattern: NAME_PATTERN,
              maxLength: 253,
              hint: 'the name of a namespace, * for any run of characters',
            }),
            {
              minItems: 1,
              maxItems: 256,
              description: 'Namespaces that it holds for; `*` is any run of characters.',
            },
          ),
          allowed: Type.Array(Type.String({ pattern, maxLength: 512, hint }), {
            maxItems: 256,
            description: `${what} that their servers may have.`,
          }),
        },
        closed,
      ),
      { maxItems: 256, description },
    ),
  );
}

const limit = (what: string) =>
  Type.Optional(
    Type.String({
      pattern: QUANTITY_PATTERN,
      hint: 'an amount such as "4" or 8Gi, quoted where it is a number',
      description: `Most ${what} that a container may have as its limit.`,
    }),
  );

export const POD_OVERRIDES = [
  'Privileged',
  'AddedCapabilities',
  'PrivilegeEscalation',
  'Root',
  'Unconfined',
  'HostPath',
] as const;

export const Policy = Type.Object(
  {
    allowedRegistries: Type.Optional(
      Type.Array(
        Type.String({
          pattern: REGISTRY_PATTERN,
          maxLength: 512,
          hint: 'a registry such as registry.example.com, *.example.com, or registry.example.com:5000/team-*',
        }),
        {
          maxItems: 256,
          description:
            'Where images may come from, judged as they are deployed, those of sidecars and init containers included. A host (with its port), perhaps with the beginning of a path, segment by segment. `*.` in front of a host stands for one or more labels, `*` in a path for a run of characters within a segment. Images without a registry are those of `docker.io`, single names those of `docker.io/library`.',
        },
      ),
    ),
    requireImageTag: Type.Optional(
      Type.Boolean({
        description: 'Refuse images without a tag and with the tag `latest`; a digest satisfies it.',
      }),
    ),
    resources: Type.Optional(
      Type.Object(
        {
          requireLimits: Type.Optional(
            Type.Array(OneOf(['cpu', 'memory']), {
              maxItems: 2,
              description: 'Limits that every container must have, the defaults from the settings included.',
            }),
          ),
          maxLimits: Type.Optional(
            Type.Object(
              { cpu: limit('CPU'), memory: limit('memory') },
              { ...closed, description: 'Ceilings of limits.' },
            ),
          ),
        },
        { ...closed, description: 'What containers may use.' },
      ),
    ),
    allowScaleToZero: Type.Optional(
      Type.Boolean({ description: 'Whether `replicas: 0` stops a server; yes where absent.' }),
    ),
    allowedTransports: Type.Optional(
      Type.Array(OneOf(['http', 'sse', 'stdio']), {
        minItems: 1,
        maxItems: 3,
        description: 'Transports that servers may speak.',
      }),
    ),
    packages: Type.Optional(
      Type.Object(
        {
          allowed: Type.Optional(
            Type.Array(
              Type.String({
                pattern: PACKAGE_PATTERN,
                maxLength: 256,
                hint: 'a package such as npm:@acme/* or pypi:mcp-server-time',
              }),
              {
                maxItems: 256,
                description:
                  'Packages that servers may be: the registry, `:`, the name; `*` is a run of characters without `/`. Names of PyPI are compared as PyPI does, whatever their case, dots, dashes and underscores. Where absent, all; where empty, none.',
              },
            ),
          ),
          requireExactVersion: Type.Optional(
            Type.Boolean({
              description:
                'Refuse versions that are ranges or tags, of which another may be installed tomorrow; yes where absent, also without a policy.',
            }),
          ),
        },
        { ...closed, description: 'What `package` may be. Its image is judged like any other.' },
      ),
    ),
    allowedServiceTypes: Type.Optional(
      Type.Array(OneOf(['ClusterIP', 'NodePort', 'LoadBalancer']), {
        minItems: 1,
        maxItems: 3,
        description: 'What `service.type` may be; where a server says nothing, it is ClusterIP.',
      }),
    ),
    hosts: Grants(
      'Hosts',
      HOST_PATTERN,
      'a host such as mcp.example.com or *.example.com, or * for any and none',
      'Public hosts of `ingress` and `route`. `*.` in front stands for one or more labels; `*` alone also allows an Ingress or a route that names no host.',
    ),
    iamRoles: Grants(
      'Roles',
      ROLE_PATTERN,
      'the ARN of a role, * for a run of characters between / and :',
      'Roles of `aws.iamRole` and of the same annotation of `serviceAccount`; `*` is a run of characters without `/` and `:`.',
    ),
    serviceAccounts: Grants(
      'ServiceAccounts',
      NAME_PATTERN,
      'the name of a ServiceAccount, * for any run of characters',
      'ServiceAccounts of `serviceAccountName`.',
    ),
    runtimeClasses: Grants(
      'RuntimeClasses',
      NAME_PATTERN,
      'the name of a RuntimeClass, * for any run of characters',
      'RuntimeClasses of `pod.runtimeClassName`. A server that names none has what the cluster gives every pod.',
    ),
    catalogs: Grants(
      'Namespaces',
      NAME_PATTERN,
      'the name of a namespace, * for any run of characters',
      'Namespaces whose servers an MCPCatalog may publish, beside those of its own; here `namespaces` are those of catalogs.',
    ),
    forbiddenPodOverrides: Type.Optional(
      Type.Array(OneOf(POD_OVERRIDES), {
        maxItems: POD_OVERRIDES.length,
        description:
          '`Privileged`: privileged containers. `AddedCapabilities`: `capabilities.add`, and a `capabilities.drop` without `ALL`. `PrivilegeEscalation`: `allowPrivilegeEscalation: true`. `Root`: user 0, or `runAsNonRoot: false`. `Unconfined`: that seccomp profile. In every container and in the pod. `HostPath`: such volumes. A privileged container breaks the first three and the last of these at once. The network of the host has no field in `pod`, so nobody can have it.',
      }),
    ),
  },
  closed,
);

export type Policy = Static<typeof Policy>;

/** A file that is no policy; the message has a line for each problem. */
export class PolicyError extends Error {
  override name = 'PolicyError';
}

const problemsOf = structureOf(Policy);

/**
 * @param text YAML or JSON.
 * @throws PolicyError naming every field that is wrong, and how.
 */
export function parsePolicy(text: string): Policy {
  let given: unknown;
  try {
    // As Helm and kubectl read it.
    given = parse(text, { maxAliasCount: 100, version: '1.1' }) ?? {};
  } catch (error) {
    throw new PolicyError(`not YAML: ${(error as Error).message.split('\n', 1)[0]}`);
  }
  const problems: Problem[] = problemsOf(given);
  if (problems.length > 0) {
    throw new PolicyError(
      problems.map(({ path, detail }) => `${formatPath(path) || 'the file'}: ${detail}`).join('\n'),
    );
  }
  return Value.Clone(given) as Policy;
}
