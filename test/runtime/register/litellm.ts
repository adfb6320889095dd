/**
 * A stand-in for LiteLLM 1.108.7, with as much of its `/v1/mcp/server` as `register` uses, and the answers that the real one
 * gave: test/e2e/litellm.e2e.ts holds `register` to the real one. It can be told to behave badly.
 */
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Test } from 'tap';
import { http, json } from '../verify/servers.ts';

export const ADMIN_KEY = 'sk-the-key-of-the-admin';
/** Of somebody who is no admin. */
export const OTHER_KEY = 'sk-the-key-of-a-team';

// biome-ignore lint/suspicious/noExplicitAny: rows are whatever was sent
export type Row = Record<string, any>;

export interface Call {
  method: string;
  path: string;
  body: Row;
}

export interface StandIn {
  url: URL;
  rows: Map<string, Row>;
  /** What was asked, lists left out. */
  writes: Call[];
  lists: number;
  /** Asked first: true where it has answered, or never will. */
  before?: (call: Call, response: ServerResponse, request: IncomingMessage) => boolean | undefined;
}

/** As the real one shows them, but for what does not matter. */
const SHOWN = {
  is_config: false,
  credentials: null,
  status: null,
  teams: [],
  extra_headers: [],
  timeout: null,
};

/** @returns one without entries that ends with the test. */
export async function standIn(t: Test): Promise<StandIn> {
  const it: StandIn = { url: new URL('http://unset'), rows: new Map(), writes: [], lists: 0 };
  it.url = new URL(`http://${await http(t, answering(it))}`);
  return it;
}

export function answering(it: StandIn): RequestListener {
  return async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString();
    const { method = '', url = '', headers } = request;
    const call: Call = { method, path: url, body: text === '' ? {} : JSON.parse(text) };
    if (method === 'GET' && url === '/v1/mcp/server') it.lists++;
    if (method !== 'GET') it.writes.push(call);
    if (it.before?.(call, response, request)) return;
    const isAdmin = headers.authorization === `Bearer ${ADMIN_KEY}`;
    if (!isAdmin && headers.authorization !== `Bearer ${OTHER_KEY}`)
      return json(response, { error: { message: 'Authentication Error, Invalid API key provided.' } }, 401);
    const [, id] = /^\/v1\/mcp\/server(?:\/([^/]+))?$/.exec(url) ?? [];
    if (!url.startsWith('/v1/mcp/server')) return json(response, { detail: 'Not Found' }, 404);
    if (method === 'GET' && id === undefined)
      return json(response, isAdmin ? [...it.rows.values()].map(shown) : []);
    if (!isAdmin) return json(response, { detail: { error: 'User is not a proxy admin.' } }, 403);
    if (method === 'GET') return json(response, { total: 0, items: [] });
    const [status, body] = answerTo(it, call, id && decodeURIComponent(id));
    json(response, body, status);
  };
}

/** Credentials are kept, and shown to nobody; some of `mcp_info` is filled in. */
function shown(row: Row): Row {
  const { description, server_name } = row;
  const mcp_info = { server_name, description, is_public: false, ...row.mcp_info };
  return { ...row, ...SHOWN, ...(row.is_config ? { is_config: true } : {}), mcp_info };
}

/** @returns status and body. */
function answerTo({ rows }: StandIn, { method, body }: Call, id: string | undefined): [number, unknown] {
  const refusal = (status: number, error: string): [number, unknown] => [status, { detail: { error } }];
  const missing = (id: string | undefined) => refusal(404, `MCP Server not found, passed server_id=${id}`);
  if (method === 'DELETE') return rows.delete(id!) ? [202, null] : missing(id);
  const row = rows.get(body.server_id);
  const name = body.server_name ?? row?.server_name;
  if (name?.includes('-')) return refusal(400, `Server name cannot contain '-'. Found: ${name}`);
  if (method === 'POST' && row)
    return refusal(400, `MCP Server with id ${body.server_id} already exists. Cannot create another.`);
  if (method === 'PUT' && !row) return missing(body.server_id);
  const isTaken = (one: Row) =>
    [one.server_name, one.alias].some((other) => other?.toLowerCase() === name?.toLowerCase());
  const holder = [...rows.values()].find(
    (one) => !one.is_config && one.server_id !== body.server_id && isTaken(one),
  );
  if (holder)
    return refusal(400, `An MCP server with alias '${name}' already exists (server_id=${holder.server_id}).`);
  const next: Row = { ...(method === 'PUT' ? row : {}), ...body, alias: body.alias ?? name };
  rows.set(body.server_id, next);
  return [method === 'POST' ? 201 : 202, shown(next)];
}

/** An entry of somebody else's. */
export const foreign = (server_id: string, server_name: string, more: Row = {}): Row => ({
  server_id,
  server_name,
  alias: server_name,
  url: 'http://elsewhere/mcp',
  transport: 'http',
  mcp_access_groups: [],
  allowed_tools: [],
  mcp_info: {},
  ...more,
});
