/** What the bridge of a server that speaks stdio is told. */
import t from 'tap';
import { startOf } from '../../src/children/bridge.ts';
import { loadSettings } from '../../src/settings.ts';

function flags(more: object, environment: Record<string, string> = {}): Record<string, string> {
  const server = {
    metadata: { name: 'search', namespace: 'team', uid: 'uid', generation: 1 },
    spec: { image: 'acme/search:1', transport: 'stdio', command: ['search'], port: 8080, ...more },
  };
  const { args = [] } = startOf(server as never, loadSettings(environment).render);
  const own = args.slice(0, args.indexOf('--'));
  return Object.fromEntries(
    own.flatMap((flag, at) => (at % 2 === 0 ? [[flag.replace('--', ''), own[at + 1]!]] : [])),
  );
}

t.test('a pod takes as many sessions as its memory has room for', async (t) => {
  const sessions = (memory: string | number, stdio = {}) =>
    flags({ resources: { limits: { memory } }, stdio })['max-sessions'];
  t.equal(flags({})['max-sessions'], '9', 'with the limit of the settings');
  t.equal(flags({}, { MCP_STDIO_MEMORY_LIMIT: '2Gi' })['max-sessions'], '22');
  t.equal(flags({}, { MCP_STDIO_MEMORY_LIMIT: '' })['max-sessions'], undefined, 'there is no limit');
  t.equal(sessions('2Gi'), '22');
  t.equal(sessions(2 ** 31), '22', 'a limit in bytes');
  t.equal(sessions('64Mi'), '1', 'one at least');
  t.equal(sessions('1Ti'), '64', 'and no end of them in one pod');
  t.equal(sessions('1Gi', { spareProcesses: 4 }), '6', 'spare ones take room');
  t.equal(sessions('1Gi', { sessions: 'Shared' }), undefined, 'one process for all');
  t.equal(sessions('1Gi', { maxSessions: 40 }), '40', 'the spec knows better');
});

t.test('the bridge ends within the grace period, after the sleep before it', async (t) => {
  const grace = (pod: object) => flags({ pod })['grace-period'];
  t.equal(grace({}), '19');
  t.equal(grace({ terminationGracePeriodSeconds: 120 }), '109');
  t.equal(grace({ terminationGracePeriodSeconds: 4 }), '1');
  t.equal(grace({ terminationGracePeriodSeconds: 0 }), '1');
  t.equal(grace({ lifecycle: { preStop: { sleep: { seconds: 25 } } } }), '4');
  t.equal(grace({ lifecycle: { preStop: { exec: { command: ['true'] } } } }), '14', 'half, for nobody knows');
});

t.test(
  'web pages of other hosts may call once they are named, and clients by every name of the server',
  async (t) => {
    t.equal(flags({})['allowed-hosts'], undefined);
    t.equal(
      flags({
        stdio: { allowedHosts: ['app.acme.com'] },
        ingress: { host: 'mcp.acme.com' },
        route: { hostnames: ['mcp.acme.org'] },
      })['allowed-hosts'],
      'app.acme.com,search,search.team,search.team.svc,search.team.svc.cluster.local,mcp.acme.com,mcp.acme.org',
    );
    t.equal(flags({ stdio: { allowedHosts: ['app.acme.com', '*'] } })['allowed-hosts'], '*');
  },
);

t.test('durations are told in seconds', async (t) => {
  const stdio = { idleTimeout: '24h', startTimeout: '90s', requestTimeout: '10m' };
  t.match(flags({ stdio }), {
    'idle-timeout': '86400',
    'start-timeout': '90',
    'request-timeout': '600',
  });
});
