/** Requests to hosts that no resolver knows: the rules of an Ingress go by name, and the built-in fetch sends its own. */
import http from 'node:http';
import https from 'node:https';
import { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';

export interface ConnectOptions {
  /** Whom to trust, as PEM. Without it every certificate is taken. */
  ca?: string;
}

/**
 * @param port on 127.0.0.1, such as a forward's: what is asked of any host goes there, with that host's name.
 * @returns a fetch that makes a connection of its own for each request, and hands on its answer as it comes.
 */
export function connectTo(port: number, { ca }: ConnectOptions = {}): typeof fetch {
  return async (input, init) => {
    const request = new Request(input, init);
    const url = new URL(request.url);
    const body = request.body ? Buffer.from(await request.arrayBuffer()) : undefined;
    const options: https.RequestOptions = {
      host: '127.0.0.1',
      port,
      method: request.method,
      path: url.pathname + url.search,
      headers: { ...Object.fromEntries(request.headers), host: url.host },
      agent: false,
      signal: request.signal,
      servername: url.hostname,
      ...(ca ? { ca } : { rejectUnauthorized: false }),
    };
    const { request: send } = url.protocol === 'https:' ? https : http;
    return new Promise((resolve, reject) => {
      send(options, (response) => resolve(answer(response)))
        .on('error', reject)
        .end(body);
    });
  };
}

/** Statuses that a Response may not have a body with. */
const BARE = [204, 205, 304];

function answer(incoming: http.IncomingMessage): Response {
  const status = incoming.statusCode!;
  const headers = new Headers();
  for (const [name, values] of Object.entries(incoming.headersDistinct))
    for (const value of values ?? []) headers.append(name, value);
  const init = { status, statusText: incoming.statusMessage ?? '', headers };
  if (!BARE.includes(status))
    return new Response(Readable.toWeb(incoming) as ReadableStream<Uint8Array>, init);
  incoming.resume();
  return new Response(null, init);
}
