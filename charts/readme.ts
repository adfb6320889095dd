/**
 * The README of the chart, from what the chart itself says: Chart.yaml, the comments of values.yaml, values.schema.json.
 * A pure function, as the reference pages are.
 */
import { isMap, isScalar, type ParsedNode, parse, parseDocument, type YAMLMap } from 'yaml';
import { cell, code, page, table } from '../src/api/markdown.ts';

export interface ChartFiles {
  /** Chart.yaml */
  chart: string;
  /** values.yaml; the comment in front of a value is its description. */
  values: string;
  /** values.schema.json */
  schema: string;
}

/** A kind that exists only where somebody installed it. */
export interface OptionalKind {
  feature: string;
  apiVersion: string;
  resource: string;
}

/** What a feature turns on: kinds of others that it needs, and kinds of ours that it serves. */
export interface Features {
  optional: readonly OptionalKind[];
  ours: readonly { feature: string; kind: string }[];
}

/** As much of JSON Schema as values.schema.json has. */
interface Schema {
  type?: string;
  enum?: unknown[];
  const?: unknown;
  anyOf?: Schema[];
  items?: Schema;
  minimum?: number;
  maximum?: number;
  properties?: Record<string, Schema>;
}

const NAMESPACE = '--namespace smooth-operator';
const LARGEST_INT32 = 2147483647;

/**
 * @param settings what each variable under `settings` means, where values.yaml does not say.
 * @returns the README in Markdown.
 * @throws Error that names a value without a comment.
 */
export function toChartReadme(
  files: ChartFiles,
  { optional, ours }: Features,
  settings: Record<string, string>,
): string {
  const { name, description, version, appVersion, kubeVersion } = parse(files.chart) as Record<
    string,
    string
  >;
  const rows = valueRows(files, settings);
  const isSetting = ([key = '']: string[]) => key.startsWith('`settings.');
  return page([
    `# ${name}`,
    description,
    `Chart ${version}, operator ${appVersion}, Kubernetes ${code(kubeVersion!)}. Apache-2.0.`,
    'An MCPServer becomes Deployment, Service and ServiceAccount, and what else its spec asks for: ConfigMap, ExternalSecret, PodDisruptionBudget, HorizontalPodAutoscaler, Ingress, HTTPRoute, NetworkPolicy, ServiceMonitor. Metacontroller watches and applies; the operator is the stateless hook that decides, and holds no cluster credentials.',
    '## What is installed',
    [
      '- the hook: a Deployment with two replicas, its Service, a ServiceAccount without rights and without a token, a NetworkPolicy and a PodDisruptionBudget',
      '- the CustomResourceDefinitions of MCPServer and MCPCatalog, and roles that let those who may view, edit or administer a namespace do so with its own',
      '- a CompositeController, which has Metacontroller call the hook over TLS and with a token; certificates and token are made once and kept',
      '- a validating webhook, which refuses bad MCPServers and those that break your `policy`',
    ].join('\n'),
    '## Install',
    'Metacontroller comes first (tried: 4.17.2); how, and the flags to raise, is in [docs/install.md](../../docs/install.md#metacontroller). No image is published: build the two of this repository and push them to a registry of yours, for which `registry.example.com` stands.',
    shell(
      `helm install smooth-operator charts/smooth-operator ${NAMESPACE} --create-namespace --set image.repository=registry.example.com/smooth-operator`,
      `helm test smooth-operator ${NAMESPACE}`,
    ),
    '## Upgrade',
    `Build and push the images of the new release first. [CHANGELOG.md](../../CHANGELOG.md) says what changes, and what rolls the pods of MCP servers.`,
    shell(`helm upgrade smooth-operator charts/smooth-operator ${NAMESPACE} --reset-then-reuse-values`),
    '## Uninstall',
    shell(`helm uninstall smooth-operator ${NAMESPACE}`),
    'The CustomResourceDefinition stays, and with it every MCPServer and what runs for it; `crds.keep=false` takes them along.',
    '## Features',
    'Some children exist only where their kind is installed: install its CustomResourceDefinition, then name the feature in `features`. Others serve a kind of ours that not every cluster wants.',
    table(
      ['Feature', 'Needs', 'Serves'],
      [
        ...optional.map(({ feature, apiVersion, resource }) => [
          code(feature),
          `${code(resource)} of ${code(apiVersion)}`,
          '',
        ]),
        ...ours.map(({ feature, kind }) => [code(feature), '', kind]),
      ],
    ),
    '## Values',
    'A value that does not exist is refused, and so is one of another form. `helm template`, and with it Argo CD, cannot look up what is kept in the cluster: have cert-manager make the certificates there, or name Secrets of your own.',
    table(
      ['Value', 'Type', 'Default', 'Meaning'],
      rows.filter((row) => !isSetting(row)),
    ),
    '### Settings',
    "The hook's environment; their limits are in [docs/reference/settings.md](../../docs/reference/settings.md).",
    table(
      ['Value', 'Default', 'Meaning'],
      rows.filter(isSetting).map(([key = '', , initial = '', meaning = '']) => [key, initial, meaning]),
    ),
    '## Read next',
    '- [Installing](../../docs/install.md): credentials and their rotation, kustomize, permissions.\n- [Policy](../../docs/policy.md): registries, limits, hosts, roles.\n- [Security](../../SECURITY.md): who can do what.\n- [Documentation](../../docs/index.md): everything else.',
  ]);
}

