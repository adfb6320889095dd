/** The service as a process of its own, for tests to call. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { TLSSocket } from 'node:tls';
import t from 'tap';
import type { Pair } from './certify.ts';

const CLI = path.join(import.meta.dirname, '../src/cli.ts');

export function start(env: Record<string, string>): ChildProcess {
  return spawn(process.execPath, [CLI, 'serve'], { env: { PATH: process.env.PATH, ...env } });
}

/** A running service. */
export class Service {
  readonly process: ChildProcess;
  private readonly lines: Record<string, unknown>[] = [];
  private readonly waiting = new Set<() => void>();

  constructor(env: Record<string, string>) {
    // However slow the machine: what it does under load is tested elsewhere.
    const patient = { MAX_EVENT_LOOP_DELAY_MS: '0' };
    this.process = start({ HOST: '127.0.0.1', PORT: '0', ...patient, ...env });
    t.teardown(() => this.process.kill('SIGKILL'));
    createInterface(this.process.stdout!).on('line', (line) => {
      this.lines.push(JSON.parse(line));
      for (const look of this.waiting) look();
    });
  }

  /** The first log line, or the one of that count, whose message matches. */
  logged(pattern: RegExp, count = 1): Promise<Record<string, unknown>> {
    return new Promise((resolve) => {
      const look = () => {
        const found = this.lines.filter(({ msg }) => pattern.test(String(msg)))[count - 1];
        if (!found) return;
        this.waiting.delete(look);
        resolve(found);
      };
      this.waiting.add(look);
      look();
    });
  }

  get log(): string {
    return this.lines.map((line) => JSON.stringify(line)).join('\n');
  }

  /** A call by a connection of its own. */
  async call(
    url: string,
    options: {
      token?: string;
      ca?: string;
      /** The certificate of the client. */
      client?: Pair;
      body?: object;
      /** Which port, in order. */
      listener?: number;
    } = {},
  ) {
    const { msg } = await this.logged(/Server listening at/, options.listener);
    const base = /https?:\S+/.exec(String(msg))![0];
    const { token, ca, body, client } = options;
    const request = (ca ? requestHttps : requestHttp)(`${base}${url}`, {
      method: body ? 'POST' : 'GET',
      agent: false,
      ...(ca ? { ca } : {}),
      ...client,
      headers: {
        ...(body ? { 'content-type': 'application/json' } : {}),
        ...(token ? { authorization: `Bearer ${token}` } : {}),
      },
    });
    request.end(body ? JSON.stringify(body) : undefined);
    const [response] = await once(request, 'response');
    const serial = ca ? (response.socket as TLSSocket).getPeerCertificate().serialNumber : '';
    let text = '';
    for await (const chunk of response) text += chunk;
    return { code: response.statusCode as number, text, serial };
  }
}
