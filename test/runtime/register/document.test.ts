/** The document in its parts: all of it is read, or nothing. */
import path from 'node:path';
import t, { type Test } from 'tap';
import { documentHash, type Registrations } from '../../../src/api/registrations.ts';
import { readDocument } from '../../../src/runtime/register/document.ts';

const registered = (name: string, more: object = {}) => ({
  source: `default/${name}`,
  server: {
    server_id: `k8s.tools.default.${name}`,
    server_name: `default_${name}`,
    url: `http://${name}.default.svc/mcp`,
    transport: 'http' as const,
    mcp_access_groups: [],
    allowed_tools: [],
    ...more,
  },
});

const part = (more: Partial<Registrations> = {}): Registrations => ({
  catalog: 'tools/all',
  part: 1,
  parts: 1,
  servers: [registered('search')],
  ...more,
});

function read(t: Test, parts: unknown[]) {
  const texts = parts.map((one, n) => [`${n}`, typeof one === 'string' ? one : JSON.stringify(one)]);
  const folder = t.testdir(Object.fromEntries(texts));
  const result = readDocument(parts.map((_, n) => path.join(folder, `${n}`)));
  return 'problem' in result ? result.problem.replaceAll(`${folder}/`, '') : result;
}

t.test('parts in any order are one document', async (t) => {
  const parts = [2, 1].map((n) => part({ part: n, parts: 2, servers: [registered(`s${n}`)] }));
  const { catalog, hash, servers } = read(t, parts) as Exclude<ReturnType<typeof read>, string>;
  t.equal(catalog, 'tools/all');
  t.equal(hash, documentHash(parts.map((one) => JSON.stringify(one))));
  t.strictSame(
    servers.map(({ source }) => source),
    ['default/s2', 'default/s1'],
  );
});

t.test('a document that is not whole, or not right, says what is wrong', async (t) => {
  const wrong = (more: object) => part({ servers: [registered('search', more)] });
  const rows: [unknown[], RegExp][] = [
    [['{"catalog": "a secret'], /^0: is not JSON$/],
    [[{ ...part(), catalog: undefined }], /^0: \/catalog: /],
    [[{ ...part(), servers: {} }], /^0: \/servers: /],
    [[part({ parts: 2 })], /are not the parts 1 to 2 of the document, each once/],
    [[part(), part()], /are not the parts 1 to 1/],
    [[part({ parts: 2 }), part({ parts: 2 })], /are not the parts 1 to 2/],
    [[part({ part: 3, parts: 2 }), part({ parts: 2 })], /are not the parts 1 to 2/],
    [[part({ parts: 2 }), part({ part: 2, parts: 2, catalog: 'b' })], /parts of different documents/],
    [[wrong({ server_id: 'a/b' })], /^0: \/servers\/0\/server\/server_id: /],
    [[wrong({ server_id: '' })], /server_id: /],
    [[wrong({ server_name: 'a-b' })], /server_name: /],
    [[wrong({ transport: 'stdio' })], /transport: /],
    [[wrong({ auth_type: 'bearer_token' })], /^default\/search: auth_type and credential go together$/],
    [[part({ servers: [{ ...registered('search'), credential: 'TOKEN' }] })], /go together/],
    [
      [part({ servers: [registered('a'), registered('b', { server_id: 'k8s.tools.default.a' })] })],
      /^default\/b and default\/a have the same id k8s.tools.default.a$/,
    ],
    [
      [part({ servers: [registered('a'), registered('b', { server_name: 'DEFAULT_a' })] })],
      /^default\/b and default\/a have the same name default_a$/,
    ],
  ];
  for (const [parts, says] of rows) t.match(read(t, parts), says);
  t.match(readDocument(['/does/not/exist']), { problem: /^\/does\/not\/exist: ENOENT/ });
});
