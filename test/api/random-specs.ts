/** Random specs that the API server would accept, made from the schema; the rules that tie fields together are kept by hand. */
import type { TSchema } from '@sinclair/typebox';
import fc from 'fast-check';
import { MCPServerSpec } from '../../src/api/mcpserver.ts';
import { compareQuantities } from '../../src/api/quantity.ts';

type Any = fc.Arbitrary<unknown>;
type Fields = Record<string, unknown>;

const MOST_ENTRIES = 3;

const key = fc.oneof(
  fc.stringMatching(/^[A-Za-z0-9]([-A-Za-z0-9_.]{0,20}[A-Za-z0-9])?$/),
  fc.stringMatching(/^[a-z]{1,5}(\.[a-z]{1,5}){0,2}\/[A-Za-z0-9]{1,9}$/),
);
const amount = fc.oneof(
  fc.nat({ max: 4000 }),
  fc.stringMatching(/^[1-9][0-9]{0,4}(\.[0-9]{1,3})?(m|k|M|Ki|Mi|Gi|)$/),
);

/** Arbitraries of places where rules speak of more than one field, by the place. */
const tied: Record<string, (generic: () => Any) => Any> = {
  'package.version': () => fc.constantFrom('1.2.3', '2026.8.31'),
  'env.*': (generic) =>
    generic().map((one) => {
      const { valueFrom, ...rest } = one as Fields;
      return valueFrom === undefined ? rest : { name: rest.name, valueFrom };
    }),
  'env.*.valueFrom.resourceFieldRef': () =>
    fc.oneof(
      fc.record({
        resource: fc.constantFrom('limits.cpu', 'requests.cpu'),
        divisor: fc.constantFrom('1', '1m'),
      }),
      fc.record(
        {
          resource: fc.constantFrom('limits.memory', 'requests.ephemeral-storage'),
          divisor: fc.constantFrom('1', '1k', '1Mi'),
        },
        { requiredKeys: ['resource'] },
      ),
    ),
  resources: () =>
    fc
      .record({
        amounts: fc.uniqueArray(
          fc.tuple(fc.constantFrom('cpu', 'memory', 'ephemeral-storage'), amount, amount),
          { selector: ([name]) => name, maxLength: 3 },
        ),
        gpus: fc.option(fc.nat({ max: 8 }), { nil: undefined }),
        which: fc.constantFrom('requests', 'limits', 'both', 'none'),
      })
      .map(({ amounts, gpus, which }) => {
        const sorted = amounts.map(([name, a, b]) => [name, ...[a, b].sort(compareQuantities)] as const);
        const requests: Fields = Object.fromEntries(sorted.map(([name, low]) => [name, low]));
        const limits: Fields = Object.fromEntries(sorted.map(([name, , high]) => [name, high]));
        if (gpus !== undefined && which !== 'requests') limits['nvidia.com/gpu'] = gpus;
        if (which === 'none') return {};
        return which === 'both' ? { requests, limits } : { [which]: which === 'limits' ? limits : requests };
      }),
  config: (generic) =>
    fc.dictionary(fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_.-]{0,9}$/), entryOf(generic), {
      maxKeys: MOST_ENTRIES,
    }),
  'config.*': () => fc.oneof(fc.integer({ min: -1000, max: 1000 }), fc.string({ unit: 'grapheme' })),
  'podDisruptionBudget.minAvailable': share,
  'podDisruptionBudget.maxUnavailable': share,
  podDisruptionBudget: atMostOneOf('minAvailable', 'maxUnavailable'),
  strategy: () =>
    fc.oneof(
      fc.record({ type: fc.constant('Recreate') }),
      fc.record({
        rollingUpdate: fc.constantFrom({}, { maxSurge: 0 }, { maxSurge: '50%', maxUnavailable: '0%' }),
      }),
    ),
  // Less than the deadline of the settings.
  minReadySeconds: () => fc.nat({ max: 599 }),
  autoscaling: (generic) =>
    generic().map((one) => {
      const { minReplicas = 1, maxReplicas, ...rest } = one as { minReplicas?: number; maxReplicas: number };
      return { ...rest, minReplicas, maxReplicas: Math.max(minReplicas, maxReplicas) };
    }),
  'autoscaling.containers.*': (generic) =>
    generic().map((one) => ({ targetCPUUtilizationPercentage: 80, ...(one as Fields) })),
  backendTLS: (generic) => generic().map((one) => ({ caConfigMap: 'ca', ...(one as Fields) })),
  ingress: (generic) =>
    generic().map((one) => {
      const { path: _, publicPathPrefix, ...rest } = one as Fields;
      return publicPathPrefix === undefined
        ? { host: 'mcp.acme.com', ...rest }
        : { ...rest, publicPathPrefix, className: 'nginx' };
    }),
  'ingress.host': hostName,
  'route.hostnames.*': hostName,
  'route.parentRefs': (generic) =>
    generic().map((parents) =>
      (parents as Fields[]).map((one, index) => (index === 0 ? one : without(one, 'port'))),
    ),
  'route.path': () => fc.constantFrom('/'),
  'ingress.extraPaths.*': furtherPath,
  'route.extraPaths.*': furtherPath,
  'route.timeouts': (generic) =>
    generic().map((one) => {
      const { request, ...rest } = one as Fields;
      return 'backendRequest' in rest || request === undefined ? rest : { request };
    }),
  'route.labels': (generic) => fc.dictionary(key, entryOf(generic), { maxKeys: MOST_ENTRIES }).map(foreign),
  'route.annotations': (generic) =>
    fc.dictionary(key, entryOf(generic), { maxKeys: MOST_ENTRIES }).map(foreign),
  'networkPolicy.ingressFrom.*': peer,
  'networkPolicy.egressTo.*': peer,
  'networkPolicy.dns.peers.*': peer,
  networkPolicy: (generic) =>
    generic().map((one) => {
      const { dns, ...rest } = one as Fields;
      return 'egressTo' in rest && dns !== undefined ? { ...rest, dns } : rest;
    }),
  'observability.tracing': (generic) =>
    generic().map((one) => ({ endpoint: 'http://otel:4317', ...(one as Fields) })),
  'observability.tracing.endpoint': () =>
    fc.constantFrom('http://otel:4317', 'https://otel.acme.com/v1', 'otel:4317'),
  'pod.extra': (generic) =>
    generic().map((one) => {
      const { volumeMounts, ...rest } = one as { volumeMounts?: Fields[]; name: string };
      const named = { ...rest, name: rest.name === 'mcp-server' ? 'other' : rest.name };
      return volumeMounts
        ? { ...named, volumeMounts: volumeMounts.map((mount) => ({ ...mount, name: 'tmp' })) }
        : named;
    }),
  service: (generic) => generic().map(withFieldsOfType),
  'service.loadBalancerSourceRanges.*': () => fc.constantFrom('203.0.113.0/24', 'fd00::/8'),
  'service.labels': (generic) => fc.dictionary(key, entryOf(generic), { maxKeys: MOST_ENTRIES }).map(foreign),
  'service.annotations': (generic) =>
    fc.dictionary(key, entryOf(generic), { maxKeys: MOST_ENTRIES }).map(foreign),
  'ports.*.name': () => fc.constantFrom('admin-ui', 'grpc-web', '9-pins', 'a23456789012345'),
  extraLabels: (generic) => fc.dictionary(key, entryOf(generic), { maxKeys: MOST_ENTRIES }).map(foreign),
  extraAnnotations: (generic) => fc.dictionary(key, entryOf(generic), { maxKeys: MOST_ENTRIES }).map(foreign),
  'serviceAccount.labels': (generic) =>
    fc.dictionary(key, entryOf(generic), { maxKeys: MOST_ENTRIES }).map(foreign),
  'serviceAccount.annotations': (generic) =>
    fc.dictionary(key, entryOf(generic), { maxKeys: MOST_ENTRIES }).map(foreign),
  'ingress.annotations': (generic) =>
    fc.dictionary(key, entryOf(generic), { maxKeys: MOST_ENTRIES }).map(foreign),
  'observability.metrics.labels': (generic) =>
    fc.dictionary(key, entryOf(generic), { maxKeys: MOST_ENTRIES }).map(foreign),
  'pod.labels': (generic) => fc.dictionary(key, entryOf(generic), { maxKeys: MOST_ENTRIES }).map(foreign),
  'pod.annotations': (generic) =>
    fc.dictionary(key, entryOf(generic), { maxKeys: MOST_ENTRIES }).map(foreign),
  'pod.nodeSelector': (generic) => fc.dictionary(key, entryOf(generic), { maxKeys: MOST_ENTRIES }),
  'pod.tolerations.*': () =>
    fc.oneof(
      fc.record({ operator: fc.constant('Exists') }),
      fc.record({ key, operator: fc.constant('Exists'), effect: fc.constantFrom('NoSchedule', 'NoExecute') }),
      fc.record({ key, value: fc.stringMatching(/^[a-z]{0,9}$/) }),
      fc.record({ key, effect: fc.constant('NoExecute'), tolerationSeconds: fc.nat() }),
    ),
  pod: (generic) =>
    generic().map((one) => {
      const { volumes, volumeMounts, ...rest } = one as {
        volumes?: { name: string }[];
        volumeMounts?: Fields[];
      };
      const named = volumes?.filter(({ name }) => !['tmp', 'mcp-config', 'mcp-trust'].includes(name));
      const mounts = named?.length
        ? volumeMounts?.map((mount, index) => ({ ...mount, name: named[index % named.length]!.name }))
        : undefined;
      const {
        initContainers = [],
        sidecars,
        dnsPolicy,
        dnsConfig,
        ...others
      } = rest as {
        initContainers?: { name: string }[];
        sidecars?: { name: string }[];
        dnsPolicy?: string;
        dnsConfig?: { nameservers?: string[] };
      };
      const apart = sidecars?.filter(({ name }) => initContainers.every((one) => one.name !== name));
      return {
        ...others,
        ...(dnsConfig && { dnsConfig }),
        ...(dnsPolicy && { dnsPolicy: dnsConfig?.nameservers ? dnsPolicy : 'Default' }),
        ...(initContainers.length > 0 && { initContainers }),
        ...(apart && { sidecars: apart }),
        ...(named && { volumes: named }),
        ...(mounts && { volumeMounts: mounts }),
      };
    }),
  'pod.hostAliases.*.ip': address,
  'pod.dnsConfig.nameservers.*': address,
  // All together are one line.
  'pod.dnsConfig.searches.*': () => fc.constantFrom('corp.example.com', 'example.com.'),
  'pod.lifecycle.postStart.sleep': shortSleep,
  'pod.lifecycle.preStop.sleep': shortSleep,
  'pod.extra.lifecycle.postStart.sleep': shortSleep,
  'pod.extra.lifecycle.preStop.sleep': shortSleep,
  'pod.extra.ports.*.name': () => fc.constantFrom('http', 'grpc', 'a-8'),
  'pod.extra.ports': (generic) =>
    generic().map((ports) =>
      (ports as Fields[]).map((port, index) => (index === 0 ? port : without(port, 'name'))),
    ),
  'pod.extra.port': () => fc.integer({ min: 1, max: 65535 }),
  'observability.healthProbes.liveness': serverProbe,
  'observability.healthProbes.readiness': serverProbe,
  'observability.healthProbes.startup': serverProbe,
  'pod.terminationGracePeriodSeconds': () => fc.integer({ min: 1, max: 900 }),
  'pod.imageUser': () => fc.constant(false),
  'affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms.*': nodeTerm,
  'affinity.nodeAffinity.preferredDuringSchedulingIgnoredDuringExecution.*.preference': nodeTerm,
  // Each with files of its own: two sources may not write the same.
  'pod.volumes.*.projected.sources': (generic) =>
    generic().map((sources) => (sources as Fields[]).map((source, index) => inFolder(source, `${index}/`))),
  'pod.securityContext.seccompProfile': seccomp,
  'pod.containerSecurityContext.seccompProfile': seccomp,
  'pod.securityContext': (generic) => generic().map(notRoot),
  'pod.containerSecurityContext': escalation,
  'pod.extra.securityContext': escalation,
  'pod.extra.securityContext.seccompProfile': seccomp,
};

