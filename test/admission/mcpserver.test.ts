import t from 'tap';
import { checkMCPServer } from '../../src/admission/mcpserver.ts';
import type { MCPServerSpec } from '../../src/api/mcpserver.ts';
import { formatPath } from '../../src/api/sites.ts';

const fieldsOf = (spec: Partial<MCPServerSpec>) =>
  checkMCPServer({ image: 'acme/search:1', ...spec } as MCPServerSpec).map(({ path }) => formatPath(path));

t.test('requests may reach limits but not pass them', async (t) => {
  const resources = (requests: Record<string, string | number>, limits: Record<string, string | number>) =>
    fieldsOf({ resources: { requests, limits } });
  t.strictSame(resources({ cpu: 1, memory: '1Gi' }, { cpu: '1000m', memory: '1024Mi' }), []);
  t.strictSame(resources({ cpu: '1001m' }, { cpu: 1 }), ['spec.resources.requests.cpu']);
  t.strictSame(resources({ cpu: 2 }, { memory: '1Gi' }), [], 'no limit to pass');
  t.strictSame(resources({ cpu: 2, memory: '2G' }, { cpu: 1, memory: '1Gi' }), [
    'spec.resources.requests.cpu',
    'spec.resources.requests.memory',
  ]);
});

t.test('extended resources come whole, with a limit that is the request', async (t) => {
  const gpu = 'nvidia.com/gpu';
  const field = `spec.resources.limits[${gpu}]`;
  for (const whole of [0, 1, '2', '2000m', '1k', '1Ki', '1e3', '1e2']) {
    t.strictSame(fieldsOf({ resources: { limits: { [gpu]: whole } } }), [], `${whole}`);
  }
  for (const broken of ['500m', '1.5', '1n']) {
    t.strictSame(fieldsOf({ resources: { limits: { [gpu]: broken } } }), [field], broken);
  }
  t.strictSame(fieldsOf({ resources: { requests: { [gpu]: 1 } } }), [field], 'no limit');
  t.ok(
    fieldsOf({ resources: { requests: { [gpu]: 1 }, limits: { [gpu]: 2 } } }).includes(field),
    'overcommitted',
  );
});

t.test('user 0 and runAsNonRoot exclude each other, wherever each of them is set', async (t) => {
  const cases: [NonNullable<MCPServerSpec['pod']>, string[]][] = [
    [{ securityContext: { runAsUser: 0 } }, ['spec.pod.securityContext.runAsUser']],
    [{ securityContext: { runAsUser: 0, runAsNonRoot: false } }, []],
    [{ containerSecurityContext: { runAsUser: 0 } }, ['spec.pod.containerSecurityContext.runAsUser']],
    [{ containerSecurityContext: { runAsUser: 0, runAsNonRoot: false } }, []],
    [{ securityContext: { runAsNonRoot: false }, containerSecurityContext: { runAsUser: 0 } }, []],
    [
      {
        securityContext: { runAsUser: 0, runAsNonRoot: false },
        containerSecurityContext: { runAsNonRoot: true },
      },
      ['spec.pod.securityContext.runAsUser'],
    ],
    [{ securityContext: { runAsUser: 0 }, containerSecurityContext: { runAsNonRoot: false } }, []],
    [{ securityContext: { runAsUser: 0 }, containerSecurityContext: { runAsUser: 5 } }, []],
  ];
  for (const [pod, fields] of cases) t.strictSame(fieldsOf({ pod }), fields, JSON.stringify(pod));
});
