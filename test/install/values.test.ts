import Fastify from 'fastify';
import { test } from 'tap';
import { Policy } from '../../src/api/policy.ts';
import { HOST } from '../../src/api/syntax.ts';
import { Environment, FEATURES } from '../../src/environment.ts';
import { loadSettings } from '../../src/settings.ts';
import { guardsOf, helmSchemaOf, readText, readYaml } from './files.ts';

type Values = Record<string, unknown>;
interface Schema {
  properties?: Record<string, Schema>;
  additionalProperties?: unknown;
  items?: Schema;
  enum?: unknown[];
}

const values = () => readYaml<Values>('charts', 'smooth-operator', 'values.yaml');
const schema = JSON.parse(readText('charts', 'smooth-operator', 'values.schema.json')) as Schema;

/** What the chart itself decides; everything else is a value under `settings`. */
const OF_THE_CHART = [
  'HOST',
  'PORT',
  'TLS_CERT_FILE',
  'TLS_KEY_FILE',
  'TLS_CA_FILE',
  'TOKEN_FILE',
  'PREVIOUS_TOKEN_FILE',
  'CLIENT_CA_FILE',
  'CLIENT_NAMES',
  'ADMISSION_CLIENT_CA_FILE',
  'ADMISSION_CLIENT_NAMES',
  'REVISION',
  'FEATURES',
  'SECRET_DIGEST_KEY_FILE',
  'POLICY_FILE',
  'ADMISSION_PORT',
  'METRICS_PORT',
  'MCP_RUNTIME_IMAGE',
];

/** @returns what is wrong with values, by the JSON Schema validator that Fastify brings. */
async function judge(candidate: Values): Promise<string | undefined> {
  const app = Fastify({
    ajv: { customOptions: { coerceTypes: false, removeAdditional: false, useDefaults: false } },
  });
  app.post('/', { schema: { body: schema } }, async () => 'ok');
  const response = await app.inject({ method: 'POST', url: '/', payload: candidate });
  return response.statusCode === 200 ? undefined : response.json().message;
}

test('the default values follow the schema', async (t) => {
  t.equal(await judge(values()), undefined);
});

test('what the schema does not know is refused, at every depth', async (t) => {
  t.match(await judge({ ...values(), replica: 3 }), /must NOT have additional properties/);
  const parts = [
    'image',
    'settings',
    'tls',
    'auth',
    'secretDigest',
    'crds',
    'networkPolicy',
    'metacontroller',
  ];
  for (const part of parts) {
    const known = values()[part] as Values;
    t.match(
      await judge({ ...values(), [part]: { ...known, typo: true } }),
      new RegExp(`body/${part} must NOT`),
    );
  }
  t.match(await judge(withSettings({ LOG_LEVEL: 'loud' })), /LOG_LEVEL/);
  t.match(
    await judge({ ...values(), tls: { ...(values().tls as Values), enabled: 'false' } }),
    /must be boolean/,
  );
  t.match(await judge({ ...values(), features: ['ingresses'] }), /features\/0 must be equal to one of/);
  t.match(await judge(withSettings({ FEATURES: 'middlewares' })), /additional/, 'one list');
});

test('what guards something cannot be left out, as a null would', async (t) => {
  const places = guardsOf(values());
  t.ok(places.length > Object.keys(values().settings as Values).length, 'settings and more');
  for (const place of places) {
    const candidate = values();
    const [name, ...holders] = place.toReversed();
    const holder = holders.reduceRight<Values>((at, key) => at[key] as Values, candidate);
    delete holder[name!];
    const body = ['body', ...holders.toReversed()].join('/');
    t.equal(await judge(candidate), `${body} must have required property '${name}'`, place.join('.'));
  }
  const { policy: _policy, ...others } = values();
  t.equal(await judge(others), undefined, 'a policy can');
});

test('every object of the schema is closed, and every value in it has a default and a place', async (t) => {
  const visit = (part: Schema, value: unknown, place: string): void => {
    if (!part.properties) return;
    t.equal(part.additionalProperties, false, `${place || 'values'} is closed`);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return;
    for (const [name, child] of Object.entries(part.properties)) {
      // A policy asks for nothing that it does not say, and an issuer need not be named.
      if (['.policy', '.tls.certManager.issuerRef'].includes(place)) continue;
      if (name === 'global' || `${place}.${name}` === '.resources.claims') continue;
      t.ok(name in value, `${place}.${name} is in values.yaml`);
      visit(child, (value as Values)[name], `${place}.${name}`);
    }
  };
  visit(schema, values(), '');
});

