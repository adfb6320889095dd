/**
 * The chart's ValidatingAdmissionPolicy and the webhook on the same new servers, where a loose pattern would let one take
 * what the other refuses. What the API server itself says is asked in test/e2e.
 */
import { deepStrictEqual } from 'node:assert/strict';
import { Environment } from '@marcbachmann/cel-js';
import { breachesOf } from '../../src/admission/policy.ts';
import type { Policy } from '../../src/api/policy.ts';
import type { KubernetesObject } from '../../src/reconcile/contract.ts';
import { loadSettings } from '../../src/settings.ts';
import { serverOf } from '../admission/cases.ts';
import { chart, type Tools } from './render.ts';

const REGISTRIES: { allowed: string; images: Record<string, boolean> }[] = [
  {
    allowed: 'index.docker.io',
    images: { 'nginx:1': true, 'index.docker.io/acme/search:1': true, 'docker.io.example.com/a:1': false },
  },
  { allowed: 'index.docker.io/acme', images: { 'acme/search:1': true, 'other/search:1': false } },
  {
    allowed: 'index.docker.io:5000/acme',
    images: { 'index.docker.io:5000/acme/search:1': true, 'docker.io:5000/acme/search:1': false },
  },
  {
    allowed: 'index.docker.io.example.com',
    images: { 'index.docker.io.example.com/search:1': true, 'docker.io.example.com/search:1': false },
  },
];

const HOSTS: Policy['hosts'] = [{ namespaces: ['team-search'], allowed: ['*.team.example.com'] }];
const ALIASES: Record<string, boolean> = {
  'b.team.example.com , c.d.team.example.com': true,
  '*.team.example.com': true,
  'x--y.team.example.com': true,
  'a..b.team.example.com': false,
  'x-.team.example.com': false,
  '-x.team.example.com': false,
  '.team.example.com': false,
  '*b.team.example.com': false,
  'X.team.example.com': false,
  '~^.*\\.team.example.com': false,
  'b.team.example.com,a..b.team.example.com': false,
};

export async function checkAgreement(tools: Pick<Tools, 'helm' | 'kubernetes'>): Promise<void> {
  for (const { allowed, images } of REGISTRIES) {
    const judge = await judgesOf(tools, { allowedRegistries: [allowed] });
    for (const [image, isAllowed] of Object.entries(images)) {
      deepStrictEqual(judge({ image }), both(isAllowed), `${image} where ${allowed} is allowed`);
    }
  }
  const judge = await judgesOf(tools, { hosts: HOSTS });
  for (const [alias, isGranted] of Object.entries(ALIASES)) {
    const annotations = { 'nginx.ingress.kubernetes.io/server-alias': alias };
    deepStrictEqual(judge({ ingress: { host: 'a.team.example.com', annotations } }), both(isGranted), alias);
  }
  const judgeName = await judgesOf(tools, { packages: { allowed: ['pypi:acme-search'] } });
  for (const count of SEPARATORS) {
    const pypi = `acme${'_.-'.repeat(count).slice(0, count)}search`;
    deepStrictEqual(judgeName({ image: undefined, package: { pypi, version: '1' } }), both(true), pypi);
  }
  const judgeVersion = await judgesOf(tools, { packages: { requireExactVersion: true } });
  for (const [version, isExact] of Object.entries(VERSIONS)) {
    const spec = { image: undefined, package: { npm: 'search', version } };
    deepStrictEqual(judgeVersion(spec), both(isExact), version);
  }
}

/** As npm reads them: one is a version, one a tag. */
const VERSIONS: Record<string, boolean> = {
  '1.2.3-rc.1+build.05': true,
  '0.0.0-0a.-': true,
  '1.2.3-..': false,
  '1.2.3-a..b': false,
  '01.2.3': false,
  '1.2.3-01': false,
  '99999999999999999999.0.0': false,
};

/** By how many separators a name of PyPI has in a row. */
const SEPARATORS = [1, 2, 3, 4, 5, 6, 7, 64, 129, 201];

interface Verdicts {
  webhook: boolean;
  apiServer: boolean;
}

function both(verdict: boolean): Verdicts {
  return { webhook: verdict, apiServer: verdict };
}

async function judgesOf(
  tools: Pick<Tools, 'helm' | 'kubernetes'>,
  policy: Policy,
): Promise<(spec: object) => Verdicts> {
  const objects = await chart(tools, { policy, 'admission.validatingAdmissionPolicy': true });
  const rendered = objects.find(({ kind }) => kind === 'ValidatingAdmissionPolicy') as AdmissionPolicy;
  const settings = loadSettings({ POLICY_FILE: 'policy.yaml' }, () => JSON.stringify(policy)).render;
  return (spec) => {
    // As it is sent: without what is undefined.
    const server = JSON.parse(JSON.stringify(serverOf(spec, 'team-search')));
    return {
      webhook: breachesOf(server as never, settings).length === 0,
      apiServer: admits(rendered, server),
    };
  };
}

interface AdmissionPolicy extends KubernetesObject {
  spec: { variables: { name: string; expression: string }[]; validations: { expression: string }[] };
}

const cel = new Environment({ enableOptionalTypes: true, unlistedVariablesAreDyn: true });
// The library compares no optional values by itself; only what an update leaves as it was needs that, and no server here is one.
cel.registerOperator('optional == optional', () => false);
cel.registerFunction('string.replace(string, string): string', (text: string, old: string, by: string) =>
  text.replaceAll(old, by),
);

function admits({ spec }: AdmissionPolicy, object: ReturnType<typeof serverOf>): boolean {
  const variables: Record<string, unknown> = {};
  const request = { namespace: object.metadata.namespace };
  // Every server here is a new one.
  const oldObject = null;
  const evaluate = (expression: string) =>
    cel.evaluate(expression, { object, oldObject, request, variables });
  for (const { name, expression } of spec.variables) variables[name] = evaluate(expression);
  return spec.validations.every(({ expression }) => evaluate(expression) === true);
}
