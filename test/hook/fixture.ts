/** A hook to inject calls into, and the calls. */
import { Writable } from 'node:stream';
import type { FastifyInstance, InjectOptions } from 'fastify';
import { pino } from 'pino';
import { buildApp } from '../../src/hook/app.ts';
import { type Credentials, credentials } from '../../src/hook/credentials.ts';
import { controllers } from '../../src/reconcile/controllers.ts';
import { loadSettings } from '../../src/settings.ts';

export interface Hook {
  app: FastifyInstance;
  tokens: Credentials;
  /** Everything that was logged so far. */
  log(): string;
}

/**
 * @param variables of the environment that differ from the defaults.
 * @param accepted tokens that are asked for; none where absent.
 */
export async function hook(
  variables: Record<string, string> = {},
  accepted?: string[],
  isReady?: () => boolean,
): Promise<Hook> {
  let lines = '';
  const buffer = new Writable({
    write(chunk, _encoding, done) {
      lines += chunk;
      done();
    },
  });
  const tokens = credentials(accepted);
  const app = await buildApp({
    controllers,
    // However slow the machine: what is done under load is tested by its own.
    settings: loadSettings({ MAX_EVENT_LOOP_DELAY_MS: '0', ...variables }),
    credentials: tokens,
    version: '0.0.0',
    logger: pino({ level: 'trace' }, buffer),
    clock: () => new Date('2026-01-01T12:00:00.789Z'),
    ...(isReady ? { isReady } : {}),
  });
  return { app, tokens, log: () => lines };
}

export function parentOf(name = 'search', spec: object = { image: 'ghcr.io/acme/search:1.2.3' }) {
  return {
    apiVersion: 'mcp.dev/v1alpha1',
    kind: 'MCPServer',
    metadata: { name, namespace: 'default', uid: `uid-of-${name}`, generation: 1 },
    spec,
  };
}

export function post(url: string, payload: unknown, headers: Record<string, string> = {}): InjectOptions {
  return {
    method: 'POST',
    url,
    headers: { 'content-type': 'application/json', ...headers },
    payload: typeof payload === 'string' ? payload : JSON.stringify(payload),
  };
}

export const sync = (parent: object = parentOf(), more: object = {}) =>
  post('/sync', { controller: {}, parent, children: {}, related: {}, finalizing: false, ...more });

/** The value of a line of `/metrics`; undefined where there is none. */
export async function metric(app: FastifyInstance, line: string): Promise<number | undefined> {
  const { body } = await app.inject('/metrics');
  const found = body.split('\n').find((one) => one.startsWith(`${line} `));
  return found === undefined ? undefined : Number(found.slice(line.length + 1));
}
