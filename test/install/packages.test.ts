/** The hook's answers carry Metacontroller's rights, so its image has few packages and none of the runtime's. */
import { test } from 'tap';
import { readText } from './files.ts';
import { packagesOf } from './packages.ts';

const hook = packagesOf('');
const runtime = packagesOf('src/runtime');
/** The hook's own packages need them as well. */
const SHARED = ['undici'];
const direct = (file: string) => Object.keys(JSON.parse(readText(file)).dependencies);

test('the hook needs no package that the runtime alone asks for', async (t) => {
  t.ok(hook.has('node_modules/fastify') && runtime.has('node_modules/@modelcontextprotocol/client'));
  const shared = [...direct('package.json'), ...SHARED];
  const own = direct('src/runtime/package.json').filter((name) => !shared.includes(name));
  t.ok(own.includes('@modelcontextprotocol/client'));
  t.strictSame(
    own.filter((name) => hook.has(`node_modules/${name}`)),
    [],
  );
  const ofMcp = [...hook.keys()].filter((name) => name.startsWith('node_modules/@modelcontextprotocol/'));
  t.strictSame(ofMcp, []);
});

test('the runtime needs neither a web framework nor a client of Kubernetes', async (t) => {
  for (const name of ['fastify', '@kubernetes/client-node'])
    t.notOk(runtime.has(`node_modules/${name}`), name);
});
