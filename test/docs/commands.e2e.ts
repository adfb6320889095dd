/** The commands of the docs that need a cluster or npm's registry: in a fresh clone, by the shell, with this machine's own Node.js. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import t from 'tap';
import { installCrds } from '../cluster/addons/crds.ts';
import { binaries } from '../cluster/binaries.ts';
import { up } from '../cluster/cluster.ts';
import { finish } from '../cluster/process.ts';
import { controlPlane, helm } from '../cluster/versions.ts';
import { installMetacontrollerCrds } from '../e2e/operator.ts';
import { PATIENT, ROOT, SCRIPTS } from './commands.ts';

const find = await binaries([controlPlane, helm]);
const folder = mkdtempSync(path.join(tmpdir(), 'clone-'));
t.teardown(() => rmSync(folder, { recursive: true, force: true }));
const clone = path.join(folder, 'smooth-operator');
await finish('git', ['clone', '--quiet', ROOT, clone]);

// What npm puts in front for its scripts is not there for a user, who has but the machine's own.
const own = (process.env.PATH ?? '').split(':').filter((one) => !one.includes('node_modules'));
const PATH = [path.dirname(find('kubectl')), path.dirname(find('helm')), ...own].join(':');

for (const [name, lines] of Object.entries(SCRIPTS)) {
  t.test(name, async (t) => {
    const cluster = await up();
    t.teardown(() => cluster.down());
    await installMetacontrollerCrds(cluster);
    await installCrds(cluster, 'certManager');
    const env = {
      PATH,
      KUBECONFIG: cluster.kubeconfig,
      XDG_STATE_HOME: path.join(folder, 'state'),
      ...PATIENT,
    };
    const script = ['set -ex', ...lines].join('\n');
    const { code, stdout, stderr } = await finish('timeout', ['300', 'sh', '-c', script], {
      cwd: clone,
      env,
      allowFailure: true,
    });
    t.equal(code, 0, code === 0 ? 'every command succeeds' : `${stdout}\n${stderr}`);
  });
}