/** What a Service may have depends on its type. */
function withFieldsOfType(service: unknown): Fields {
  const { externalTrafficPolicy, loadBalancerClass, loadBalancerSourceRanges, ...rest } = service as Fields;
  const balanced = rest.type === 'LoadBalancer';
  return {
    ...rest,
    ...((balanced || rest.type === 'NodePort') && externalTrafficPolicy ? { externalTrafficPolicy } : {}),
    ...(balanced && loadBalancerClass ? { loadBalancerClass } : {}),
    ...(balanced && loadBalancerSourceRanges ? { loadBalancerSourceRanges } : {}),
  };
}

function inFolder(source: Fields, folder: string): Fields {
  const text = JSON.stringify(source, (name, value) =>
    name === 'path' && typeof value === 'string' ? folder + value.slice(0, 500) : value,
  );
  return JSON.parse(text) as Fields;
}

function escalation(generic: () => Any): Any {
  return generic().map((one) => {
    const { allowPrivilegeEscalation, ...rest } = notRoot(one) as Fields;
    return rest.privileged === true || allowPrivilegeEscalation === undefined
      ? rest
      : { ...rest, allowPrivilegeEscalation };
  });
}

function share(): Any {
  return fc.oneof(fc.nat({ max: 9 }), fc.constantFrom('0%', '50%', '100%'));
}

