/** The flags of the command. */
import t from 'tap';
import { flagsOf } from '../../../src/runtime/bridge/flags.ts';
import { DEFAULTS } from '../../../src/runtime/bridge/options.ts';
import { UsageError } from '../../../src/runtime/usage.ts';

t.test('defaults, and the command as it stands', async (t) => {
  const { options, logLevel } = flagsOf(['--port', '8080', '--', 'npx', '-y', 'server', '--port', '1', '--']);
  t.same(options, { ...DEFAULTS, port: 8080, command: ['npx', '-y', 'server', '--port', '1', '--'] });
  t.equal(logLevel, 'info');
  t.equal(flagsOf(['--port', '1', '--sessions', 'shared', '--', 'x']).options.maxSessions, 10_000);
});

t.test('every flag', async (t) => {
  const given = {
    host: '::',
    path: '/a/mcp',
    sessions: 'own',
    'max-sessions': '3',
    spare: '0',
    'idle-timeout': '60',
    'start-timeout': '5',
    'request-timeout': '30',
    'grace-period': '9',
    'max-request-bytes': '2048',
    'max-message-bytes': '4096',
    'allowed-hosts': 'a.example, b.example',
    'user-header': 'X-Forwarded-User',
    'log-level': 'warn',
  };
  const args = Object.entries(given).map(([name, value]) => `--${name}=${value}`);
  t.match(flagsOf(['--port=0', ...args, '--', 'x']), {
    logLevel: 'warn',
    options: {
      host: '::',
      port: 0,
      path: '/a/mcp',
      maxSessions: 3,
      spare: 0,
      idleMs: 60_000,
      startMs: 5_000,
      requestMs: 30_000,
      graceMs: 9_000,
      maxRequestBytes: 2048,
      maxMessageBytes: 4096,
      allowedHosts: ['a.example', 'b.example'],
      userHeader: 'x-forwarded-user',
    },
  });
});

t.test('wrong use says what is wrong', async (t) => {
  const rows: [string[], RegExp][] = [
    [['--port', '1'], /behind --/],
    [['--port', '1', '--'], /behind --/],
    [['--', 'x'], /--port is missing/],
    [['--port', 'http', '--', 'x'], /--port http: must be a whole number from 0 to 65535/],
    [['--port', '1', '--path', '/metrics', '--', 'x'], /--path \/metrics/],
    [['--port', '1', '--path', 'mcp', '--', 'x'], /--path mcp/],
    [['--port', '1', '--sessions', 'some', '--', 'x'], /--sessions some/],
    [['--port', '1', '--idle-timeout', '0', '--', 'x'], /--idle-timeout 0/],
    [['--port', '1', '--log-level', 'loud', '--', 'x'], /--log-level loud/],
    [['--port', '1', '--color', '--', 'x'], /--color/],
    [['--port', '1', 'x', '--', 'x'], /x/],
  ];
  for (const [args, message] of rows) {
    let thrown: unknown;
    try {
      flagsOf(args);
    } catch (error) {
      thrown = error;
    }
    t.ok(thrown instanceof UsageError && message.test(thrown.message), `${args.join(' ')}: ${thrown}`);
  }
});
