#!/usr/bin/env node
/** The command. It reads flags and files and leaves the work to others; each command loads only what it needs. */
import { parseArgs } from 'node:util';
import { SettingsError } from './settings.ts';
import { VERSION } from './version.ts';

const USAGE = `smooth-operator ${VERSION}: one MCPServer in, a running MCP server out

  smooth-operator serve                    answer Metacontroller's hooks (settings: environment)
  smooth-operator dev [--install-crds] [--namespace NAME] [--resync SECONDS]
                                           reconcile against the current kubeconfig, without Metacontroller
  smooth-operator render -f FILE           print the children of the manifests in FILE
  smooth-operator validate -f FILE         judge the manifests in FILE as API server and operator would
  smooth-operator crds                     print the CustomResourceDefinitions
  smooth-operator verify URL|mcpserver/NAME [FLAGS]
                                           ask an MCP server what it is, as a client would (verify --help)
  smooth-operator connect NAME [--client CLIENT] [--write]
                                           print or write an MCPServer as an MCP client's file has it (connect --help)

  -f, --filename FILE   file, folder, or - for standard input; may be repeated
  -o, --output FORMAT   yaml (default) or json
  --install-crds        dev: install or update the CRDs first
  -n, --namespace NAME  dev: this namespace alone; verify, connect: the one of the MCPServer
  --context NAME        dev, verify, connect: this context of the kubeconfig
  --resync SECONDS      dev: look at everything again this often (changes alone are what it waits for otherwise)
  -h, --help; --version

Exit status: 0 all is well; 1 a manifest is invalid, a cluster refused or a server is not Verified; 2 wrong use, or a file or setting is wrong.
`;

class UsageError extends Error {}

async function main(): Promise<number> {
  const args = process.argv.slice(2);
  if (args[0] === 'verify') {
    const { verify } = await import('./commands/verify.ts');
    return verify(args.slice(1));
  }
  if (args[0] === 'connect') {
    const { connect } = await import('./commands/connect.ts');
    return connect(args.slice(1));
  }
  const { command, flags } = parse(args);
  switch (command) {
    case 'serve': {
      const { serve } = await import('./main.ts');
      await serve(process.env);
      return 0;
    }
    case 'dev': {
      const { dev } = await import('./commands/dev.ts');
      await dev({
        installCrds: flags['install-crds'] ?? false,
        namespace: flags.namespace,
        context: flags.context,
        resyncSeconds: secondsOf(flags.resync),
      });
      return 0;
    }
    case 'render':
    case 'validate':
      return offline(command, flags.filename ?? [], formatOf(flags.output));
    case 'crds': {
      const [{ print }, { crds }] = await Promise.all([
        import('./commands/offline.ts'),
        import('./commands/crds.ts'),
      ]);
      process.stdout.write(print(crds(), formatOf(flags.output)));
      return 0;
    }
    default:
      throw new UsageError(command ? `${command}: no such command` : 'which command?');
  }
}

function parse(args: string[]) {
  try {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: {
        filename: { type: 'string', short: 'f', multiple: true },
        output: { type: 'string', short: 'o' },
        namespace: { type: 'string', short: 'n' },
        context: { type: 'string' },
        resync: { type: 'string' },
        'install-crds': { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
        version: { type: 'boolean' },
      },
    });
    if (values.help || positionals[0] === 'help') {
      process.stdout.write(USAGE);
      process.exit(0);
    }
    if (values.version) {
      process.stdout.write(`${VERSION}\n`);
      process.exit(0);
    }
    const [command, extra] = positionals;
    if (extra !== undefined) throw new UsageError(`${extra}: what is this? Name files with -f`);
    return { command, flags: values };
  } catch (error) {
    throw error instanceof UsageError ? error : new UsageError((error as Error).message);
  }
}

function formatOf(output: string | undefined): 'yaml' | 'json' {
  if (output === undefined || output === 'yaml' || output === 'json') return output ?? 'yaml';
  throw new UsageError(`--output ${output}: must be yaml or json`);
}

function secondsOf(resync: string | undefined): number | undefined {
  if (resync === undefined) return undefined;
  if (/^[1-9]\d{0,5}$/.test(resync)) return Number(resync);
  throw new UsageError(`--resync ${resync}: must be a whole number of seconds`);
}

async function offline(command: 'render' | 'validate', files: string[], format: 'yaml' | 'json') {
  if (files.length === 0) throw new UsageError(`${command}: name a file, a folder or - with -f`);
  const [{ readManifests }, { render, validate }, { controllers }, { loadSettings }] = await Promise.all([
    import('./commands/manifests.ts'),
    import('./commands/offline.ts'),
    import('./reconcile/controllers.ts'),
    import('./settings.ts'),
  ]);
  const manifests = readManifests(files);
  const settings = loadSettings(process.env).render;
  const { output, remarks, ok } =
    command === 'render'
      ? render(manifests, controllers, settings, format)
      : validate(manifests, controllers, settings);
  process.stdout.write(output);
  for (const remark of remarks) process.stderr.write(`${remark}\n`);
  return ok ? 0 : 1;
}

try {
  process.exitCode = await main();
} catch (error) {
  const { name, message } = error as Error;
  if (error instanceof UsageError) process.stderr.write(`${message}\n\n${USAGE}`);
  else if (error instanceof SettingsError || name === 'ManifestError' || name === 'RuntimeMissingError')
    process.stderr.write(`${message}\n`);
  else if (name === 'EngineError') process.stderr.write(`${message}\n`);
  else throw error;
  process.exitCode = name === 'EngineError' ? 1 : 2;
}
