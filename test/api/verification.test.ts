import { Value } from '@sinclair/typebox/value';
import fc from 'fast-check';
import t from 'tap';
import { MOST_BYTES } from '../../src/api/terminationmessage.ts';
import {
  boundVerification,
  messageOf,
  REASONS,
  type Reason,
  readVerification,
  Verification,
} from '../../src/api/verification.ts';

const offer = (...names: string[]) => ({ count: names.length, names });
const verified: Verification = {
  reason: 'Verified',
  message: 'It speaks MCP.',
  protocolVersion: '2026-07-28',
  server: {
    name: 'search',
    version: '1.2.3',
    protocolVersions: ['2026-07-28'],
    capabilities: ['tools'],
    instructions: true,
    tools: offer('search', 'fetch'),
    prompts: offer(),
    resources: offer(),
  },
};

const problemOf = (text: string) => {
  const read = readVerification(text);
  return 'problem' in read ? read.problem : '';
};

t.test('what was written is read again', async (t) => {
  t.strictSame(readVerification(JSON.stringify(verified)), { verification: verified });
});

t.test('what is no report is told as such', async (t) => {
  const without = (field: string) => JSON.stringify({ ...verified, [field]: undefined });
  const rows: [string, string][] = [
    ['', 'it ended without a report'],
    [' \n', 'it ended without a report'],
    ['panic: no space left', 'its report is not JSON'],
    [JSON.stringify(verified).slice(0, -1), 'its report is not JSON'],
    ['[]', 'its report has no right form: it must be an object'],
    ['null', 'its report has no right form: it must be an object'],
    [without('reason'), 'its report has no reason'],
    [without('message'), 'its report has no message'],
    [without('server'), 'its report says Verified and nothing of the server'],
    [
      JSON.stringify({ ...verified, reason: 'Fine' }),
      'its report has no right reason: it must be one of the known words',
    ],
    [
      JSON.stringify({ ...verified, server: { ...verified.server, tools: { count: -1, names: [] } } }),
      'its report has no right server.tools.count: it must be a whole number',
    ],
    [
      JSON.stringify({ ...verified, server: { ...verified.server, tools: { count: 1, names: [{}] } } }),
      'its report has no right server.tools.names[]: it must be a text',
    ],
    ['x'.repeat(MOST_BYTES + 1), 'its report is larger than 4096 bytes'],
  ];
  for (const [text, problem] of rows) t.equal(problemOf(text), problem, text.slice(0, 80));
});

t.test('unknown fields, of a later release, are passed over', async (t) => {
  const later = { ...verified, mood: 'good', server: { ...verified.server, title: 'Search' } };
  t.strictSame(readVerification(JSON.stringify(later)), { verification: verified });
  const polluted = JSON.stringify(verified).replace('{', '{"__proto__":{"x":1},');
  t.strictSame(readVerification(polluted), { verification: verified });
});

t.test('names go where there is no room, and the counts stay', async (t) => {
  const names = Array.from({ length: 500 }, (_, n) => `tool-with-a-long-name-${'x'.repeat(80)}-${n}`);
  const { server } = boundVerification({
    ...verified,
    server: { ...verified.server!, tools: { count: 500, names }, prompts: offer('only') },
  });
  t.equal(server!.tools.count, 500);
  t.ok(server!.tools.names.length > 10);
  t.strictSame(server!.tools.names, names.slice(0, server!.tools.names.length));
  t.strictSame(server!.prompts.names, ['only']);
});

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 300 }),
  fc.constantFrom(
    '\u202Eevil',
    'a\u0000b',
    '\u001b[31mred',
    'two\nlines',
    '\ud800',
    '"\\'.repeat(2000),
    '漢'.repeat(3000),
  ),
);
const offers = fc.record({ count: fc.nat(), names: fc.array(text, { maxLength: 100 }) });
const documents: fc.Arbitrary<Verification> = fc.record(
  {
    reason: fc.constantFrom(...(Object.keys(REASONS) as Reason[])),
    message: text,
    protocolVersion: text,
    server: fc.record({
      name: text,
      version: text,
      protocolVersions: fc.array(text),
      capabilities: fc.array(text, { maxLength: 100 }),
      instructions: fc.boolean(),
      tools: offers,
      prompts: offers,
      resources: offers,
    }),
    authorization: fc.record({ servers: fc.array(text), scopes: fc.array(text) }),
  },
  { requiredKeys: ['reason', 'message'] },
);

/** Every text of a document. */
function textsOf(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsOf) : [];
}

t.test('whatever a server says, the report fits, is printable, and is read as it was written', async (t) => {
  fc.assert(
    fc.property(documents, (found) => {
      const bounded = boundVerification(found);
      const written = JSON.stringify(bounded);
      if (Buffer.byteLength(written) > MOST_BYTES) return false;
      if (!Value.Check(Verification, bounded)) return false;
      if (textsOf(bounded).some((one) => /[\p{C}\p{Zl}\p{Zp}]/u.test(one))) return false;
      if (bounded.reason === 'Verified' && !bounded.server) return true;
      const read = readVerification(written);
      return 'verification' in read && JSON.stringify(read.verification) === written;
    }),
  );
  t.pass();
});

t.test('whatever a pod wrote, reading it gives a bounded document or one sentence', async (t) => {
  const written = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 5000 }),
    fc.json(),
    fc.tuple(documents, fc.nat(5000)).map(([one, end]) => JSON.stringify(one).slice(0, end)),
    documents.map((one) => JSON.stringify(one)),
  );
  fc.assert(
    fc.property(written, (text) => {
      const read = readVerification(text);
      if ('problem' in read) return read.problem.length < 200 && !/\p{C}/u.test(read.problem);
      return (
        Value.Check(Verification, read.verification) &&
        textsOf(read.verification).every((one) => !/[\p{C}\p{Zl}\p{Zp}]/u.test(one))
      );
    }),
  );
  t.pass();
});

t.test('a message ends with what to do', async (t) => {
  t.equal(messageOf('Verified', 'It offers 3 tools'), 'It offers 3 tools.');
  t.equal(
    messageOf('WrongPath', 'http://search/mcp answers 404; /sse answers.'),
    'http://search/mcp answers 404; /sse answers. Set path to the one at which the server serves MCP.',
  );
  for (const [reason, { remedy }] of Object.entries(REASONS))
    t.equal(remedy === '', reason === 'Verified', `${reason} has a remedy`);
});
