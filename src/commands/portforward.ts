/** `verify mcpserver/NAME`: the way to a server of a cluster, by the rights of a kubeconfig. */
import { parseArgs } from 'node:util';
import { serviceUrl } from '../children/service.ts';
import { clientTransport } from '../children/transport.ts';
import { forward } from '../engine/forward.ts';
import { loadSettings } from '../settings.ts';
import { findPod, findServer } from './clusterserver.ts';
import type { RuntimeCommand } from './verify.ts';

/**
 * @param rest flags: `--namespace` and `--context` of ours, and those of the runtime.
 * @returns the exit status of the runtime's command.
 * @throws EngineError where there is no such server, no pod of it that is Ready, or no cluster.
 */
export async function throughPortForward(
  name: string,
  rest: string[],
  run: RuntimeCommand['run'],
): Promise<number> {
  const { cluster, others } = split(rest);
  const found = await findServer(name, cluster);
  const pod = await findPod(found);
  const { server } = found;
  const { address, close } = await forward(found.kubeConfig, async () => pod);
  const url = serviceUrl(server, loadSettings(process.env).render.clusterDomain);
  try {
    return await run([
      url,
      '--transport',
      clientTransport(server),
      '--connect-to',
      address,
      '--name-prefix',
      `${name}-`,
      ...others,
    ]);
  } finally {
    close();
  }
}

/** Takes our flags out of those of the runtime, which knows its own. */
function split(args: string[]) {
  const { values, tokens } = parseArgs({
    args,
    strict: false,
    tokens: true,
    options: { namespace: { type: 'string', short: 'n' }, context: { type: 'string' } },
  });
  const ours = new Set(
    tokens.flatMap((token) => {
      if (token.kind !== 'option' || !(token.name === 'namespace' || token.name === 'context')) return [];
      return token.inlineValue ? [token.index] : [token.index, token.index + 1];
    }),
  );
  const text = (value: string | boolean | undefined) => (typeof value === 'string' ? value : undefined);
  return {
    cluster: { namespace: text(values.namespace), context: text(values.context) },
    others: args.filter((_, index) => !ours.has(index)),
  };
}
