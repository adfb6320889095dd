import t from 'tap';
import { ratchet } from '../../src/admission/ratchet.ts';
import type { Problem } from '../../src/api/problem.ts';

const problem = (detail: string, ...path: (string | number)[]): Problem => ({ path, detail });

t.test('only what an update brings counts', async (t) => {
  const tag = problem('needs a tag', 'spec', 'image');
  const limit = problem('needs a limit', 'spec', 'resources');
  t.strictSame(ratchet([tag, limit], [tag]), { brought: [limit], left: [tag] });
  t.strictSame(ratchet([tag], [tag, limit]), { brought: [], left: [tag] });
  t.strictSame(ratchet([tag], []), { brought: [tag], left: [] });
});

t.test('another value of the same field is another problem', async (t) => {
  const was = problem('Invalid value: "a:latest"', 'spec', 'image');
  const is = problem('Invalid value: "b:latest"', 'spec', 'image');
  t.strictSame(ratchet([is], [was]).brought, [is]);
});

t.test('entries may move within their list, and none stands for two', async (t) => {
  const at = (index: number) => problem('forbidden', 'spec', 'pod', 'sidecars', index, 'image');
  t.strictSame(ratchet([at(0)], [at(1)]), { brought: [], left: [at(0)] });
  t.strictSame(ratchet([at(0), at(1)], [at(1)]).brought, [at(1)]);
});
