/** Whatever ids clients choose, in whatever order: nobody gets another's answer. */
import fc from 'fast-check';
import t from 'tap';
import { bridgeTo, type Harness, type RawSession, serverWith, textOf } from './harness.ts';

interface Call {
  /** Which of the clients. */
  client: number;
  id: string | number;
  token: string | number;
  ms: number;
  steps: number;
}

const colliding = fc.constantFrom<string | number>(0, 1, 2, '1', 'a');
const call: fc.Arbitrary<Call> = fc.record({
  client: fc.nat(3),
  id: colliding,
  token: colliding,
  ms: fc.nat(15),
  steps: fc.nat(2),
});

let serial = 0;

/** @returns what is wrong with the answers to a call. */
async function wrong(
  send: (name: string, args: object, call: Call) => Promise<{ messages: { id?: unknown }[] }>,
  one: Call,
) {
  const text = `answer ${serial++}`;
  const slow = await send('slow', { text, ms: one.ms }, one);
  const progress = await send('progress', { steps: one.steps }, one);
  const told = progress.messages.slice(0, -1) as { params?: { progressToken?: unknown; total?: unknown } }[];
  return [
    slow.messages.length !== 1 && 'not one answer',
    textOf(slow as never) !== text && `not its own answer: ${textOf(slow as never)}`,
    slow.messages[0]!.id !== one.id && 'not its own id',
    told.length !== one.steps && 'not its own progress',
    told.some(({ params }) => params?.progressToken !== one.token || params.total !== one.steps) &&
      'not its own token',
  ].filter(Boolean);
}

for (const sessions of ['own', 'shared'] as const) {
  t.test(`sessions ${sessions}`, async (t) => {
    const bridge: Harness = await bridgeTo(t, serverWith(), { sessions });
    const clients: RawSession[] = [];
    for (let count = 0; count < 4; count++) clients.push(await bridge.session());
    const property = fc.asyncProperty(fc.array(call, { minLength: 1, maxLength: 24 }), async (calls) => {
      const found = await Promise.all(
        calls.map((one) =>
          wrong(
            (name, args, { client, id, token }) =>
              clients[client]!.call(name, args, id, { progressToken: token }),
            one,
          ),
        ),
      );
      return found.flat().length === 0;
    });
    await fc.assert(property, { numRuns: 40 });
  });
}

t.test('without sessions', async (t) => {
  const bridge = await bridgeTo(t, serverWith());
  const property = fc.asyncProperty(fc.array(call, { minLength: 1, maxLength: 24 }), async (calls) => {
    const send = (name: string, args: object, { id, token }: Call) =>
      bridge.stateless('tools/call', { name, arguments: args, _meta: { progressToken: token } }, id);
    return (await Promise.all(calls.map((one) => wrong(send, one)))).flat().length === 0;
  });
  await fc.assert(property, { numRuns: 40 });
});
