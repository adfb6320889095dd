/** What each rule of a policy lets through and refuses; `cases.ts` is also what the cluster is asked about. */
import t from 'tap';
import { breachesOf } from '../../src/admission/policy.ts';
import { isExact, type Package } from '../../src/api/package.ts';
import { formatProblem } from '../../src/api/problem.ts';
import { formatPath } from '../../src/api/sites.ts';
import { validator } from '../../src/reconcile/mcpserver/prepare.ts';
import { loadSettings } from '../../src/settings.ts';
import { cases, serverOf } from './cases.ts';

t.test('a limit that the spec does not name is traced to its setting', async (t) => {
  const { render } = loadSettings({ MCP_MEMORY_LIMIT: '256Mi', POLICY_FILE: 'policy.yaml' }, () =>
    JSON.stringify({ resources: { maxLimits: { memory: '100Mi' } } }),
  );
  const server = validator.withDefaults(serverOf({ image: 'acme/search:1' }));
  t.strictSame(breachesOf(server as never, render).map(formatProblem), [
    'spec.resources.limits.memory: Invalid value: "256Mi": must be above 0, and 100Mi or less (the operator\'s MCP_MEMORY_LIMIT, for the server names no resources), by the policy of this cluster',
  ]);
});

for (const { name, policy, environment, servers } of cases) {
  t.test(name, async (t) => {
    const settings = loadSettings({ ...environment, POLICY_FILE: 'policy.yaml' }, () =>
      JSON.stringify(policy),
    );
    for (const { spec, namespace, refused } of servers) {
      const server = validator.withDefaults(serverOf(spec, namespace));
      t.strictSame(validator.validate(server), [], 'the schema has nothing against it');
      const breaches = breachesOf(server as never, settings.render);
      t.strictSame(
        breaches.map(({ path }) => formatPath(path)),
        refused,
        JSON.stringify({ spec, namespace }),
      );
      for (const breach of breaches) {
        const value = breach.path.reduce(
          (at: unknown, step) => (at as Record<string, unknown>)?.[step],
          server,
        );
        if (typeof value === 'string') {
          // Of an image, it is the reference that is deployed; of host aliases, each is judged by itself.
          const parts = value.split(',').map((part) => part.trim().split('/').at(-1)!);
          const isTold = parts.some((part) => breach.detail.includes(part));
          t.ok(isTold, 'another value is another problem');
        }
        t.match(
          formatProblem(breach),
          /^spec\..*: (Invalid value: .+: must|Required value: |Forbidden: ).*(, by the policy of this cluster|, unless the operator's policy says \S+: false)$/,
        );
      }
      const given = (server.spec as { package?: Package }).package;
      t.strictSame(
        breachesOf(server as never, loadSettings({ ...environment }).render).map(({ path }) =>
          formatPath(path),
        ),
        given && !isExact(given) ? ['spec.package.version'] : [],
        'without a policy nothing is asked for but the exact version of a package',
      );
    }
  });
}
