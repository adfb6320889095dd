/** The registry over HTTP: whatever is asked, it is only read. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Logger } from 'pino';
import { Files } from './files.ts';
import type { RegistryFlags } from './flags.ts';
import { includeDeleted, List, queryOf, Refused } from './list.ts';

const VERSIONS = ['v0.1', 'v0'];
const MOST_CONNECTIONS = 1_000;
/** For a request to be there, and for a client to take its answer. */
const PATIENCE_MS = 10_000;
/** Longer than proxies keep a connection that they may use again: none is closed as a request comes. */
const KEEP_CONNECTIONS_MS = 75_000;

/** Editors read from web pages of their own, wherever those come from; there is nothing here that is not everybody's. */
const CORS = { 'access-control-allow-origin': '*' };
const PREFLIGHT = {
  ...CORS,
  'access-control-allow-methods': 'GET, OPTIONS',
  'access-control-allow-headers': 'Authorization, Content-Type',
  'access-control-max-age': '86400',
};

const TITLES: Record<number, string> = {
  400: 'Bad Request',
  404: 'Not Found',
  405: 'Method Not Allowed',
  422: 'Unprocessable Entity',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
};

export interface RegistryOptions extends RegistryFlags {
  /** How often the files are looked at. */
  pollMs: number;
}

export interface Registry {
  port: number;
  /**
   * Says that it goes, answers for a while those who have not heard yet, and ends.
   * @param lingerMs that while.
   */
  stop(lingerMs: number): Promise<void>;
}

/** @throws an error of the system's if it cannot listen there. */
export async function startRegistry(options: RegistryOptions, log: Logger): Promise<Registry> {
  const front = new Front(log);
  const files = new Files(
    options.files,
    (entries) => {
      front.list = new List(entries);
      log.info({ servers: front.list.size }, 'list served');
    },
    log,
  );
  front.missing = () => files.missing;
  const server = createServer(
    { requestTimeout: PATIENCE_MS, headersTimeout: PATIENCE_MS, keepAliveTimeout: KEEP_CONNECTIONS_MS },
    front.handle,
  );
  server.maxConnections = MOST_CONNECTIONS;
  server.listen(options.port, options.host);
  await once(server, 'listening');
  await files.watch(options.pollMs);
  return {
    port: (server.address() as AddressInfo).port,
    async stop(lingerMs) {
      front.draining = true;
      await new Promise((resolve) => setTimeout(resolve, lingerMs));
      files.stop();
      await ended(server);
    },
  };
}

async function ended(server: Server): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  server.closeIdleConnections();
  const timer = setTimeout(() => server.closeAllConnections(), PATIENCE_MS);
  await closed;
  clearTimeout(timer);
}

class Front {
  list: List | undefined;
  draining = false;
  missing: () => string | undefined = () => undefined;
  readonly #log: Logger;

  constructor(log: Logger) {
    this.#log = log;
  }

  readonly handle = (request: IncomingMessage, response: ServerResponse): void => {
    // An answer is small: whoever does not take it has gone.
    response.setTimeout(PATIENCE_MS, () => response.destroy());
    if (this.draining) response.setHeader('connection', 'close');
    try {
      this.#route(request, response);
    } catch (error) {
      if (!(error instanceof Refused)) this.#log.error(error, 'a request is not answered');
      const [status, detail] =
        error instanceof Refused
          ? [error.status, error.message]
          : [500, 'something is wrong here: see the log'];
      problem(response, status, detail);
    }
  };

  #route({ method, url = '' }: IncomingMessage, response: ServerResponse): void {
    if (method === 'OPTIONS') {
      response.writeHead(204, PREFLIGHT).end();
      return;
    }
    if (method !== 'GET') {
      response.setHeader('allow', 'GET, OPTIONS');
      throw new Refused(405, 'this registry can be read alone');
    }
    const [path = '', query = ''] = url.split('?', 2);
    if (path === '/healthz') text(response, 200, 'ok');
    else if (path === '/readyz') this.#readiness(response);
    else json(response, 200, this.#answer(path, new URLSearchParams(query)));
  }

  #readiness(response: ServerResponse): void {
    const why = this.draining ? 'draining' : this.missing();
    text(response, why === undefined ? 200 : 503, why ?? 'ok');
  }

  #answer(path: string, query: URLSearchParams): string {
    const [version = '', servers, ...rest] = segmentsOf(path);
    if (!VERSIONS.includes(version) || servers !== 'servers') throw new Refused(404, 'Endpoint not found');
    if (!this.list) throw new Refused(503, 'The list is not there yet');
    return answer(this.list, rest, query);
  }
}

/** @param rest of the path, behind `servers`. @throws Refused */
function answer(list: List, rest: readonly string[], query: URLSearchParams): string {
  const [name, versions, version, more] = rest;
  if (name === undefined) return list.page(queryOf(query));
  if (versions !== 'versions' || more !== undefined) throw new Refused(404, 'Endpoint not found');
  const deletedToo = includeDeleted(query) === true;
  const found =
    version === undefined ? list.versions(name, deletedToo) : list.version(name, version, deletedToo);
  if (found === undefined) throw new Refused(404, 'Server not found');
  return found;
}

/** The name of a server has a slash, so segments are told apart before anything is decoded. */
function segmentsOf(path: string): string[] {
  try {
    return path.split('/').slice(1).map(decodeURIComponent);
  } catch {
    throw new Refused(400, 'the path is not encoded as URLs are');
  }
}

function text(response: ServerResponse, status: number, words: string): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' }).end(words);
}

function json(response: ServerResponse, status: number, body: string, type = 'application/json'): void {
  response.writeHead(status, { ...CORS, 'content-type': type, 'content-length': Buffer.byteLength(body) });
  response.end(body);
}

function problem(response: ServerResponse, status: number, detail: string): void {
  json(
    response,
    status,
    JSON.stringify({ title: TITLES[status], status, detail }),
    'application/problem+json',
  );
}
