/** `connect`: one server of a cluster as an MCP client's file has it. */
import { hash } from 'node:crypto';
import { parseArgs } from 'node:util';
import type { MCPServer } from '../api/mcpserver.ts';
import {
  type ClientHeader,
  type ClientServer,
  clientVariable,
  literal,
} from '../children/catalog/clientservers.ts';
import { pathOf } from '../children/paths.ts';
import { speaksTls } from '../children/scheme.ts';
import { clientTransport } from '../children/transport.ts';
import type { Forward } from '../engine/forward.ts';
import { CLIENTS, ClientFileError, type McpClient, printed, writeInto } from './clientfile.ts';
import type { FoundServer } from './clusterserver.ts';

const USAGE = `smooth-operator connect NAME [FLAGS]: an MCPServer as an MCP client's file has it

  -n, --namespace NAME  of the MCPServer
  --context NAME        this context of the kubeconfig
  --client CLIENT       ${Object.keys(CLIENTS).join(', ')}; the first unless told otherwise
  --header NAME         a header that the server wants; may be repeated. Those of spec.verify.headers are there by themselves
  --as NAME             what the client is to call the server; NAME unless told otherwise
  --write               write it into the client's file in this folder, and keep what else is there

A server without a public address is reached through a port-forward, which stays open until Ctrl-C. The values of headers
are never written: the client takes them from where its file says.
Exit status: 0 all is well; 1 the cluster refused, or no pod serves; 2 wrong use, or a file is wrong.
`;

class UsageError extends Error {}

interface Options {
  name: string;
  namespace: string | undefined;
  context: string | undefined;
  client: McpClient;
  headers: string[];
  key: string;
  write: boolean;
}

/**
 * @param args what stands behind the name of the command.
 * @returns the exit status.
 * @throws EngineError where there is no such server, no pod of it that is Ready, or no cluster.
 */
export async function connect(args: string[]): Promise<number> {
  if (args.includes('--help') || args.includes('-h')) {
    process.stdout.write(USAGE);
    return 0;
  }
  try {
    await connected(optionsOf(args));
    return 0;
  } catch (error) {
    if (error instanceof UsageError) process.stderr.write(`${error.message}\n\n${USAGE}`);
    else if (error instanceof ClientFileError) process.stderr.write(`${error.message}\n`);
    else throw error;
    return 2;
  }
}

async function connected(options: Options): Promise<void> {
  const { findServer } = await import('./clusterserver.ts');
  const found = await findServer(options.name, options);
  const { server } = found;
  for (const remark of remarksOn(server, options)) process.stderr.write(`${remark}\n`);
  const address = server.status?.endpoints?.public;
  if (address !== undefined) return show(options, clientServer(server, options, address));
  const way = await open(found);
  try {
    const scheme = speaksTls(server) ? 'https' : 'http';
    await show(options, clientServer(server, options, `${scheme}://${way.address}${pathOf(server)}`));
    process.stderr.write(`port-forward at ${way.address}, until Ctrl-C\n`);
    await new Promise<void>((resolve) => {
      process.once('SIGINT', resolve);
      process.once('SIGTERM', resolve);
    });
  } finally {
    way.close();
  }
}

/** Follows the server from pod to pod. */
async function open(found: FoundServer): Promise<Forward> {
  const [{ findPod }, { forward }] = await Promise.all([
    import('./clusterserver.ts'),
    import('../engine/forward.ts'),
  ]);
  let pod = await findPod(found);
  return forward(
    found.kubeConfig,
    async () => {
      pod = await findPod(found, pod);
      return pod;
    },
    usualPort(found),
  );
}

/** The same for a server each time, so that what a file says stays good: below the ports that systems give out by themselves. */
function usualPort({ client, namespace, server }: FoundServer): number {
  const digest = hash('sha256', `${client.server} ${namespace}/${server.metadata.name}`, 'hex');
  return 20_000 + (Number.parseInt(digest.slice(0, 8), 16) % 10_000);
}

async function show({ client, write }: Options, server: ClientServer): Promise<void> {
  if (!write) {
    process.stdout.write(printed(client, server));
    return;
  }
  const { name, changed } = await writeInto(process.cwd(), client, server);
  process.stderr.write(`${name}: ${changed ? `written: ${server.key}` : `has ${server.key} already`}\n`);
}

function clientServer(server: MCPServer, { key, headers }: Options, url: string): ClientServer {
  const verified = server.spec.verify?.headers?.map(({ name }) => name) ?? [];
  const all = [...verified, ...headers];
  const known = (name: string, index: number) =>
    all.findIndex((one) => one.toLowerCase() === name.toLowerCase()) === index;
  return {
    key,
    url: literal(url),
    transport: clientTransport(server),
    headers: all.filter(known).map(
      (name): ClientHeader => ({
        name,
        prefix: '',
        what: `value of the header ${name}`,
        variable: clientVariable(key, name.replace(/[^A-Za-z0-9]/g, '_')),
      }),
    ),
  };
}

function remarksOn({ spec, status }: MCPServer, { headers, client, write }: Options): string[] {
  const verified = status?.conditions?.find(({ type }) => type === 'Verified');
  const wants = verified?.reason === 'Unauthorized' && headers.length === 0 && !spec.verify?.headers;
  const forwarded = status?.endpoints?.public === undefined;
  return [
    ...(wants
      ? ['it wants credentials: unless the client logs in by itself, name their header with --header NAME']
      : []),
    ...(forwarded && spec.scheme === 'HTTPS'
      ? ['it ends TLS itself: clients do not accept its certificate for 127.0.0.1 unless they are told to']
      : []),
    ...(client.path !== undefined && !write ? [`for ${client.path} (--write puts it there)`] : []),
  ];
}

function optionsOf(args: string[]): Options {
  const { values, positionals } = parsed(args);
  const [name, extra] = positionals;
  if (name === undefined) throw new UsageError('connect: which MCPServer?');
  if (extra !== undefined) throw new UsageError(`${extra}: what is this? One MCPServer at a time`);
  const clientName = values.client ?? Object.keys(CLIENTS)[0]!;
  if (!Object.hasOwn(CLIENTS, clientName)) {
    throw new UsageError(`--client ${clientName}: must be one of ${Object.keys(CLIENTS).join(', ')}`);
  }
  const client = CLIENTS[clientName]!;
  const { as: key = name, header: headers = [], write = false, namespace, context } = values;
  if (!/^[A-Za-z0-9_-]{1,64}$/.test(key) || key === 'workspace') {
    throw new UsageError(`--as ${key}: must be letters, digits, _ and -, at most 64, and not workspace`);
  }
  for (const header of headers) {
    // Not repeated: what stands there may be a secret.
    if (!/^[A-Za-z0-9-]{1,64}$/.test(header)) {
      throw new UsageError('--header: must be the name of a header alone, such as Authorization');
    }
  }
  if (write && client.path === undefined) {
    throw new UsageError(
      '--write: Claude Desktop reads no file in a project: print the entry, and put it in by Settings, Developer, Edit Config',
    );
  }
  return { name, namespace, context, client, headers, key, write };
}

function parsed(args: string[]) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        namespace: { type: 'string', short: 'n' },
        context: { type: 'string' },
        client: { type: 'string' },
        header: { type: 'string', multiple: true },
        as: { type: 'string' },
        write: { type: 'boolean' },
      },
    });
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}