function atMostOneOf(kept: string, left: string) {
  return (generic: () => Any): Any =>
    generic().map((one) => {
      const { [left]: other, ...rest } = one as Fields;
      return kept in rest || other === undefined ? rest : { ...rest, [left]: other };
    });
}

function furtherPath(): Any {
  return fc.constantFrom('/.well-known/oauth-protected-resource', '/authorize', '/a/b/');
}

function hostName(): Any {
  return fc.constantFrom('mcp.acme.com', '*.acme.com', 'a');
}

function address(): Any {
  return fc.constantFrom('10.0.0.10', '127.0.0.1', 'fd00::a');
}

function shortSleep(): Any {
  return fc.constant({ seconds: 1 });
}

/** A probe asks in one way, and says of it what goes with it. */
function serverProbe(generic: () => Any): Any {
  return generic().map((one) => {
    const { path, scheme, httpHeaders, exec, grpc, port, ...rest } = one as Fields;
    const asked = port === undefined ? {} : { port };
    if (path !== undefined) {
      return {
        ...rest,
        ...asked,
        path,
        ...(scheme ? { scheme } : {}),
        ...(httpHeaders ? { httpHeaders } : {}),
      };
    }
    if (exec !== undefined) return { ...rest, exec };
    return { ...rest, ...asked, ...(grpc ? { grpc } : {}) };
  });
}

