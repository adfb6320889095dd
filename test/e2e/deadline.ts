/** Rollouts that the cluster gives up, which a suite has it do as soon as settings allow. */
import type { Test } from 'tap';
import type { MCPServer } from '../../src/api/mcpserver.ts';
import type { Cluster } from '../cluster/cluster.ts';
import { condition, until } from './look.ts';

/** The least that settings allow. */
const DEADLINE_SECONDS = 30;

/** Settings of the operator. */
export const SOON_GIVEN_UP = { MCP_PROGRESS_DEADLINE_SECONDS: String(DEADLINE_SECONDS) };

/** Waits until the rollout of a server is given up, and returns the server. */
export async function givenUp(t: Test, cluster: Cluster, name: string): Promise<MCPServer> {
  const server = await until(
    cluster,
    name,
    'the rollout is given up',
    (one) => condition(one, 'Progressing')?.reason === 'ProgressDeadlineExceeded',
    DEADLINE_SECONDS + 90,
  );
  t.match(condition(server, 'Progressing'), { status: 'False' }, 'it is said that it will not get there');
  return server;
}
