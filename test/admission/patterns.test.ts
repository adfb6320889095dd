import fc from 'fast-check';
import t from 'tap';
import { hostMatches, nameMatches, registryMatches, roleMatches } from '../../src/admission/patterns.ts';
import { placeOf } from '../../src/api/image.ts';

const digest = `sha256:${'a'.repeat(64)}`;

t.test('where an image lies, as container runtimes read it', async (t) => {
  const places: [string, string, string, string | undefined, string | undefined][] = [
    ['nginx', 'docker.io', 'library/nginx', undefined, undefined],
    ['nginx:1.27', 'docker.io', 'library/nginx', '1.27', undefined],
    ['acme/search', 'docker.io', 'acme/search', undefined, undefined],
    ['docker.io/nginx', 'docker.io', 'library/nginx', undefined, undefined],
    ['index.docker.io/acme/search:1', 'docker.io', 'acme/search', '1', undefined],
    ['localhost/search', 'localhost', 'search', undefined, undefined],
    ['localhost:5000/search', 'localhost:5000', 'search', undefined, undefined],
    ['registry.example.com:5000/a/b/c:1.2', 'registry.example.com:5000', 'a/b/c', '1.2', undefined],
    ['Registry.Example.com/a:1', 'registry.example.com', 'a', '1', undefined],
    ['REGISTRY/a:1', 'registry', 'a', '1', undefined],
    [`ghcr.io/acme/search@${digest}`, 'ghcr.io', 'acme/search', undefined, digest],
    [`ghcr.io/acme/search:1@${digest}`, 'ghcr.io', 'acme/search', '1', digest],
  ];
  for (const [image, registry, path, tag, hash] of places) {
    t.strictSame(placeOf(image), { registry, path: path.split('/'), tag, digest: hash }, image);
  }
});

t.test('a registry is matched whole, and a path segment by segment', async (t) => {
  const cases: [string, string, boolean][] = [
    ['registry.example.com', 'registry.example.com/search:1', true],
    ['registry.example.com', 'registry.example.com.evil.com/search:1', false],
    ['registry.example.com', 'evil-registry.example.com/search:1', false],
    ['registry.example.com', 'evil.com/registry.example.com/search:1', false],
    ['registry.example.com', 'registry.example.com:5000/search:1', false],
    ['registry.example.com:5000', 'registry.example.com:5000/search', true],
    ['registry.example.com:5000', 'registry.example.com/search', false],
    ['*.example.com', 'registry.example.com/search', true],
    ['*.example.com', 'eu.registry.example.com/search', true],
    ['*.example.com', 'example.com/search', false],
    ['*.example.com', 'evilexample.com/search', false],
    ['*.example.com', 'registry.example.evil.com/search', false],
    ['*.example.com', 'registry.example.com.evil.com/search', false],
    ['ghcr.io/acme', 'ghcr.io/acme/search:1', true],
    ['ghcr.io/acme', 'ghcr.io/acme:1', true],
    ['ghcr.io/acme', 'ghcr.io/acme-evil/search:1', false],
    ['ghcr.io/acme', 'ghcr.io/evil/acme/search:1', false],
    ['ghcr.io/acme-*', 'ghcr.io/acme-search/server', true],
    ['ghcr.io/acme-*', 'ghcr.io/acme/search', false],
    ['ghcr.io/*/search', 'ghcr.io/acme/search:1', true],
    ['ghcr.io/*/search', 'ghcr.io/acme/other/search:1', false],
    ['docker.io/library', 'nginx:1', true],
    ['docker.io/library', 'acme/nginx:1', false],
    ['docker.io', 'acme/nginx:1', true],
    ['registry', 'registry/search', false],
  ];
  for (const [pattern, image, matches] of cases) {
    t.equal(registryMatches(pattern, image), matches, `${pattern} ${matches ? 'takes' : 'refuses'} ${image}`);
  }
});

t.test('a domain never matches what another owns', async (t) => {
  const label = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,8}[a-z0-9])?$/);
  const property = fc.property(label, fc.array(label, { minLength: 1, maxLength: 3 }), (first, rest) => {
    const owned = 'example.com';
    const other = [first, ...rest].join('.');
    const isOwned = other === owned || other.endsWith(`.${owned}`);
    for (const image of [`${other}/a`, `${owned}.${other}/a`, `${other}/${owned}/a`]) {
      if (isOwned) continue;
      if (registryMatches(`*.${owned}`, image) && !placeOf(image).registry.endsWith(`.${owned}`))
        return false;
      if (registryMatches(owned, image) && placeOf(image).registry !== owned) return false;
    }
    return registryMatches(`*.${owned}`, `${other}.${owned}/a`);
  });
  fc.assert(property, { numRuns: 500 });
  t.pass();
});

t.test('hosts, names and roles', async (t) => {
  t.ok(hostMatches('*', ''));
  t.ok(hostMatches('*', 'any.example.com'));
  t.ok(hostMatches('mcp.example.com', 'mcp.example.com'));
  t.notOk(hostMatches('mcp.example.com', 'a.mcp.example.com'));
  t.ok(hostMatches('*.example.com', 'a.b.example.com'));
  t.ok(hostMatches('*.example.com', '*.example.com'));
  t.notOk(hostMatches('*.example.com', '.example.com'));
  t.notOk(hostMatches('*.example.com', ''));
  t.ok(nameMatches('team-*', 'team-search'));
  t.notOk(nameMatches('team-*', 'my-team-search'));
  t.notOk(nameMatches('te.m', 'team'), 'a dot is a dot');
  const roles = 'arn:aws:iam::123456789012:role/payments-*';
  t.ok(roleMatches(roles, 'arn:aws:iam::123456789012:role/payments-read'));
  t.notOk(roleMatches(roles, 'arn:aws:iam::123456789012:role/payments-x/admin'));
  t.notOk(roleMatches(roles, 'arn:aws:iam::999999999999:role/payments-read'));
});
