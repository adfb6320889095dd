/**
 * The official MCP registry judges what a catalog publishes: its schema and its own checks say something to each document, and
 * its server imports the list from ours, page by page. All of it is built from its Go module once; it needs PostgreSQL.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, globSync, mkdtempSync, rmSync } from 'node:fs';
import path from 'node:path';
import t from 'tap';
import type { RegistryEntry } from '../../src/api/registrydocument.ts';
import {
  type RegistryOptions,
  registryDocument,
  registryServers,
} from '../../src/children/catalog/serverjson.ts';
import { entry } from '../children/catalog/entries.ts';
import { binaries } from '../cluster/binaries.ts';
import type { GoBuild } from '../cluster/build.ts';
import { freePort } from '../cluster/ports.ts';
import { finish, poll } from '../cluster/process.ts';
import { registryOf } from '../runtime/registry/harness.ts';

/** Reads documents, and prints what the registry's own checks say to each. */
const JUDGE = `package main

import (
	"encoding/json"
	"os"

	"github.com/modelcontextprotocol/registry/internal/validators"
	apiv0 "github.com/modelcontextprotocol/registry/pkg/api/v0"
)

func main() {
	var documents []apiv0.ServerJSON
	if err := json.NewDecoder(os.Stdin).Decode(&documents); err != nil {
		panic(err)
	}
	results := map[string]any{}
	for i := range documents {
		results[documents[i].Name] = validators.ValidateServerJSON(&documents[i], validators.ValidationAll)
	}
	json.NewEncoder(os.Stdout).Encode(results)
}
`;

const BUILD: GoBuild = {
  name: 'mcp-registry',
  module: 'github.com/modelcontextprotocol/registry',
  version: 'v1.8.9',
  binaries: { registry: 'cmd/registry', judge: 'cmd/judge' },
  replaced: { 'cmd/judge/main.go': JUDGE },
  // The one that it wants cannot be had from module proxies.
  instead: { 'github.com/danielgtaylor/huma/v2': 'v2.37.2' },
};

const find = await binaries([BUILD]);

const auth = (type: 'Bearer' | 'ApiKey' | 'Basic' | 'Authorization') => ({
  auth: { type, secret: { name: 'credentials', key: 'key' } },
});
const ENTRIES = [
  entry('team-a/search', { publicUrl: 'https://mcp.example.com/search', version: 'v1.4.0', title: 'Search' }),
  entry('team-b/search', {
    publicUrl: 'https://mcp.example.com/b',
    version: 'latest',
    description: 'ü'.repeat(300),
  }),
  entry('team-b/old', { publicUrl: 'https://mcp.example.com/sse', transport: 'sse', version: '^1.2' }),
  entry('team-b/odd', { publicUrl: `https://mcp.example.com:8443/a?b={c}\${D}`, version: '1.2.3-linux' }),
  entry('inside/only'),
  entry('x', auth('Bearer')),
  entry('tickets', { ...auth('ApiKey'), version: '2.0.0-rc.1' }),
  entry('basic', { ...auth('Basic'), version: '1.25' }),
  entry('bare', auth('Authorization')),
  ...Array.from({ length: 60 }, (_, index) => entry(`remote-${index}`)),
];
const listOf = (addresses: RegistryOptions['addresses']) =>
  registryDocument(
    registryServers(ENTRIES, { prefix: 'com.example', addresses }),
    undefined,
    '2026-11-30T12:00:00Z',
  ).servers;

interface Result {
  valid: boolean;
  issues: { path: string; message: string; severity: string }[];
}