/** A row for each value and for each map that has a comment of its own: key, type, default, meaning. */
function valueRows({ values, schema }: ChartFiles, settings: Record<string, string>): string[][] {
  const rows: string[][] = [];
  const visit = (map: YAMLMap.Parsed, form: Schema, path: string): void => {
    map.items.forEach(({ key, value }, index) => {
      if (!isScalar(key)) throw new Error(`values.yaml: ${path}: a key must be a name`);
      const name = String(key.value);
      const place = `${path}${name}`;
      const inner = form.properties?.[name] ?? {};
      // The comment in front of the first key is the map's, as the parser sees it.
      const comment = (index === 0 && map.commentBefore) || key.commentBefore || settings[name];
      if (isGroup(value, inner)) {
        if (comment) rows.push([code(place), 'map', '', sentence(comment)]);
        visit(value, inner, `${place}.`);
      } else if (comment) {
        rows.push([code(place), typeOf(inner), initialOf(value), sentence(comment)]);
      } else {
        throw new Error(`values.yaml: ${place} has no comment to say what it means`);
      }
    });
  };
  visit(parseDocument(values).contents as unknown as YAMLMap.Parsed, JSON.parse(schema) as Schema, '');
  return rows;
}

/** A map whose keys the schema knows; any other is one value, as a nodeSelector is. */
function isGroup(value: ParsedNode | null, { properties }: Schema): value is YAMLMap.Parsed {
  return isMap(value) && value.items.length > 0 && properties !== undefined;
}

function typeOf({ type, enum: choices, const: only, anyOf, items, minimum, maximum }: Schema): string {
  if (anyOf) return anyOf.map(typeOf).join('; or ');
  if (choices) return choices.map(literal).join(', ');
  if (only !== undefined) return literal(only);
  if (type === 'array') return `list of ${items?.enum ? typeOf(items) : `${items?.type ?? 'value'}s`}`;
  if (type === 'object') return 'map';
  if (type !== 'integer' || minimum === undefined) return type ?? '';
  return maximum === undefined || maximum >= LARGEST_INT32
    ? `integer, at least ${minimum}`
    : `integer, ${minimum} to ${maximum}`;
}

function literal(value: unknown): string {
  return value === '' ? 'empty' : code(String(value));
}

function initialOf(value: ParsedNode | null): string {
  const initial: unknown = value?.toJSON() ?? null;
  return initial === ''
    ? 'empty'
    : code(cell(typeof initial === 'string' ? initial : JSON.stringify(initial)));
}

/** Lines of a comment as one cell. */
function sentence(comment: string): string {
  const lines = comment.split('\n').map((line) => line.trim());
  return cell(lines.filter(Boolean).join(' '));
}

function shell(...commands: string[]): string {
  return `\`\`\`sh\n${commands.join('\n')}\n\`\`\``;
}
