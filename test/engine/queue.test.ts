import { setImmediate as turn } from 'node:timers/promises';
import t from 'tap';
import { type Outcome, WorkQueue } from '../../src/engine/queue.ts';

/** A queue whose work ends when the test says so. */
function controlled(concurrency: number, delays: { firstDelayMs?: number; longestDelayMs?: number } = {}) {
  const begun: string[] = [];
  const ends = new Map<string, (outcome: Outcome) => void>();
  let onBegin = () => {};
  const queue = new WorkQueue({
    concurrency,
    ...delays,
    work: (key) => {
      begun.push(key);
      onBegin();
      return new Promise((resolve) => ends.set(key, resolve));
    },
  });
  return {
    queue,
    begun,
    async end(key: string, outcome: Outcome = 'done') {
      ends.get(key)!(outcome);
      await turn();
    },
    /** Resolves once work has begun that many times. */
    times: (count: number) =>
      new Promise<void>((resolve) => {
        onBegin = () => begun.length >= count && resolve();
        onBegin();
      }),
  };
}

t.test('nothing is worked on before the start', async (t) => {
  const { queue, begun } = controlled(2);
  queue.add('a');
  t.strictSame(begun, []);
  queue.start();
  t.strictSame(begun, ['a']);
});

t.test('first in, first out, so many at a time, each key once', async (t) => {
  const { queue, begun, end } = controlled(2);
  for (const key of ['a', 'b', 'c', 'c', 'b', 'd']) queue.add(key);
  queue.start();
  t.strictSame(begun, ['a', 'b']);
  await end('b');
  t.strictSame(begun, ['a', 'b', 'c']);
  await end('a');
  t.strictSame(begun, ['a', 'b', 'c', 'd']);
});

t.test('a key that is added during the work on it has one more turn, afterwards', async (t) => {
  const { queue, begun, end } = controlled(2);
  queue.start();
  queue.add('a');
  queue.add('a');
  queue.add('a');
  t.strictSame(begun, ['a'], 'never twice at a time');
  await end('a');
  t.strictSame(begun, ['a', 'a']);
  await end('a');
  t.strictSame(begun, ['a', 'a']);
});

t.test('a key that is busy does not hold up the others', async (t) => {
  const { queue, begun } = controlled(2);
  queue.start();
  for (const key of ['a', 'a', 'b']) queue.add(key);
  t.strictSame(begun, ['a', 'b']);
});

t.test(
  'what fails comes back later and later, up to a limit, and quickly again after a success',
  async (t) => {
    const asked: number[] = [];
    t.intercept(globalThis, 'setTimeout', {
      value: (callback: () => void, milliseconds: number) => {
        asked.push(milliseconds);
        queueMicrotask(callback);
        return undefined;
      },
    });
    const { queue, times, end } = controlled(1, { firstDelayMs: 100, longestDelayMs: 500 });
    queue.start();
    queue.add('a');
    for (let failures = 1; failures <= 4; failures++) {
      await end('a', 'retry');
      await times(failures + 1);
    }
    await end('a');
    queue.add('a');
    await end('a', 'retry');
    t.strictSame(asked, [100, 200, 400, 500, 100]);
  },
);

t.test('work may ask to come back, and an error counts as a failure', async (t) => {
  let attempts = 0;
  const { promise, resolve } = Promise.withResolvers<void>();
  const queue = new WorkQueue({
    concurrency: 1,
    firstDelayMs: 1,
    work: async () => {
      attempts++;
      if (attempts === 1) return 1;
      if (attempts === 2) throw new Error('no');
      resolve();
      return 'done';
    },
  });
  queue.start();
  queue.add('a');
  await promise;
  t.equal(attempts, 3);
});

t.test('stopping drops what waits and waits for what is under way', async (t) => {
  const { queue, begun, end } = controlled(1);
  queue.start();
  queue.add('a');
  queue.add('b');
  let stopped = false;
  const stopping = queue.stop().then(() => {
    stopped = true;
  });
  await turn();
  t.notOk(stopped);
  await end('a', 'retry');
  await stopping;
  queue.add('c');
  t.strictSame(begun, ['a']);
});