async function judged(entries: readonly RegistryEntry[]): Promise<Record<string, Result>> {
  const child = spawn(find('judge'), { stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdin.end(JSON.stringify(entries.map(({ server }) => server)));
  let text = '';
  for await (const chunk of child.stdout) text += chunk;
  return JSON.parse(text);
}

t.test('its schema and its checks accept each document', async (t) => {
  const results = await judged(listOf('Public'));
  t.equal(Object.keys(results).length, ENTRIES.length - 1, 'all but the one that is only inside');
  for (const [name, { valid, issues }] of Object.entries(results)) {
    t.ok(valid, name);
    t.strictSame(issues, [], name);
  }
});

t.test('of what is published for readers within the cluster they refuse the address alone', async (t) => {
  const results = await judged(listOf('All'));
  const { valid, issues } = results['com.example/inside.only']!;
  t.notOk(valid);
  t.strictSame(
    issues.map(({ path }) => path),
    ['remotes[0].url'],
  );
});

t.test('its server imports our list', async (t) => {
  const ours = await registryOf(t, listOf('Public'));
  const database = await postgres();
  t.teardown(database.stop);
  const port = await freePort();
  const env = {
    MCP_REGISTRY_SERVER_ADDRESS: `127.0.0.1:${port}`,
    MCP_REGISTRY_DATABASE_URL: database.url,
    MCP_REGISTRY_JWT_PRIVATE_KEY: '00'.repeat(32),
    MCP_REGISTRY_ENABLE_REGISTRY_VALIDATION: 'false',
    MCP_REGISTRY_SEED_FROM: `${ours.url}/v0/servers`,
  };
  const child = spawn(find('registry'), {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  t.teardown(() => child.kill('SIGKILL'));
  let log = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      log += chunk;
    });
  }
  await poll('the import', async () => /[Ii]mport completed/.test(log), 60).catch((error) => {
    throw new Error(`${error.message}: ${log}`);
  });
  t.comment(log.split('\n').find((line) => /[Ii]mport completed/.test(line))!);
  const theirs = `http://127.0.0.1:${port}/v0.1/servers?limit=100`;
  await poll('its list', async () => (await fetch(theirs).catch(() => undefined))?.ok === true, 30);
  const { servers } = (await (await fetch(theirs)).json()) as { servers: { server: object }[] };
  t.strictSame(
    servers.map(({ server }) => server),
    listOf('Public').map(({ server }) => server),
  );
});

/** A database of its own on loopback, by whichever PostgreSQL there is. */
async function postgres() {
  const [bin] = globSync('/usr/lib/postgresql/*/bin').sort().reverse();
  if (!bin || !existsSync(path.join(bin, 'initdb')))
    throw new Error('PostgreSQL is needed: apt-get install postgresql');
  const folder = mkdtempSync('/tmp/mcp-registry-');
  const port = await freePort();
  // It does not run as root: here it is somebody else, who is root to everybody else.
  const user = process.getuid!() === 0 ? ['unshare', '--user', '--map-user=1000', '--map-group=1000'] : [];
  const as = (...command: string[]): [string, string[]] => {
    const [first, ...rest] = [...user, ...command] as [string, ...string[]];
    return [first, rest];
  };
  const data = path.join(folder, 'data');
  await finish(
    ...as(path.join(bin, 'initdb'), '--auth=trust', '--username=registry', '--no-sync', '-D', data),
  );
  const settings = [
    `listen_addresses=127.0.0.1`,
    `port=${port}`,
    `unix_socket_directories=${folder}`,
    'fsync=off',
  ];
  const [command, args] = as(
    path.join(bin, 'postgres'),
    '-D',
    data,
    ...settings.flatMap((one) => ['-c', one]),
  );
  const child = spawn(command, args, { stdio: 'ignore' });
  const exit = once(child, 'exit');
  const isReady = async () =>
    (
      await finish(path.join(bin, 'pg_isready'), ['-h', '127.0.0.1', '-p', String(port)], {
        allowFailure: true,
      })
    ).code === 0;
  await poll('PostgreSQL', isReady, 30);
  return {
    url: `postgres://registry@127.0.0.1:${port}/postgres?sslmode=disable`,
    async stop() {
      child.kill('SIGINT');
      await exit;
      rmSync(folder, { recursive: true });
    },
  };
}