function without(one: Fields, field: string): Fields {
  const { [field]: _, ...rest } = one;
  return rest;
}

function nodeTerm(): Any {
  const matchExpressions = fc.constantFrom(
    [{ key: 'accelerator', operator: 'DoesNotExist' }],
    [{ key: 'cores', operator: 'Gt', values: ['8'] }],
    [{ key: 'acme.com/zone', operator: 'NotIn', values: ['', 'a'] }],
  );
  const matchFields = fc.constant([{ key: 'metadata.name', operator: 'In', values: ['node-1'] }]);
  return fc.oneof(fc.record({ matchExpressions }), fc.record({ matchFields, matchExpressions }));
}

function peer(): Any {
  return fc.oneof(
    fc.record({ podSelector: fc.constantFrom({}, { matchLabels: { app: 'client' } }) }),
    fc.record({
      namespaceSelector: fc.constantFrom(
        {},
        { matchExpressions: [{ key: 'team', operator: 'In', values: ['find'] }] },
        { matchExpressions: [{ key: 'team', operator: 'Exists' }] },
      ),
    }),
    fc.record({
      ipBlock: fc.constantFrom({ cidr: '10.0.0.0/8' }, { cidr: 'fd00::/8', except: ['fd00:1::/32'] }),
    }),
  );
}

/** A container beside the server's has the places of the server's own. */
function placeOf(place: string): string {
  return place
    .replace(/^pod\.(initContainers|sidecars)\.\*/, 'pod.extra')
    .replace(/^pod\.extra\.(env|resources)/, '$1')
    .replace(/^pod\.extra\..*\.(httpGet|tcpSocket)\.port$/, 'pod.extra.port');
}

function seccomp(): Any {
  return fc.oneof(
    fc.record({ type: fc.constantFrom('RuntimeDefault', 'Unconfined') }),
    fc.record({
      type: fc.constant('Localhost'),
      localhostProfile: fc.constantFrom('a.json', 'profiles/a.json'),
    }),
  );
}

