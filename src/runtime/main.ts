#!/usr/bin/env node
/** The command of the runtime's image. Each subcommand has a folder, reads its own flags and loads only what it needs. */
import { UsageError } from './usage.ts';
import { VERSION } from './version.ts';

const USAGE = `smooth-runtime ${VERSION}: what runs beside or instead of an MCP server

  smooth-runtime verify URL [FLAGS]        ask an MCP server what it is, as a client would
  smooth-runtime bridge --port PORT [FLAGS] -- COMMAND ARG...
                                           serve a stdio server over streamable HTTP
  smooth-runtime copy-bridge DIR           put the bridge where a server's image can run it
  smooth-runtime register --url URL --file PATH...
                                           have a LiteLLM have the MCP servers of a catalog
  smooth-runtime roll --deployment NAMESPACE/NAME --annotation KEY=VALUE
                                           replace the pods of a Deployment
  smooth-runtime registry --file PATH --port PORT
                                           serve what a catalog publishes as an MCP registry

  COMMAND --help; -h, --help; --version

Exit status: 0 all is well; 1 what was asked for did not come out well; 2 wrong use.
`;

interface Subcommand {
  /** What `--help` and wrong use show of it. */
  usage: string;
  /**
   * @param args what stands behind the name of the subcommand.
   * @returns the exit status.
   * @throws UsageError where they are wrong.
   */
  run(args: string[]): Promise<number>;
}

const SUBCOMMANDS: Record<string, () => Promise<Subcommand>> = {
  verify: () => import('./verify/command.ts'),
  bridge: () => import('./bridge/command.ts'),
  'copy-bridge': () => import('./bridge/copy.ts'),
  register: () => import('./register/command.ts'),
  roll: () => import('./roll/command.ts'),
  registry: () => import('./registry/command.ts'),
};

async function main([name, ...args]: string[]): Promise<number> {
  if (name === '--help' || name === '-h' || name === 'help') {
    process.stdout.write(USAGE);
    return 0;
  }
  if (name === '--version') {
    process.stdout.write(`${VERSION}\n`);
    return 0;
  }
  if (name === undefined || !Object.hasOwn(SUBCOMMANDS, name)) {
    process.stderr.write(`${name === undefined ? 'which command?' : `${name}: no such command`}\n\n${USAGE}`);
    return 2;
  }
  const { usage, run } = await SUBCOMMANDS[name]!();
  // What stands behind `--` is the command of somebody else.
  const own = args.includes('--') ? args.slice(0, args.indexOf('--')) : args;
  if (own.includes('--help') || own.includes('-h')) {
    process.stdout.write(usage);
    return 0;
  }
  try {
    return await run(args);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    process.stderr.write(`${error.message}\n\n${usage}`);
    return 2;
  }
}

process.exitCode = await main(process.argv.slice(2));
