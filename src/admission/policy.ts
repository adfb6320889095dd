/**
 * What the policy file asks for: one rule, one function. Each knows the settings as well, for images, hosts and resources
 * are judged as they would be deployed. A rule whose section is not in the file finds nothing.
 */

import { isMoving } from '../api/image.ts';
import type { MCPCatalog } from '../api/mcpcatalog.ts';
import type { MCPServer } from '../api/mcpserver.ts';
import type { POD_OVERRIDES, Policy } from '../api/policy.ts';
import type { Problem } from '../api/problem.ts';
import { compareQuantities } from '../api/quantity.ts';
import type { Path } from '../api/sites.ts';
import { HOST } from '../api/syntax.ts';
import { resolveImage } from '../children/image.ts';
import { ingressHost } from '../children/ingress.ts';
import { defaultResources } from '../children/resources.ts';
import { ROLE_ANNOTATION } from '../children/serviceaccount.ts';
import { isBridged, transportOf } from '../children/transport.ts';
import type { RenderSettings } from '../settings.ts';
import { listed } from './listed.ts';
import { packageDefaults, packageRules } from './packages.ts';
import { hostMatches, nameMatches, registryMatches, roleMatches } from './patterns.ts';
import { invalid, type Rule, required } from './rule.ts';

const imagesComeFromAllowedRegistries: Rule = (server, settings) => {
  const { allowedRegistries: allowed } = settings.policy;
  if (!allowed) return [];
  return imagesOf(server, settings)
    .filter(({ image }) => !allowed.some((pattern) => registryMatches(pattern, image)))
    .map(({ path, image }) =>
      invalid(path, image, `must come from ${listed(allowed, 'nowhere: no registry is allowed')}`),
    );
};

const imagesHaveTag: Rule = (server, settings) => {
  if (!settings.policy.requireImageTag) return [];
  return imagesOf(server, settings)
    .filter(({ image }) => isMoving(image))
    .map(({ path, image }) => invalid(path, image, 'must have a tag other than latest, or a digest'));
};

const containersHaveLimits: Rule = (server, settings) => {
  const { requireLimits = [] } = settings.policy.resources ?? {};
  return limitsOf(server, settings).flatMap(({ path, limits, whose }) =>
    requireLimits
      .filter((name) => isNone(limits[name]))
      .map((name) => required([...path, name], `a limit above 0${whose(name)}`)),
  );
};

const limitsStayUnderCeiling: Rule = (server, settings) => {
  const { maxLimits = {} } = settings.policy.resources ?? {};
  return limitsOf(server, settings).flatMap(({ path, limits, whose }) =>
    (['cpu', 'memory'] as const).flatMap((name): Problem[] => {
      const [most, limit] = [maxLimits[name], limits[name]];
      if (most === undefined || limit === undefined) return [];
      if (!isNone(limit) && compareQuantities(limit, most) <= 0) return [];
      return [invalid([...path, name], limit, `must be above 0, and ${most} or less${whose(name)}`)];
    }),
  );
};

/** To the kubelet, a limit of 0 is no limit. */
function isNone(limit: string | number | undefined): boolean {
  return limit === undefined || compareQuantities(limit, 0) === 0;
}

const replicasStayAboveZero: Rule = ({ spec }, { policy }) =>
  policy.allowScaleToZero === false && spec.replicas === 0
    ? [invalid(['replicas'], 0, 'must be 1 or more: servers may not be stopped')]
    : [];

const transportIsAllowed: Rule = ({ spec }, { policy }) => {
  const { allowedTransports: allowed } = policy;
  const transport = transportOf(spec);
  if (!allowed || (allowed as string[]).includes(transport)) return [];
  return [invalid(['transport'], transport, `must be ${allowed.join(' or ')}`)];
};

const serviceTypeIsAllowed: Rule = ({ spec }, { policy }) => {
  const { allowedServiceTypes: allowed } = policy;
  const type = spec.service?.type ?? 'ClusterIP';
  if (!allowed || (allowed as string[]).includes(type)) return [];
  return [invalid(['service', 'type'], type, `must be ${allowed.join(' or ')}`)];
};

