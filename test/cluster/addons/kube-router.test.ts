import t from 'tap';
import type { Cluster } from '../cluster.ts';
import { startKubeRouter } from './kube-router.ts';

t.test("rules are never written into the machine's own network", async (t) => {
  const simulated = { profile: 'simulated' } as Cluster;
  await t.rejects(startKubeRouter(simulated), /needs the real node/);
});
