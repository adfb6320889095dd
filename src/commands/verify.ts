/**
 * `verify`: asks a server what it is. What asks is the runtime, with packages of its own: it is loaded where it is installed
 * beside the command, as in a clone.
 */

/** What the runtime's subcommand offers, of which the types are not here either. */
export interface RuntimeCommand {
  usage: string;
  run(args: string[]): Promise<number>;
}

const RUNTIME = 'smooth-operator-runtime/verify';

const USAGE = `smooth-operator verify URL [FLAGS]: ask an MCP server what it is, as a client would
smooth-operator verify mcpserver/NAME [-n NAMESPACE] [--context NAME] [FLAGS]: the same through a port-forward

The flags are those of the runtime's command, which this one hands over to:

`;

export class RuntimeMissingError extends Error {
  override name = 'RuntimeMissingError';
}

/**
 * @param args a URL or `mcpserver/NAME` first, then flags of `smooth-runtime verify`, and for a server of the cluster
 *   `--namespace` and `--context`.
 * @returns the exit status: 0 for Verified alone.
 * @throws RuntimeMissingError or EngineError, each saying what to do.
 */
export async function verify(args: string[]): Promise<number> {
  const { run, usage } = await runtime();
  if (args.includes('--help') || args.includes('-h')) {
    process.stdout.write(USAGE + usage);
    return 0;
  }
  const [target = '', ...rest] = args;
  const [, name] = /^mcpservers?\/(.+)$/.exec(target) ?? [];
  try {
    if (name === undefined) return await run(args);
    const { throughPortForward } = await import('./portforward.ts');
    return await throughPortForward(name, rest, run);
  } catch (error) {
    const { name: kind, message } = error as Error;
    if (kind !== 'UsageError') throw error;
    process.stderr.write(`${message}\n\n${USAGE}${usage}`);
    return 2;
  }
}

async function runtime(): Promise<RuntimeCommand> {
  try {
    return (await import(RUNTIME)) as RuntimeCommand;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error;
    throw new RuntimeMissingError(
      'verify needs the runtime, which is not installed here: a clone has it after npm ci and npm run build, and its image is a command of its own, docker run --rm IMAGE verify URL',
    );
  }
}
