/** One PATCH to the API server, the only call to it that the runtime makes: it may change one Deployment, and names it. */
import { readFileSync } from 'node:fs';
import { request } from 'node:https';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type RollReport, rollReport } from '../../api/rollout.ts';

export interface Account {
  token: string;
  /** Of the API server, PEM. */
  ca: string;
}

export interface RollOptions {
  server: { host: string; port: number };
  account: Account;
  deployment: { namespace: string; name: string };
  annotation: { key: string; value: string };
  timeoutMs: number;
}

interface Answer {
  code: number;
  message: string;
}

const ATTEMPT_MS = 10_000;
const PAUSE_MS = 1000;
/** An answer is read as far as its words may go into a report. */
const LONGEST_ANSWER = 64 * 1024;

/** @throws as reading files does. */
export function accountIn(folder: string): Account {
  const read = (name: string) => readFileSync(join(folder, name), 'utf8');
  return { token: read('token').trim(), ca: read('ca.crt') };
}

/** Tries again what may pass, until the time is over. */
export async function roll(options: RollOptions): Promise<RollReport> {
  const { namespace, name } = options.deployment;
  const target = `Deployment ${namespace}/${name}`;
  const deadline = performance.now() + options.timeoutMs;
  for (;;) {
    const left = deadline - performance.now();
    const { code, message } = await attempt(options, Math.min(ATTEMPT_MS, left));
    if (code >= 200 && code < 300) return rollReport('Stamped', `${target} loads what is published`);
    if (code === 401 || code === 403)
      return rollReport('Forbidden', `the ServiceAccount may not patch ${target}: ${message}`);
    if (code === 404) return rollReport('NotFound', `${target} is not there`);
    const isPassing = code === 0 || code === 409 || code === 429 || code >= 500;
    if (!isPassing) return rollReport('Refused', `${target}: ${message}`);
    if (deadline - performance.now() <= PAUSE_MS)
      return rollReport(code === 0 ? 'Unreachable' : 'Refused', `${target}: ${message}`);
    await sleep(PAUSE_MS);
  }
}

/** @returns the code 0 where there was no answer. */
function attempt(options: RollOptions, timeoutMs: number): Promise<Answer> {
  const { server, account, deployment, annotation } = options;
  const body = JSON.stringify({
    spec: { template: { metadata: { annotations: { [annotation.key]: annotation.value } } } },
  });
  return new Promise((resolve) => {
    const call = request(
      {
        ...server,
        ca: account.ca,
        method: 'PATCH',
        path: `/apis/apps/v1/namespaces/${deployment.namespace}/deployments/${deployment.name}?fieldManager=smooth-operator`,
        headers: {
          authorization: `Bearer ${account.token}`,
          'content-type': 'application/merge-patch+json',
          'content-length': Buffer.byteLength(body),
        },
        signal: AbortSignal.timeout(Math.max(1, Math.ceil(timeoutMs))),
      },
      (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (part: string) => {
          if (text.length < LONGEST_ANSWER) text += part;
        });
        response.on('end', () => resolve({ code: response.statusCode ?? 0, message: messageIn(text) }));
        response.on('error', ({ message }) => resolve({ code: 0, message }));
      },
    );
    call.on('error', ({ message }) => resolve({ code: 0, message }));
    call.end(body);
  });
}

/** What a Status says, or else the beginning of the answer. */
function messageIn(text: string): string {
  try {
    const { message } = JSON.parse(text) as { message?: unknown };
    if (typeof message === 'string') return message;
  } catch {
    // No Status: something else answers.
  }
  return text.slice(0, 200);
}
