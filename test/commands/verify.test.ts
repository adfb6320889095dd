/** `smooth-operator verify` hands over to the runtime, where that is installed. Through a cluster: `real.e2e.ts`. */
import { execFile } from 'node:child_process';
import path from 'node:path';
import t from 'tap';
import { http, mcp } from '../runtime/verify/servers.ts';

const CLI = path.resolve(import.meta.dirname, '../../src/cli.ts');
/** From its source, which needs no build. */
const INSTALLED = ['--conditions=typescript'];
const NOT_INSTALLED = [
  '--import',
  `data:text/javascript,${encodeURIComponent(`
    import { registerHooks } from 'node:module';
    registerHooks({ resolve(specifier, context, next) {
      if (!specifier.startsWith('smooth-operator-runtime')) return next(specifier, context);
      throw Object.assign(new Error('not found'), { code: 'ERR_MODULE_NOT_FOUND' });
    } });`)}`,
];

function run(flags: string[], args: string[], env: Record<string, string> = {}) {
  return new Promise<{ code: unknown; stdout: string; stderr: string }>((resolve) =>
    execFile(process.execPath, [...flags, CLI, 'verify', ...args], { env }, (error, stdout, stderr) =>
      resolve({ code: error?.code ?? 0, stdout, stderr }),
    ),
  );
}

t.test('a URL is asked', async (t) => {
  const at = await http(t, mcp());
  const { code, stdout } = await run(INSTALLED, [`http://${at}/mcp`, '-o', 'json']);
  t.equal(code, 0, stdout);
  t.match(JSON.parse(stdout), { reason: 'Verified', server: { tools: { names: ['search'] } } });
});

t.test('its usage and its errors are those of the runtime, under its own name', async (t) => {
  const help = await run(INSTALLED, ['--help']);
  t.equal(help.code, 0);
  t.match(help.stdout, /^smooth-operator verify URL.*--header-env/s);
  const wrong = await run(INSTALLED, ['search']);
  t.equal(wrong.code, 2);
  t.match(wrong.stderr, /^search: must be a URL.*smooth-operator verify mcpserver\/NAME/s);
});

t.test('without the runtime it says how to get it', async (t) => {
  const { code, stderr } = await run(NOT_INSTALLED, ['http://127.0.0.1:1/mcp']);
  t.equal(code, 2);
  t.match(stderr, /^verify needs the runtime, which is not installed here: .*npm run build.*docker run/);
});

t.test('without a cluster it says so', async (t) => {
  const { code, stderr } = await run(INSTALLED, ['mcpserver/everything', '-n', 'default'], {
    HOME: t.testdir(),
  });
  t.equal(code, 1, stderr);
  t.match(stderr, 'No cluster to work on');
});