const HOST_ALIASES = 'nginx.ingress.kubernetes.io/server-alias';

const hostsAreGranted: Rule = (server, settings) => {
  const { policy } = settings;
  if (!policy.hosts) return [];
  const { ingress, route } = server.spec;
  const allowed = granted(policy.hosts, server);
  const named: { path: Path; host: string }[] = [];
  if (ingress) named.push({ path: ['ingress', 'host'], host: ingressHost(server, settings) });
  if (route && !route.hostnames?.length) named.push({ path: ['route', 'hostnames'], host: '' });
  // Another way to say a host, which nginx knows.
  for (const alias of aliasesOf(ingress?.annotations?.[HOST_ALIASES])) {
    named.push({ path: ['ingress', 'annotations', HOST_ALIASES], host: alias });
  }
  for (const [index, host] of (route?.hostnames ?? []).entries()) {
    named.push({ path: ['route', 'hostnames', index], host });
  }
  return named
    .filter(
      ({ host }) => !allowed.some((pattern) => hostMatches(pattern, isHost.test(host) ? host : NO_HOST)),
    )
    .map(({ path, host }) => {
      const { namespace } = server.metadata;
      if (allowed.length === 0) {
        const none = `namespace ${namespace} may have no public host: leave ${path[0]} out`;
        if (host === '') return { path: ['spec', ...path], detail: `Forbidden: ${none}` };
        // By its value an update that brings another host is told from one that leaves it.
        return invalid(path, host, `must not be served, for ${none}`);
      }
      const must = `must be ${listed(allowed, '')} in namespace ${namespace}`;
      return host === '' ? required(path, must) : invalid(path, host, must);
    });
};

/** To nginx an alias may also be a regular expression, which no pattern is a measure for. */
const isHost = new RegExp(`^$|${HOST}`);
const NO_HOST = '~';

function aliasesOf(annotation = ''): string[] {
  return annotation
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '');
}

const rolesAreGranted: Rule = (server, { policy }) => {
  if (!policy.iamRoles) return [];
  const allowed = granted(policy.iamRoles, server);
  const { aws, serviceAccount } = server.spec;
  const annotated = serviceAccount?.annotations?.[ROLE_ANNOTATION];
  const named: [Path, string | undefined][] = [
    [['aws', 'iamRole'], aws?.iamRole],
    [['serviceAccount', 'annotations', ROLE_ANNOTATION], annotated],
  ];
  return named.flatMap(([path, role]) => {
    if (!role || allowed.some((pattern) => roleMatches(pattern, role))) return [];
    return [
      invalid(
        path,
        role,
        `must be ${listed(allowed, 'absent: no role is allowed')} in namespace ${server.metadata.namespace}`,
      ),
    ];
  });
};

const serviceAccountsAreGranted: Rule = (server, { policy }) =>
  nameIsGranted(policy.serviceAccounts, server, ['serviceAccountName'], server.spec.serviceAccountName);

const runtimeClassesAreGranted: Rule = (server, { policy }) =>
  nameIsGranted(
    policy.runtimeClasses,
    server,
    ['pod', 'runtimeClassName'],
    server.spec.pod?.runtimeClassName,
  );

function nameIsGranted(
  grants: Policy['hosts'],
  server: { metadata: { namespace: string } },
  path: Path,
  name: string | undefined,
): Problem[] {
  if (!grants || name === undefined) return [];
  const allowed = granted(grants, server);
  if (allowed.some((pattern) => nameMatches(pattern, name))) return [];
  const must = listed(allowed, 'absent: none is allowed');
  return [invalid(path, name, `must be ${must} in namespace ${server.metadata.namespace}`)];
}

type Override = (typeof POD_OVERRIDES)[number];
/** What a privileged container has whatever else is said of it. */
const IMPLIED_BY_PRIVILEGED: readonly Override[] = [
  'Privileged',
  'AddedCapabilities',
  'PrivilegeEscalation',
  'Unconfined',
];

interface SecurityContext {
  privileged?: boolean;
  allowPrivilegeEscalation?: boolean;
  runAsUser?: number;
  runAsNonRoot?: boolean;
  capabilities?: { add?: string[]; drop?: string[] };
  seccompProfile?: { type: string };
}

