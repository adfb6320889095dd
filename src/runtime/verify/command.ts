/** `smooth-runtime verify`: flags in, the document out. */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { problemMessage } from '../../api/terminationmessage.ts';
import type { Verification } from '../../api/verification.ts';
import { UsageError } from '../usage.ts';
import { TRANSPORTS, type TransportName } from './ask.ts';
import { headersOf } from './headers.ts';
import { type VerifyOptions, verify } from './verify.ts';

export const usage = `smooth-runtime verify URL: ask an MCP server what it is, as a client would

  --transport NAME           http (default, streamable HTTP) or sse
  --timeout SECONDS          for everything, 30 by default
  --header 'NAME: VALUE'     sent with every question; may be repeated
  --header-env NAME=VARIABLE the same, with the value of a variable
  --headers-from FOLDER      the same, one file for each, called as the header
  --name-prefix TEXT         what clients put in front of the names of tools
  --connect-to HOST:PORT     connect there instead; the server is called by the host of the URL
  -o, --output FORMAT        text (default) or json
  --termination-message FILE write the document there too, as JSON

A certificate authority of your own: NODE_EXTRA_CA_CERTS=FILE.
Exit status: 0 Verified; 1 any other reason; 2 wrong use.
`;

/** As `main.ts` has it. */
export async function run(args: string[]): Promise<number> {
  const { values, positionals } = parsed(args);
  const file = values['termination-message'];
  const { options, output } = within(file, () => optionsOf(values, positionals));
  const found = await verify(options);
  const json = JSON.stringify(found);
  if (file !== undefined) writeFileSync(file, json);
  process.stdout.write(output === 'json' ? `${JSON.stringify(found, undefined, 2)}\n` : textOf(found));
  return found.reason === 'Verified' ? 0 : 1;
}

/** What is wrong with the flags and files of a pod is told where its report would be. */
function within<T>(file: string | undefined, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (file !== undefined && error instanceof UsageError) writeFileSync(file, problemMessage(error.message));
    throw error;
  }
}

function optionsOf(values: Values, positionals: string[]) {
  const [address, extra] = positionals;
  if (address === undefined) throw new UsageError('verify: which URL?');
  if (extra !== undefined) throw new UsageError(`${extra}: what is this? One URL at a time`);
  const options: VerifyOptions = {
    url: urlOf(address),
    transport: oneOf(TRANSPORTS, values.transport, '--transport') as TransportName,
    timeoutMs: secondsOf(values.timeout) * 1000,
    headers: headersOf(
      {
        written: values.header ?? [],
        fromEnv: values['header-env'] ?? [],
        folders: values['headers-from'] ?? [],
      },
      process.env,
    ),
    namePrefix: values['name-prefix'] ?? '',
    connectTo: hostAndPort(values['connect-to']),
  };
  const output = oneOf(['text', 'json'], values.output, '--output');
  return { options, output };
}

type Values = ReturnType<typeof parsed>['values'];

function parsed(args: string[]) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        transport: { type: 'string' },
        timeout: { type: 'string' },
        header: { type: 'string', multiple: true },
        'header-env': { type: 'string', multiple: true },
        'headers-from': { type: 'string', multiple: true },
        'name-prefix': { type: 'string' },
        'connect-to': { type: 'string' },
        output: { type: 'string', short: 'o' },
        'termination-message': { type: 'string' },
      },
    });
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

function urlOf(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !/^https?:$/.test(url.protocol))
    throw new UsageError(`${text}: must be a URL with http or https`);
  if (url.username || url.password)
    throw new UsageError('the URL holds credentials: give them with --header');
  return url;
}

function oneOf(allowed: readonly string[], value: string | undefined, flag: string): string {
  if (value === undefined) return allowed[0]!;
  if (allowed.includes(value)) return value;
  throw new UsageError(`${flag} ${value}: must be ${allowed.join(' or ')}`);
}

function secondsOf(text = '30'): number {
  const seconds = /^\d{1,4}(\.\d{1,3})?$/.test(text) ? Number(text) : 0;
  if (seconds > 0 && seconds <= 3600) return seconds;
  throw new UsageError(`--timeout ${text}: must be a number of seconds, at most 3600`);
}

function hostAndPort(text: string | undefined): string | undefined {
  if (text === undefined || /^([^:/@]+|\[[0-9a-f:]+\]):\d{1,5}$/i.test(text)) return text;
  throw new UsageError(`--connect-to ${text}: must be HOST:PORT`);
}

function textOf({ reason, message, server, authorization }: Verification): string {
  const lines = [`${reason}: ${message}`];
  if (server) {
    lines.push(`server: ${server.name} ${server.version}`.trim());
    for (const what of ['tools', 'prompts', 'resources'] as const) {
      const { count, names } = server[what];
      const shown = names.length < count ? [...names, '…'] : names;
      if (count > 0) lines.push(`${what} (${count}): ${shown.join(', ')}`);
    }
  }
  if (authorization && authorization.servers.length > 0)
    lines.push(`authorization servers: ${authorization.servers.join(', ')}`);
  return `${lines.join('\n')}\n`;
}
