import t from 'tap';
import type { MCPServerSpec } from '../../src/api/mcpserver.ts';
import { pullPolicyOf, pullSecretsOf, resolveImage } from '../../src/children/image.ts';
import { loadSettings } from '../../src/settings.ts';

const DIGEST = `sha256:${'a'.repeat(64)}`;
const settings = loadSettings({
  PROVISIONED_REGISTRY_URL: 'registry.acme.com/provisioned',
  PROVISIONED_PULL_SECRET: 'acme-pull',
}).render;
const bare = loadSettings({}).render;

/** What an image becomes under another registry, which is `R` here. */
const forms: [image: string, under: string][] = [
  ['nginx', 'R/nginx'],
  ['nginx:1', 'R/nginx:1'],
  [`nginx@${DIGEST}`, `R/nginx@${DIGEST}`],
  ['acme/search', 'R/acme/search'],
  ['acme/team/search:1', 'R/acme/team/search:1'],
  ['localhost/search:1', 'R/search:1'],
  ['localhost:5000/search:1', 'R/search:1'],
  ['ghcr.io/acme/search', 'R/acme/search'],
  ['ghcr.io/acme/team/search:1.2.3', 'R/acme/team/search:1.2.3'],
  [`ghcr.io/acme/search:1@${DIGEST}`, `R/acme/search:1@${DIGEST}`],
  ['registry.acme.com:5000/search', 'R/search'],
  ['registry:5000/search', 'R/search'],
  ['localhosts/search', 'R/localhosts/search'],
];

t.test('another registry takes the place of the one that the image names', async (t) => {
  for (const registry of ['mirror.acme.com', 'mirror.acme.com:5000/dockerhub', 'localhost']) {
    for (const [image, under] of forms) {
      const spec = { image, registryOverride: registry } as MCPServerSpec;
      t.equal(resolveImage(spec, bare), under.replace('R', registry), `${image} under ${registry}`);
    }
  }
});

t.test('without another registry an image is what the spec says', async (t) => {
  for (const [image] of forms) t.equal(resolveImage({ image } as MCPServerSpec, settings), image);
});

t.test('the tag is appended behind any registry', async (t) => {
  const tagged = (image: string, more: Partial<MCPServerSpec> = {}) =>
    resolveImage({ image, imageTag: '2', ...more } as MCPServerSpec, settings);
  t.equal(tagged('search'), 'search:2');
  t.equal(tagged('localhost:5000/search'), 'localhost:5000/search:2');
  t.equal(tagged('ghcr.io/acme/search', { registryOverride: 'mirror' }), 'mirror/acme/search:2');
});

t.test('the provisioned registry wins where it is asked for and there is one', async (t) => {
  const spec = {
    image: 'ghcr.io/acme/search:1',
    useProvisionedRegistry: true,
    registryOverride: 'mirror.acme.com',
  } as MCPServerSpec;
  t.equal(resolveImage(spec, settings), 'registry.acme.com/provisioned/acme/search:1');
  t.equal(resolveImage(spec, bare), 'mirror.acme.com/acme/search:1');
  t.equal(
    resolveImage({ ...spec, useProvisionedRegistry: false }, settings),
    'mirror.acme.com/acme/search:1',
  );
  t.strictSame(pullSecretsOf(spec, settings), [{ name: 'acme-pull' }]);
  t.equal(pullSecretsOf(spec, bare), undefined);
  t.equal(pullSecretsOf({ ...spec, useProvisionedRegistry: false }, settings), undefined);
  t.strictSame(pullSecretsOf({ ...spec, imagePullSecrets: [{ name: 'mine' }] }, settings), [
    { name: 'mine' },
  ]);
});

t.test('the pull policy is the one that Kubernetes would choose', async (t) => {
  for (const always of ['nginx', 'nginx:latest', 'localhost:5000/nginx'])
    t.equal(pullPolicyOf(always), 'Always');
  for (const once of ['nginx:1', `nginx@${DIGEST}`, 'localhost:5000/nginx:1']) {
    t.equal(pullPolicyOf(once), 'IfNotPresent');
  }
});