/** Where in a security context an override shows, and whether a value there is one. */
const overrides: Record<Exclude<Override, 'HostPath'>, [Path, (context: SecurityContext) => unknown][]> = {
  Privileged: [[['privileged'], ({ privileged }) => privileged || undefined]],
  AddedCapabilities: [
    [
      ['capabilities', 'add'],
      ({ capabilities }) => (capabilities?.add?.length ? capabilities.add : undefined),
    ],
    // It takes the place of our own, which is all of them.
    [
      ['capabilities', 'drop'],
      ({ capabilities }) => (capabilities?.drop?.includes('ALL') === false ? capabilities.drop : undefined),
    ],
  ],
  PrivilegeEscalation: [
    [['allowPrivilegeEscalation'], ({ allowPrivilegeEscalation }) => allowPrivilegeEscalation || undefined],
  ],
  Root: [
    [['runAsUser'], ({ runAsUser }) => (runAsUser === 0 ? 0 : undefined)],
    [['runAsNonRoot'], ({ runAsNonRoot }) => (runAsNonRoot === false ? false : undefined)],
  ],
  Unconfined: [
    [
      ['seccompProfile', 'type'],
      ({ seccompProfile }) => (seccompProfile?.type === 'Unconfined' ? 'Unconfined' : undefined),
    ],
  ],
};

const overridesAreNotForbidden: Rule = ({ spec }, { policy }) => {
  const forbidden = policy.forbiddenPodOverrides ?? [];
  if (forbidden.length === 0) return [];
  const { securityContext, containerSecurityContext, initContainers = [], sidecars = [] } = spec.pod ?? {};
  type Placed = [Path, SecurityContext | undefined, string];
  const contexts: Placed[] = [
    [['pod', 'securityContext'], securityContext, ''],
    [['pod', 'containerSecurityContext'], containerSecurityContext, ''],
    ...initContainers.map(
      (one, at): Placed => [
        ['pod', 'initContainers', at, 'securityContext'],
        one.securityContext,
        whose(one.name),
      ],
    ),
    ...sidecars.map(
      (one, at): Placed => [['pod', 'sidecars', at, 'securityContext'], one.securityContext, whose(one.name)],
    ),
  ];
  const names = new Set(forbidden.filter((one) => one !== 'HostPath'));
  if (IMPLIED_BY_PRIVILEGED.some((one) => forbidden.includes(one))) names.add('Privileged');
  return contexts.flatMap(([path, context, container]) =>
    [...names].flatMap((name) =>
      overrides[name as keyof typeof overrides].flatMap(([field, read]): Problem[] => {
        const value = context && read(context);
        if (value === undefined) return [];
        return [invalid([...path, ...field], value, `must be left out: ${name} is forbidden${container}`)];
      }),
    ),
  );
};

const volumesAreNotOfTheHost: Rule = ({ spec }, { policy }) => {
  if (!policy.forbiddenPodOverrides?.includes('HostPath')) return [];
  return (spec.pod?.volumes ?? []).flatMap(({ name, hostPath }, at) =>
    hostPath
      ? [
          invalid(
            ['pod', 'volumes', at, 'hostPath', 'path'],
            hostPath.path,
            `must be another volume: HostPath is forbidden (volume ${name})`,
          ),
        ]
      : [],
  );
};

/** What a write to the scale subresource can break. */
export const scaleRules: readonly Rule[] = [replicasStayAboveZero];

const rules: readonly Rule[] = [
  imagesComeFromAllowedRegistries,
  imagesHaveTag,
  containersHaveLimits,
  limitsStayUnderCeiling,
  ...scaleRules,
  transportIsAllowed,
  ...packageRules,
  serviceTypeIsAllowed,
  hostsAreGranted,
  rolesAreGranted,
  serviceAccountsAreGranted,
  runtimeClassesAreGranted,
  overridesAreNotForbidden,
  volumesAreNotOfTheHost,
];

/**
 * @param server one that the schema and `checkMCPServer` let through, with its defaults.
 * @returns everything in which it breaks the policy of the settings. Each says so, for its author may not know the policy;
 *   what is asked for without a policy says what one has to say to allow it.
 */
