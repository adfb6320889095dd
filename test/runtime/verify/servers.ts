/** Servers on loopback for what a verification meets: MCP in few lines, and what is no MCP at all. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from 'node:net';
import type { Test } from 'tap';

/** @returns `HOST:PORT` of a server that ends with the test. */
async function opened(t: Test, server: Server): Promise<string> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => {});
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

export const http = (t: Test, listener: RequestListener) => opened(t, createServer(listener));
export const https = (t: Test, pair: { key: string; cert: string }, listener: RequestListener) =>
  opened(t, createTlsServer(pair, listener));
export const tcp = (t: Test, listener: (socket: Socket) => void) => opened(t, createTcpServer(listener));

export interface Call {
  id?: number | string;
  method: string;
  params?: { cursor?: string; protocolVersion?: string };
}

export async function callIn(request: IncomingMessage): Promise<Call> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return JSON.parse(Buffer.concat(chunks).toString() || '{"method":""}');
}

export function json(response: ServerResponse, body: unknown, status = 200, headers = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}

export interface Offers {
  tools?: unknown[];
  prompts?: unknown[];
  resources?: unknown[];
  /** Instead of one of the answers, by method. */
  answers?: Record<string, (call: Call, response: ServerResponse, request: IncomingMessage) => void>;
  path?: string;
  serverInfo?: object;
}

export const tool = (name: string, inputSchema: unknown = { type: 'object' }) => ({ name, inputSchema });

/** A server of MCP 2025 by HTTP, without sessions. */
export function mcp({ answers = {}, path = '/mcp', ...offers }: Offers = {}): RequestListener {
  const lists: Record<string, unknown[]> = {
    tools: offers.tools ?? [tool('search')],
    prompts: offers.prompts ?? [],
    resources: offers.resources ?? [],
  };
  return async (request, response) => {
    if (request.url !== path) return response.writeHead(404).end('Not found');
    if (request.method !== 'POST') return response.writeHead(405).end();
    const call = await callIn(request);
    const { id, method, params } = call;
    if (answers[method]) return answers[method](call, response, request);
    const result = (value: object) => json(response, { jsonrpc: '2.0', id, result: value });
    if (id === undefined) return response.writeHead(202).end();
    if (method === 'initialize') {
      const { serverInfo = { name: 'small', version: '1.0.0' } } = offers;
      const capabilities = { tools: {}, prompts: {}, resources: {} };
      return result({ protocolVersion: params?.protocolVersion, capabilities, serverInfo });
    }
    const [, list] = /^(tools|prompts|resources)\/list$/.exec(method) ?? [];
    if (list) return result({ [list]: lists[list] });
    if (method === 'resources/templates/list') return result({ resourceTemplates: [] });
    return json(response, { jsonrpc: '2.0', id, error: { code: -32601, message: `no ${method}` } });
  };
}

/** A server of the older transport: a stream of events at `/sse`, and messages POSTed to `/messages`. */
export function sse(): RequestListener {
  const handle = mcp({ path: '/messages' });
  let stream: ServerResponse | undefined;
  return (request, response) => {
    if (request.url === '/sse' && request.method === 'GET') {
      stream = response.writeHead(200, { 'content-type': 'text/event-stream' });
      stream.write('event: endpoint\ndata: /messages\n\n');
      return;
    }
    if (request.url !== '/messages') return response.writeHead(request.url === '/sse' ? 405 : 404).end();
    // What the other would answer goes to the stream.
    const answer = {
      writeHead: () => answer,
      end: (text?: string) => {
        if (text) stream?.write(`event: message\ndata: ${text}\n\n`);
        response.writeHead(202).end();
      },
    };
    handle(request, answer as unknown as ServerResponse<IncomingMessage> & { req: IncomingMessage });
  };
}
