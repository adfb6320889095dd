/**
 * The process that a bench puts under load: the hook as it is, or the floor, a bare Fastify route that parses and
 * serializes the same bytes and thinks nothing in between. It tells its parent its port, and on request what it has used.
 */
import Fastify, { type FastifyInstance } from 'fastify';
import { buildApp } from '../src/hook/app.ts';
import { credentials } from '../src/hook/credentials.ts';
import { controllers } from '../src/reconcile/controllers.ts';
import { loadSettings } from '../src/settings.ts';
import { VERSION } from '../src/version.ts';
import { callOf } from './calls.ts';
import { bodyOf } from './recording.ts';

export interface Usage {
  /** CPU time since the start, in milliseconds. */
  cpu: number;
  /** Resident memory, in bytes. */
  rss: number;
}

const settings = loadSettings(process.env);

async function hook(): Promise<FastifyInstance> {
  return buildApp({ controllers, settings, credentials: credentials(undefined), version: VERSION });
}

/** @param answer what the hook answers to the same request, kept as an object so that each call serializes it anew. */
async function floor(route: string, answer: unknown): Promise<FastifyInstance> {
  const app = Fastify({ bodyLimit: settings.service.bodyLimitBytes });
  app.post(route, async () => answer);
  return app;
}

const [kind, file, route] = process.argv.slice(2) as [string, string, string];
const app = await hook();
const payload = callOf(route, JSON.parse(bodyOf(file)));
const answer = (await app.inject({ method: 'POST', url: route, payload })).json();
const served = kind === 'hook' ? app : await floor(route, answer);
await served.listen({ host: '127.0.0.1', port: 0 });
const address = served.server.address() as { port: number };

process.on('message', () => {
  const { user, system } = process.cpuUsage();
  process.send!({ cpu: (user + system) / 1000, rss: process.memoryUsage.rss() } satisfies Usage);
});
process.on('disconnect', () => process.exit());
process.send!(address.port);
