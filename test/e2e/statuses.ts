/** What the statuses of servers said over time: each write of a status is one more thing that somebody may act on. */
import { readFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import type { Test } from 'tap';
import type { MCPServerStatus } from '../../src/api/mcpserver.ts';
import { binaries } from '../cluster/binaries.ts';
import type { Cluster } from '../cluster/cluster.ts';
import { poll } from '../cluster/process.ts';
import { controlPlane } from '../cluster/versions.ts';
import { server } from './look.ts';

export interface Statuses {
  /** Every status that a server has had since the watch began, in order, up to the present one. */
  of(name: string, namespace?: string): Promise<MCPServerStatus[]>;
  /** Bounds how often the status of a server was written, and tells what it said. */
  wrote(t: Test, name: string, most: number): Promise<void>;
}

/** Watches every server from now on. The CRD must be there. */
export async function watchStatuses(cluster: Cluster): Promise<Statuses> {
  const { log } = await cluster.run('statuses', (await binaries([controlPlane]))('kubectl'), [
    `--kubeconfig=${cluster.kubeconfig}`,
    'get',
    'mcpservers',
    '--all-namespaces',
    '--watch',
    '-o',
    'jsonpath={.metadata.namespace}/{.metadata.name} {.status}{"\\n"}',
  ]);
  const of: Statuses['of'] = async (name, namespace = 'default') => {
    let seen: MCPServerStatus[] = [];
    const upToDate = async () => {
      const { status } = await server(cluster, name, namespace);
      seen = read(log, `${namespace}/${name} `);
      return isDeepStrictEqual(seen.at(-1), status);
    };
    await poll(`the watch has seen the status of ${name}`, upToDate, 30);
    return seen;
  };
  return {
    of,
    wrote: async (t, name, most) => {
      const seen = await of(name);
      t.ok(seen.length <= most, `the status of ${name} was written ${seen.length} times, at most ${most}`);
      for (const status of seen) t.comment(brief(status));
    },
  };
}

function read(log: string, start: string): MCPServerStatus[] {
  const seen: MCPServerStatus[] = [];
  // What follows the last line's end may be half of one.
  for (const line of readFileSync(log, 'utf8').split('\n').slice(0, -1)) {
    if (!line.startsWith(`${start}{`)) continue;
    const status = JSON.parse(line.slice(start.length)) as MCPServerStatus;
    if (!isDeepStrictEqual(status, seen.at(-1))) seen.push(status);
  }
  return seen;
}

/** A status in a few words, for a report. */
export function brief({ phase, ready, conditions, message }: MCPServerStatus): string {
  const progressing = conditions?.find(({ type }) => type === 'Progressing');
  return `${phase} ${ready} ${progressing?.reason}${message ? `: ${message}` : ''}`;
}