function foreign(map: Record<string, unknown>): Fields {
  return Object.fromEntries(
    Object.entries(map).filter(([name]) => !/^((address\.)?mcp\.dev|app\.kubernetes\.io)\//.test(name)),
  );
}

function notRoot(context: unknown): object {
  const { runAsUser, ...rest } = context as { runAsUser?: number };
  return runAsUser === undefined ? rest : { ...rest, runAsUser: Math.max(runAsUser, 1) };
}

function entryOf(generic: () => Any): Any {
  return generic().map((map) => Object.values(map as object)[0] ?? '');
}

function arbitraryOf(schema: TSchema, given: string): Any {
  const place = placeOf(given);
  const own = tied[place];
  return own ? own(() => generic(schema, place)) : generic(schema, place);
}

function generic(schema: TSchema, place: string): Any {
  if (schema['x-kubernetes-int-or-string']) return amount;
  if (schema.anyOf) return fc.constantFrom(...(schema.anyOf as TSchema[]).map((one) => one.const));
  switch (schema.type) {
    case 'boolean':
      return fc.boolean();
    case 'integer':
      return fc.integer({ min: schema.minimum, max: schema.maximum });
    case 'string':
      return text(schema);
    case 'array':
      return list(schema, place);
    case 'object':
      return object(schema, place);
    default:
      throw new Error(`${place}: no arbitrary for ${JSON.stringify(schema)}`);
  }
}

function text(schema: TSchema): Any {
  const { pattern, minLength = 0, maxLength = 64 } = schema;
  if (!pattern) return fc.string({ unit: 'grapheme', minLength, maxLength: Math.min(maxLength, 64) });
  return fc
    .stringMatching(new RegExp(pattern), { size: 'small' })
    .filter((one) => one.length >= minLength && one.length <= maxLength);
}

function list(schema: TSchema, place: string): Any {
  const item = arbitraryOf(schema.items as TSchema, `${place}.*`);
  const bounds = { minLength: schema.minItems ?? 0, maxLength: MOST_ENTRIES };
  const keys = schema['x-kubernetes-list-map-keys'] as string[] | undefined;
  if (schema['x-kubernetes-list-type'] === 'set') return fc.uniqueArray(item, bounds);
  if (!keys) return fc.array(item, bounds);
  const selector = (one: unknown) => JSON.stringify(keys.map((name) => (one as Fields)[name]));
  return fc.uniqueArray(item, { ...bounds, selector });
}

function object(schema: TSchema, place: string): Any {
  if (schema.additionalProperties) {
    const value = arbitraryOf(schema.additionalProperties as TSchema, `${place}.*`);
    return fc.dictionary(fc.stringMatching(/^[a-z]{1,9}$/), value, { maxKeys: MOST_ENTRIES });
  }
  const fields = Object.entries(schema.properties as Record<string, TSchema>).map(
    ([name, child]): [string, Any] => [name, arbitraryOf(child, place ? `${place}.${name}` : name)],
  );
  const oneOf = onlyOneOf(schema);
  const shared = Object.fromEntries(fields.filter(([name]) => !oneOf.includes(name)));
  const requiredKeys = (schema.required ?? []) as string[];
  const base = fc.record(shared, { requiredKeys: requiredKeys.filter((name) => name in shared) });
  if (oneOf.length === 0) return base;
  const choices = fields.filter(([name]) => oneOf.includes(name));
  const choice = fc.oneof(...choices.map(([name, value]) => value.map((one) => ({ [name]: one }))));
  return fc.tuple(base, choice).map(([one, other]) => ({ ...one, ...other }));
}

/** The fields of which a rule wants exactly one. */
function onlyOneOf(schema: TSchema): string[] {
  const rules = (schema['x-kubernetes-validations'] ?? []) as { rule: string }[];
  const found = rules.find(({ rule }) => rule.endsWith(' == 1'));
  return found ? [...found.rule.matchAll(/has\(self\.(\w+)\)/g)].map(([, name]) => name!) : [];
}

/** A spec that is valid; every field but `image`, or the package in its place, may be absent. */
export const validSpec = arbitraryOf(MCPServerSpec, '').map((spec) =>
  withoutAbsentDefaults(withoutContradictions(spec as Fields)),
);

/** The rules that tie fields of the whole spec together. */
function withoutContradictions(spec: Fields): Fields {
  const {
    imageTag,
    image: given,
    secrets,
    env,
    serviceAccountName,
    aws,
    serviceAccount,
    autoscaling,
    ports,
    package: packaged,
    transport,
    stdio,
    command,
    scheme,
    backendTLS,
    ...rest
  } = spec;
  const variables = new Set(((env ?? []) as { name: string }[]).map(({ name }) => name));
  const apart = ((secrets ?? []) as { name: string }[]).filter(({ name }) => !variables.has(name));
  const metrics = (rest.observability as { metrics?: { port?: number } } | undefined)?.metrics;
  const { requests = {} } = (rest.resources ?? { requests: { cpu: 1, memory: 1 } }) as { requests?: object };
  const full = 'cpu' in requests && 'memory' in requests;
  const prefixed = (rest.ingress as Fields | undefined)?.publicPathPrefix !== undefined;
  const isPackage = packaged !== undefined && given === undefined;
  const image = isPackage ? undefined : (given ?? 'ghcr.io/acme/search:1');
  const spoken = prefixed ? 'http' : (transport ?? (isPackage ? 'stdio' : 'http'));
  const isBridged = spoken === 'stdio';
  return {
    ...rest,
    ...(isPackage ? { package: packaged } : { image }),
    ...(spoken === (isPackage ? 'stdio' : 'http') && transport === undefined ? {} : { transport: spoken }),
    ...(isBridged && stdio ? { stdio } : {}),
    ...(isPackage ? {} : isBridged ? { command: ['search'] } : command ? { command } : {}),
    ...(image !== undefined && imageTag && !/(:[^/]+|@.+)$/.test(String(image)) ? { imageTag } : {}),
    ...(env ? { env } : {}),
    ...(apart.length > 0 ? { secrets: apart, secretStore: { name: 'store' } } : {}),
    ...(autoscaling && full ? { autoscaling: withSidecarsOf(rest.pod, autoscaling) } : {}),
    ...(serviceAccountName
      ? { serviceAccountName }
      : { ...(aws ? { aws } : {}), ...(serviceAccount ? { serviceAccount } : {}) }),
    ...(metrics?.port ? { servicePort: metrics.port === 80 ? 81 : 80 } : {}),
    ...(ports ? { ports: apartFrom([8080, 80, 81, rest.port, rest.servicePort, metrics?.port], ports) } : {}),
    ...(backendTLS && !isBridged ? { backendTLS, scheme: 'HTTPS' } : scheme && !isBridged ? { scheme } : {}),
    ...(isBridged ? ofBridge(rest) : {}),
  };
}

/** The bridge has a path for MCP and one for its metrics. */
function ofBridge({ path, observability }: Fields): Fields {
  const { metrics, ...others } = (observability ?? {}) as { metrics?: Fields };
  return {
    ...(path ? { path: '/tools/mcp' } : {}),
    ...(metrics ? { observability: { ...others, metrics: without(metrics, 'path') } } : {}),
  };
}

/** Targets are for sidecars that are there, and request what the settings do. */
function withSidecarsOf(pod: unknown, autoscaling: unknown): Fields {
  const { sidecars = [] } = (pod ?? {}) as { sidecars?: { name: string; resources?: object }[] };
  const names = sidecars.filter(({ resources }) => resources === undefined).map(({ name }) => name);
  const { containers = [], ...rest } = autoscaling as { containers?: Fields[] };
  const there = containers.slice(0, names.length).map((one, index) => ({ ...one, name: names[index] }));
  return there.length > 0 ? { ...rest, containers: there } : rest;
}

/** Ports whose numbers are neither among these nor each other's, in the container and in the Service. */
function apartFrom(taken: unknown[], ports: unknown): Fields[] {
  const seen = new Set(taken);
  return (ports as Fields[]).filter(({ port, servicePort = port }) => {
    const free = !seen.has(port) && !seen.has(servicePort);
    seen.add(port).add(servicePort);
    return free;
  });
}

/** Fields that have a default are sometimes left to it. */
function withoutAbsentDefaults(spec: Fields): Fields {
  if (Object.keys(spec).length % 2 === 0) return spec;
  const { replicas: _r, port: _p, sessions: _s, ...rest } = spec;
  return rest;
}

/** A name that a server may have. */
export const validName = fc
  .stringMatching(/^[a-z]([-a-z0-9]{0,48}[a-z0-9])?$/)
  .filter((name) => name.length <= 50);