test('features are those that the hook knows', async (t) => {
  t.same(schema.properties?.features?.items?.enum, FEATURES);
});

test('a policy is judged by Helm as by the hook', async (t) => {
  t.same(schema.properties?.policy, JSON.parse(JSON.stringify(helmSchemaOf(Policy))));
  t.equal(await judge({ ...values(), policy: { requireImageTag: true } }), undefined);
  t.match(await judge({ ...values(), policy: { requireImageTags: true } }), /body\/policy must NOT/);
});

test('the policy of the API server takes for a host what the webhook does', async (t) => {
  const template = readText('charts', 'smooth-operator', 'templates', 'validatingadmissionpolicy.yaml');
  t.ok(template.includes(`one.matches(${JSON.stringify(HOST)})`), HOST);
});

/** The hook alone does not know who calls it; what is installed is called by Metacontroller, with its default strategy. */
const KNOWN_ONCE_INSTALLED = { MCP_APPLY_STRATEGY: 'dynamic-apply', MCP_RELATE_PODS: 'late' };

test('settings are the variables that the hook reads, with its own defaults', async (t) => {
  const wanted = Object.entries(Environment.properties).filter(
    ([name]) => name !== 'MCP_DEFAULT_ENV' && !OF_THE_CHART.includes(name),
  );
  const { defaultEnv, ...settings } = values().settings as Values;
  t.same(defaultEnv, {}, 'a map instead of JSON');
  const defaults = Object.fromEntries(wanted.map(([name, { default: initial }]) => [name, initial]));
  t.same(settings, { ...defaults, ...KNOWN_ONCE_INSTALLED });
  const { defaultEnv: _map, ...limited } = schema.properties?.settings?.properties ?? {};
  t.same(
    limited,
    Object.fromEntries(wanted.map(([name, one]) => [name, limits(name, one)])),
    'values.schema.json has their limits, so that Helm refuses what the hook would',
  );
});

test('default variables are judged by Helm as by the hook', async (t) => {
  const given: [Values, boolean][] = [
    [{ HTTPS_PROXY: 'http://proxy:3128', NO_PROXY: '' }, true],
    [{ 'A B': 'c' }, false],
    [{ A: 1 }, false],
  ];
  for (const [defaultEnv, good] of given) {
    t.equal((await judge(withSettings({ defaultEnv }))) === undefined, good, JSON.stringify(defaultEnv));
    const hook = () => loadSettings({ MCP_DEFAULT_ENV: JSON.stringify(defaultEnv) });
    if (good) t.strictSame(hook().render.defaultEnv, defaultEnv);
    else t.throws(hook, /MCP_DEFAULT_ENV/);
  }
});

function withSettings(more: Values): Values {
  return { ...values(), settings: { ...(values().settings as Values), ...more } };
}

const AMOUNT = Environment.properties.MCP_CPU_REQUEST.pattern;

/** @returns what a value has to be, in the chart's words. */
function limits(name: string, schema: Record<string, unknown>): object {
  const { anyOf, const: literal, type, minimum, maximum, maxLength, pattern } = schema;
  if (name === 'MCP_RELATE_PODS') {
    // `--set` makes a boolean of it.
    return { enum: ['true', 'late', 'false', true, false] };
  }
  if (pattern === AMOUNT && name !== '') {
    // Who writes no quotes around 1 or 0.5 has a number; the template makes text of it.
    const number = { type: 'number', minimum: 0.001, maximum: 1e15 };
    return { anyOf: [number, limits('', schema)] };
  }
  if (literal !== undefined) return { const: literal };
  if (Array.isArray(anyOf)) {
    const literals = anyOf.map((one) => one.const);
    return literals.includes(undefined) ? { anyOf: anyOf.map((one) => limits('', one)) } : { enum: literals };
  }
  const all = { type, minimum, maximum, maxLength, pattern };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}
