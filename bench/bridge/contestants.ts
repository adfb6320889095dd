/** What serves the same stdio server over HTTP, each a process of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { cacheDir } from '../../test/cluster/build.ts';
import { freePort } from '../../test/cluster/ports.ts';
import { finish, poll } from '../../test/cluster/process.ts';
import { sessionAt } from './session.ts';

const PACKAGES = { supergateway: '4.0.0', '@modelcontextprotocol/server-everything': '2026.8.31' };
const FOLDER = path.join(cacheDir, `bridge-bench-${Object.values(PACKAGES).join('-')}`);
const BUNDLE = path.resolve(import.meta.dirname, '../../src/runtime/dist/bridge.mjs');
/** As the bridge is started beside a server. */
const NODE_FLAGS = ['--max-semi-space-size=2', '--max-old-space-size=64'];

/** A stdio server. */
export interface StdioServer {
  command: string[];
  /** Starts one, alone. @returns the milliseconds until it has answered `initialize`. */
  firstAnswer(): Promise<number>;
}

export interface Contestant {
  name: string;
  url: string;
  /** Of the process in front. */
  pid: number;
  stop(): Promise<void>;
}

function stdio(command: string[]): StdioServer {
  return {
    command,
    async firstAnswer() {
      const began = performance.now();
      const child = spawn(command[0]!, command.slice(1), { stdio: ['pipe', 'pipe', 'ignore'] });
      const params = {
        protocolVersion: '2025-11-25',
        capabilities: {},
        clientInfo: { name: 'b', version: '1' },
      };
      child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'initialize', params })}\n`);
      await once(createInterface({ input: child.stdout }), 'line');
      const took = performance.now() - began;
      child.kill('SIGKILL');
      return took;
    },
  };
}

const bin = (name: string, file: string) => path.join(FOLDER, 'node_modules', name, file);

export function everything(transport = 'stdio'): StdioServer {
  return stdio([
    process.execPath,
    bin('@modelcontextprotocol/server-everything', 'dist/index.js'),
    transport,
  ]);
}

/** A server of a few lines that starts in a millisecond, for what counts is the bridge. */
export const TINY = stdio(['sh', path.join(import.meta.dirname, 'tiny-server.sh')]);

/** @param flags beside the port. */
export async function bridgeTo({ command }: StdioServer, flags: string[] = []): Promise<Contestant> {
  const port = await freePort();
  const own = ['--port', String(port), '--log-level', 'warn', ...flags];
  const child = spawn(process.execPath, [...NODE_FLAGS, BUNDLE, ...own, '--', ...command], {
    stdio: 'inherit',
  });
  const ready = async () =>
    (await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => undefined))?.ok ?? false;
  while (!(await ready())) await new Promise((resolve) => setTimeout(resolve, 5));
  return contestant('the bridge', port, child);
}

async function supergateway(): Promise<Contestant> {
  const port = await freePort();
  const args = [bin('supergateway', 'dist/index.js'), '--stdio', everything().command.join(' ')];
  const flags = [
    '--outputTransport',
    'streamableHttp',
    '--stateful',
    '--port',
    String(port),
    '--logLevel',
    'none',
  ];
  return answering(
    contestant('supergateway', port, spawn(process.execPath, [...args, ...flags], { stdio: 'ignore' })),
  );
}

async function own(): Promise<Contestant> {
  const port = await freePort();
  const [node, ...args] = everything('streamableHttp').command;
  const child = spawn(node!, args, { env: { ...process.env, PORT: String(port) }, stdio: 'ignore' });
  return answering(contestant("the server's own HTTP", port, child));
}

function contestant(name: string, port: number, child: ChildProcess): Contestant {
  return {
    name,
    url: `http://127.0.0.1:${port}/mcp`,
    pid: child.pid!,
    async stop() {
      child.kill('SIGINT');
      const timer = setTimeout(() => child.kill('SIGKILL'), 10_000);
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
      clearTimeout(timer);
    },
  };
}

async function answering(one: Contestant): Promise<Contestant> {
  const answers = async () => (await sessionAt(one.url).catch(() => undefined)) !== undefined;
  await poll(`an answer of ${one.name}`, answers, 60);
  return one;
}

/** Fetches what is not there yet. */
export async function fetched(): Promise<void> {
  if (existsSync(path.join(FOLDER, 'node_modules', '.package-lock.json'))) return;
  await mkdir(FOLDER, { recursive: true });
  await writeFile(
    path.join(FOLDER, 'package.json'),
    JSON.stringify({ private: true, dependencies: PACKAGES }),
  );
  await finish('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--prefix', FOLDER]);
}

/** The bridge is the first. */
export async function contestants(): Promise<Contestant[]> {
  return [await bridgeTo(everything()), await supergateway(), await own()];
}
