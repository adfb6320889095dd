import t from 'tap';
import type { MCPServer, MCPServerSpec } from '../../../src/api/mcpserver.ts';
import { recoverLastValid, withLastValidSpec } from '../../../src/reconcile/mcpserver/lastvalidspec.ts';

const KEY = 'mcp.dev/last-valid-spec';
const spec = (more: object = {}) => ({ image: 'acme/search:1', replicas: 2, ...more }) as MCPServerSpec;
const server: MCPServer = {
  apiVersion: 'mcp.dev/v1alpha1',
  kind: 'MCPServer',
  metadata: { name: 'search', namespace: 'default', uid: 'u', generation: 1 },
  spec: {} as MCPServerSpec,
};
const carrier = (text: string) => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'search', annotations: { [KEY]: text } },
});
const bare = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'search' } };
const annotationsWith = (spec: MCPServerSpec) => withLastValidSpec(bare, spec).metadata.annotations ?? {};

t.test('the annotation holds the spec in one form, without the number of pods', async (t) => {
  t.strictSame(annotationsWith(spec({ env: [{ value: 'x', name: 'A' }] })), {
    [KEY]: '{"env":[{"name":"A","value":"x"}],"image":"acme/search:1"}',
  });
});

t.test(
  'with its repetition by Metacontroller it stays under the 256 KiB that annotations may have',
  async (t) => {
    for (const sign of ['a', '"', '\\', '語', '\n']) {
      for (const length of [1_000, 10_000, 20_000, 32_000, 64_000]) {
        const one = spec({ args: [sign.repeat(length)] });
        const annotations = annotationsWith(one);
        if (!annotations[KEY]) continue;
        const manifest = JSON.stringify({ metadata: { annotations }, spec: one });
        const bytes = Buffer.byteLength(annotations[KEY]) + Buffer.byteLength(manifest);
        t.ok(bytes < 256 * 1024, `${length} times ${JSON.stringify(sign)}: ${bytes} bytes`);
      }
    }
    t.ok(KEY in annotationsWith(spec({ args: ['a'.repeat(32_000)] })), 'a long spec is kept');
    t.notOk(KEY in annotationsWith(spec({ args: ['a'.repeat(150_000)] })), 'a very long one is not');
  },
);

t.test(
  'the first carrier whose spec is accepted is used, with the count of pods of the live spec',
  async (t) => {
    const recover = (...texts: (string | undefined)[]) =>
      recoverLastValid(
        server,
        texts.map((text) => (text === undefined ? undefined : carrier(text))),
        7,
        ({ spec }) => (spec.image === 'evil' ? undefined : spec),
      );
    t.strictSame(recover('{"image":"a"}', '{"image":"b"}'), { image: 'a', replicas: 7 });
    t.strictSame(recover('{"image":"a","replicas":1}'), { image: 'a', replicas: 7 });
    t.strictSame(recover(undefined, '{"image":"b"}'), { image: 'b', replicas: 7 }, 'no first carrier');
    t.strictSame(recover('{"image":', '{"image":"b"}'), { image: 'b', replicas: 7 }, 'the first is no JSON');
    t.strictSame(
      recover('{"image":"evil"}', '{"image":"b"}'),
      { image: 'b', replicas: 7 },
      'the first is refused',
    );
    t.equal(recover('{"image":"evil"}', '{"image":"evil"}'), undefined);
    t.equal(
      recover(`{"image":"a","args":["${'a'.repeat(300_000)}"]}`),
      undefined,
      'larger than we ever write',
    );
    t.equal(recover(), undefined);
  },
);