export function breachesOf(server: MCPServer, settings: RenderSettings): Problem[] {
  const found = (of: readonly Rule[]) => of.flatMap((rule) => rule(server, settings));
  const byPolicy = found(rules).map(({ path, detail }) => ({
    path,
    detail: `${detail}, by the policy of this cluster`,
  }));
  return [...byPolicy, ...found(packageDefaults)];
}

/** Every image of a server as it is deployed, and the field that names it. */
function imagesOf(server: MCPServer, settings: RenderSettings): { path: Path; image: string }[] {
  const { initContainers = [], sidecars = [] } = server.spec.pod ?? {};
  return [
    { path: [server.spec.package ? 'package' : 'image'], image: resolveImage(server.spec, settings) },
    ...initContainers.map(({ image }, at) => ({ path: ['pod', 'initContainers', at, 'image'], image })),
    ...sidecars.map(({ image }, at) => ({ path: ['pod', 'sidecars', at, 'image'], image })),
  ].filter(({ image }) => image !== '');
}

/** The limits of every container as they are deployed, and the field that says them. */
function limitsOf(
  { spec }: MCPServer,
  settings: RenderSettings,
): { path: Path; limits: Record<string, string | number>; whose: (limit: 'cpu' | 'memory') => string }[] {
  const { initContainers = [], sidecars = [] } = spec.pod ?? {};
  type Container = { name?: string; resources?: MCPServer['spec']['resources'] };
  const all: [Path, Container][] = [
    [['resources', 'limits'], { resources: spec.resources }],
    ...initContainers.map((one, at): [Path, Container] => [
      ['pod', 'initContainers', at, 'resources', 'limits'],
      one,
    ]),
    ...sidecars.map((one, at): [Path, Container] => [['pod', 'sidecars', at, 'resources', 'limits'], one]),
  ];
  return all.map(([path, { name, resources }]) => ({
    path,
    limits: resources
      ? (resources.limits ?? {})
      : (name === undefined ? defaultResources({ spec }, settings) : settings.resources).limits,
    whose: (limit) =>
      name !== undefined ? whose(name) : resources ? '' : ofSettings(limit, isBridged({ spec })),
  }));
}

/** A server that names no resources has limits all the same, which its author never wrote. */
function ofSettings(limit: 'cpu' | 'memory', isStdio: boolean): string {
  const setting = `MCP_${isStdio && limit === 'memory' ? 'STDIO_' : ''}${limit.toUpperCase()}_LIMIT`;
  return ` (the operator's ${setting}, for the server names no resources)`;
}

/** Entries of a list move; what is wrong with one is told from what is wrong with another by its name. */
function whose(container: string): string {
  return ` (container ${container})`;
}

/** @returns what the grants of a section allow in the namespace of an object. */
function granted(
  grants: NonNullable<Policy['hosts']>,
  { metadata }: { metadata: { namespace: string } },
): string[] {
  return grants
    .filter(({ namespaces }) => namespaces.some((pattern) => nameMatches(pattern, metadata.namespace)))
    .flatMap(({ allowed }) => allowed);
}

/** @returns everything in which a catalog breaks the policy of the settings. */
export function catalogBreachesOf({ metadata, spec }: MCPCatalog, { policy }: RenderSettings): Problem[] {
  const account = spec.litellm?.file?.rollout?.serviceAccountName;
  const path = ['litellm', 'file', 'rollout', 'serviceAccountName'];
  return nameIsGranted(policy.serviceAccounts, { metadata }, path, account).map(({ path, detail }) => ({
    path,
    detail: `${detail}, by the policy of this cluster`,
  }));
}

/**
 * @param catalog whose own namespace is always among them.
 * @returns whether the policy lets a catalog read the servers of a namespace.
 */
export function mayRead(
  catalog: { metadata: { namespace: string } },
  { catalogs }: Policy,
): (namespace: string) => boolean {
  if (!catalogs) return () => true;
  const own = catalog.metadata.namespace;
  const allowed = granted(catalogs, catalog);
  return (namespace) => namespace === own || allowed.some((pattern) => nameMatches(pattern, namespace));
}
