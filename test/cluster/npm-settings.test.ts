import { readFileSync } from 'node:fs';
import path from 'node:path';
import t from 'tap';
import { npmRegistry, npmSettings } from './npm-settings.ts';

const certificate = '-----BEGIN CERTIFICATE-----\nours\n-----END CERTIFICATE-----';

t.test("a container's npm reaches the registry as this machine's does", async (t) => {
  const dir = t.testdir({
    'ca.pem': certificate,
    '.npmrc': `cafile=\${HOME}/ca.pem
cache=\${HOME}/cache
@example:registry=https://scoped.example.com/
//npm.example.com/:_authToken=\${SMOOTH_TOKEN}
omit=dev
`,
    settings: {},
  });
  const { PATH } = process.env;
  const registry = { npm_config_registry: 'https://npm.example.com/' };
  t.intercept(process, 'env', { value: { PATH, HOME: dir, SMOOTH_TOKEN: 'secret', ...registry } });
  const settings = path.join(dir, 'settings');
  const mounts = await npmSettings(settings);
  t.strictSame(mounts, { [settings]: '/usr/local/etc', [path.join(dir, 'cache')]: '/var/cache/npm' });
  const lines = readFileSync(path.join(settings, 'npmrc'), 'utf8').split('\n');
  for (const line of [
    'registry=https://npm.example.com/',
    '@example:registry=https://scoped.example.com/',
    '//npm.example.com/:_authToken=secret',
    'cafile=/usr/local/etc/ca.pem',
  ])
    t.ok(lines.includes(line), line);
  t.notOk(lines.includes('omit=dev'), 'nothing that changes what is installed');
  const trusted = readFileSync(path.join(settings, 'ca.pem'), 'utf8');
  t.ok(trusted.includes(certificate));
  t.ok(trusted.split('BEGIN CERTIFICATE').length > 100, "and Node's own");
});

t.test('the registry is told what npm tells it, and no other is', async (t) => {
  const dir = t.testdir({
    'ca.pem': certificate,
    '.npmrc': `cafile=\${HOME}/ca.pem
//npm.example.com/:_authToken=of-another
//npm.example.com/team/:_authToken=\${SMOOTH_TOKEN}
`,
  });
  const { PATH } = process.env;
  const npm_config_registry = 'https://npm.example.com/team';
  t.intercept(process, 'env', {
    value: { PATH, HOME: dir, SMOOTH_TOKEN: 'secret', npm_config_registry },
  });
  const url = 'https://npm.example.com/team/';
  t.strictSame(await npmRegistry(), { url, authorization: 'Bearer secret', cafile: certificate });
});
