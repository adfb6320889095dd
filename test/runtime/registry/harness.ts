/** A registry in this process, over documents in a folder of the test's. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { pino } from 'pino';
import type { Test } from 'tap';
import type { RegistryEntry } from '../../../src/api/registrydocument.ts';
import { SERVER_SCHEMA } from '../../../src/api/serverjson.ts';
import { startRegistry } from '../../../src/runtime/registry/registry.ts';

export function listed(name: string, more: Partial<RegistryEntry> = {}): RegistryEntry {
  return {
    server: {
      $schema: SERVER_SCHEMA,
      name: `com.example/${name}`,
      description: `The server ${name}`,
      version: '1.0.0-20261130120000',
      remotes: [{ type: 'streamable-http', url: `https://${name}.example.com/mcp` }],
    },
    status: 'active',
    publishedAt: '2026-11-30T12:00:00Z',
    updatedAt: '2026-11-30T12:00:00Z',
    ...more,
  };
}

export function write(file: string, servers: readonly RegistryEntry[]): void {
  writeFileSync(file, JSON.stringify({ servers }));
}

export interface Answer {
  status: number;
  headers: Headers;
  text: string;
  // biome-ignore lint/suspicious/noExplicitAny: whatever it answers
  body: any;
}

/** @param files that are there already, or are not. */
export async function registry(t: Test, files: string[]) {
  const log: { msg: string }[] = [];
  const logger = pino({ base: null }, { write: (line: string) => void log.push(JSON.parse(line)) });
  const options = { files, host: '127.0.0.1', port: 0, pollMs: 10 };
  const running = await startRegistry(options, logger);
  let stopped: Promise<void> | undefined;
  const stop = (lingerMs = 0) => {
    stopped ??= running.stop(lingerMs);
    return stopped;
  };
  t.teardown(() => stop());
  const url = `http://127.0.0.1:${running.port}`;
  const get = async (at: string, init: RequestInit = {}): Promise<Answer> => {
    const response = await fetch(url + at, init);
    const text = await response.text();
    const isJson = /json/.test(response.headers.get('content-type') ?? '');
    return {
      status: response.status,
      headers: response.headers,
      text,
      body: isJson ? JSON.parse(text) : undefined,
    };
  };
  return { url, get, log, stop };
}

/** @returns a registry of these servers, in one file. */
export async function registryOf(t: Test, servers: readonly RegistryEntry[]) {
  const file = path.join(t.testdir({}), 'registry.json');
  write(file, servers);
  return registry(t, [file]);
}

export const namesIn = ({ body }: Answer): string[] =>
  body.servers.map(({ server }: RegistryEntry) => server.name.replace('com.example/', ''));
