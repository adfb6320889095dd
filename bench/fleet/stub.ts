/**
 * The small stub as a process, the least that a hook can be: no framework, no validation, nothing related.
 * Argument: the port to listen on.
 */
import http from 'node:http';
import { text } from 'node:stream/consumers';
import type { SyncRequest } from '../../src/reconcile/contract.ts';
import { smallDeployment, smallPhase, smallService } from './small.ts';

/** Longer than the 90 s for which Go's client keeps an idle connection. */
const KEEP_ALIVE_MS = 120_000;

let syncs = 0;

function sync(body: string): string {
  syncs++;
  const request = JSON.parse(body) as SyncRequest;
  const { parent } = request;
  return JSON.stringify({
    status: { phase: smallPhase(request) },
    children: [smallDeployment(parent), smallService(parent)],
  });
}

// The same words as the operator's own metrics, so that both are read alike.
const metrics = () => `smooth_operator_hook_calls_total{hook="sync"} ${syncs}\n`;

const server = http.createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, async (request, response) => {
  const isSync = request.method === 'POST';
  const payload = isSync ? sync(await text(request)) : metrics();
  response.setHeader('content-type', isSync ? 'application/json' : 'text/plain');
  response.end(payload);
});
server.listen(Number(process.argv[2]), '127.0.0.1', () => console.log('the stub serves'));
