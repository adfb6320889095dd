/** `smooth-runtime register`: documents in, entries of LiteLLM and a report out. */
import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { boundReport, REASONS, type RegistrationReport } from '../../api/registrations.ts';
import { UsageError } from '../usage.ts';
import { readDocument } from './document.ts';
import { register } from './register.ts';

export const usage = `smooth-runtime register --url URL --file PATH...: have a LiteLLM have the MCP servers of a catalog
       smooth-runtime register --url URL --remove CATALOG: take them all out

  --url URL                  of the LiteLLM proxy, with its root path
  --file PATH                a part of the document; all parts have to be named
  --hash HASH                of the document; where the files are of another, nothing is written
  --remove CATALOG           remove every entry of this catalog instead
  --key-env VARIABLE         the admin key is in this variable, LITELLM_ADMIN_KEY by default
  --key-file PATH            the admin key is in this file
  --timeout SECONDS          for everything, 120 by default
  -o, --output FORMAT        text (default) or json
  --termination-message FILE write the report there too, as JSON

A certificate authority of your own: NODE_EXTRA_CA_CERTS=FILE.
Exit status: 0 LiteLLM has everything; 1 it has not; 2 wrong use.
`;

/** As `main.ts` has it. */
export async function run(args: string[]): Promise<number> {
  const { files, hash, remove, url, adminKey, timeoutMs, output, file } = parse(args);
  const document =
    remove === undefined ? readDocument(files, hash) : { catalog: remove, hash: '', servers: [] };
  const log = (line: string) => output === 'text' && process.stdout.write(`${line}\n`);
  const report =
    'problem' in document
      ? unreadable(document.problem)
      : await register({ url, adminKey, timeoutMs, env: process.env, log, ...document });
  const json = JSON.stringify(report);
  if (file !== undefined) writeFileSync(file, json);
  process.stdout.write(output === 'json' ? `${JSON.stringify(report, undefined, 2)}\n` : textOf(report));
  return report.reason === 'Applied' ? 0 : 1;
}

function unreadable(problem: string): RegistrationReport {
  const counts = { wanted: 0, added: 0, changed: 0, removed: 0, unchanged: 0, failed: 0 };
  const message = `${problem}. ${REASONS.InvalidDocument.remedy}`;
  return boundReport({ reason: 'InvalidDocument', message, hash: '', counts, failures: [] });
}

function parse(args: string[]) {
  const values = parsed(args);
  const { file: files = [], remove, output = 'text' } = values;
  if ((files.length === 0) === (remove === undefined))
    throw new UsageError('register: give --file for each part of the document, or --remove with the catalog');
  if (output !== 'text' && output !== 'json')
    throw new UsageError(`--output ${output}: must be text or json`);
  return {
    files,
    hash: values.hash,
    remove,
    url: urlOf(values.url),
    adminKey: adminKeyOf(values['key-env'], values['key-file']),
    timeoutMs: secondsOf(values.timeout) * 1000,
    output,
    file: values['termination-message'],
  };
}

function parsed(args: string[]) {
  try {
    return parseArgs({
      args,
      options: {
        url: { type: 'string' },
        file: { type: 'string', multiple: true },
        hash: { type: 'string' },
        remove: { type: 'string' },
        'key-env': { type: 'string' },
        'key-file': { type: 'string' },
        timeout: { type: 'string' },
        output: { type: 'string', short: 'o' },
        'termination-message': { type: 'string' },
      },
    }).values;
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

function urlOf(text: string | undefined): URL {
  if (text === undefined) throw new UsageError('register: give --url, where LiteLLM is');
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !/^https?:$/.test(url.protocol))
    throw new UsageError('--url: must be a URL with http or https');
  if (url.username || url.password || url.search || url.hash)
    throw new UsageError('--url: must be of the proxy alone, without credentials, query or fragment');
  return url;
}

/** @throws UsageError that never has the key. */
function adminKeyOf(variable: string | undefined, file: string | undefined): string {
  if (variable !== undefined && file !== undefined)
    throw new UsageError('--key-env and --key-file: give one of them');
  const source = file === undefined ? `--key-env ${variable ?? 'LITELLM_ADMIN_KEY'}` : `--key-file ${file}`;
  const key = (
    file === undefined ? process.env[variable ?? 'LITELLM_ADMIN_KEY'] : contentOf(file, source)
  )?.trim();
  if (!key) throw new UsageError(`${source}: there is no admin key in it`);
  if (!/^[\x21-\x7e]+$/.test(key)) throw new UsageError(`${source}: must be one word of printable ASCII`);
  return key;
}

function contentOf(file: string, source: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new UsageError(`${source}: ${(error as NodeJS.ErrnoException).code}`);
  }
}

function secondsOf(text = '120'): number {
  const seconds = /^\d{1,4}(\.\d{1,3})?$/.test(text) ? Number(text) : 0;
  if (seconds > 0 && seconds <= 3600) return seconds;
  throw new UsageError(`--timeout ${text}: must be a number of seconds, at most 3600`);
}

function textOf({ reason, message, failures }: RegistrationReport): string {
  const lines = failures.map((one) => `${one.reason} ${one.servers.join(', ')}: ${one.message}`);
  return `${[...lines, `${reason}: ${message}`].join('\n')}\n`;
}
