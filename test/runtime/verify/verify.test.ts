/** Each reason, from servers that are as they should be, broken, or meant to harm. */
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import t, { type Test } from 'tap';
import { REASONS, type Reason, type Verification } from '../../../src/api/verification.ts';
import { type VerifyOptions, verify } from '../../../src/runtime/verify/verify.ts';
import { certify } from '../../certify.ts';
import { freePort } from '../../cluster/ports.ts';
import { type Call, callIn, http, https, json, mcp, type Offers, sse, tcp, tool } from './servers.ts';

const folder = t.testdir();
const files = { cert: path.join(folder, 'tls.crt'), key: path.join(folder, 'tls.key') };
const pair = { cert: certify(files.cert, files.key), key: readFileSync(files.key, 'utf8') };

function ask(url: string, options: Partial<VerifyOptions> = {}): Promise<Verification> {
  const defaults = { transport: 'http' as const, timeoutMs: 30_000, headers: new Headers(), namePrefix: '' };
  return verify({ ...defaults, url: new URL(url), ...options });
}

interface Row {
  name: string;
  /** Starts the server; returns `HOST:PORT`. */
  start: (t: Test) => Promise<string>;
  url?: (at: string) => string;
  options?: Partial<VerifyOptions>;
  reason: Reason;
  says: RegExp;
  also?: object;
}

const of = (offers: Offers) => (t: Test) => http(t, mcp(offers));
const always = (listener: RequestListener) => (t: Test) => http(t, listener);
const status = (code: number, body = '', headers = {}) =>
  always((_, response) => response.writeHead(code, headers).end(body));
const SHORT = { timeoutMs: 1_500 };

/** Says more for as long as somebody listens. */
function endless(response: ServerResponse, chunk: string): void {
  const more = () => {
    while (!response.destroyed && response.write(chunk));
  };
  response.on('drain', more);
  more();
}

const rpcError =
  (code: number, httpStatus = 200) =>
  (call: Call, response: ServerResponse) =>
    json(
      response,
      { jsonrpc: '2.0', id: call.id, error: { code, message: 'my password is hunter2' } },
      httpStatus,
    );

let deep: object = { type: 'object' };
for (let level = 0; level < 200; level++) deep = { type: 'object', properties: { deeper: deep } };

const rows: Row[] = [
  {
    name: 'a server with sessions',
    start: of({ tools: [tool('search'), tool('fetch')], prompts: [{ name: 'ask' }] }),
    reason: 'Verified',
    says: /^It speaks MCP 2025-11-25 and offers 2 tools, 1 prompt, 0 resources\.$/,
    also: {
      protocolVersion: '2025-11-25',
      server: {
        name: 'small',
        version: '1.0.0',
        protocolVersions: ['2025-11-25'],
        capabilities: ['prompts', 'resources', 'tools'],
        instructions: false,
        tools: { count: 2, names: ['search', 'fetch'] },
        prompts: { count: 1, names: ['ask'] },
        resources: { count: 0, names: [] },
      },
    },
  },
  {
    name: 'a server of the older transport, asked by it',
    start: always(sse()),
    url: (at) => `http://${at}/sse`,
    options: { transport: 'sse' },
    reason: 'Verified',
    says: /1 tool,/,
  },
  {
    name: 'pages are followed',
    start: of({
      answers: {
        'tools/list': ({ id, params }, response) => {
          const page = Number(params?.cursor ?? 0);
          const result = { tools: [tool(`tool-${page}`)], ...(page < 4 && { nextCursor: String(page + 1) }) };
          json(response, { jsonrpc: '2.0', id, result });
        },
      },
    }),
    reason: 'Verified',
    says: /5 tools/,
    also: { server: { tools: { count: 5, names: ['tool-0', 'tool-1', 'tool-2', 'tool-3', 'tool-4'] } } },
  },
  {
    name: 'a server that breaks on the question of the newest MCP',
    start: of({ answers: { 'server/discover': (_, response) => response.writeHead(500).end('oops') } }),
    reason: 'Verified',
    says: /MCP 2025-11-25/,
  },
  {
    name: 'a server that declares prompts and has no list of them',
    start: of({ answers: { 'prompts/list': rpcError(-32601) } }),
    reason: 'Verified',
    says: /0 prompts/,
  },
  {
    name: 'a page',
    start: always((_, response) =>
      response.setHeader('content-type', 'text/html').end('<html>Welcome</html>'),
    ),
    reason: 'NotMCP',
    says: /answers with text\/html that is not MCP\. Check that image/,
  },
  {
    name: 'JSON that is not MCP',
    start: always((_, response) => json(response, { ok: true })),
    reason: 'NotMCP',
    says: /answers with application\/json that is not MCP/,
  },
  {
    name: 'another protocol',
    start: (t) => tcp(t, (socket) => socket.end('SSH-2.0-OpenSSH_9.2\r\n')),
    reason: 'NotMCP',
    says: /127\.0\.0\.1:\d+ does not speak HTTP\./,
  },
  {
    name: 'a redirect to an address of the cloud',
    start: status(307, '', { location: 'http://169.254.169.254/latest/meta-data' }),
    reason: 'NotMCP',
    says: /answers 307 and leads to another host, 169\.254\.169\.254, where nobody is asked/,
  },
  {
    name: 'a path where nothing is',
    start: of({}),
    url: (at) => `http://${at}/other`,
    reason: 'WrongPath',
    says: /\/other answers 404; MCP is spoken at http:\/\/127\.0\.0\.1:\d+\/mcp\. Set path/,
  },
  {
    name: 'a page at the root, and MCP beside it',
    start: always((request, response) =>
      request.url === '/mcp'
        ? mcp()(request, response as ServerResponse<IncomingMessage> & { req: IncomingMessage })
        : response.setHeader('content-type', 'text/html').end('<html>'),
    ),
    url: (at) => `http://${at}/`,
    reason: 'WrongPath',
    says: /spoken at .*\/mcp\./,
  },
  {
    name: 'nothing at any usual path',
    start: status(404, 'Not found'),
    reason: 'WrongPath',
    says: /\/mcp answers 404\. Set path/,
  },
  {
    name: 'a redirect by which a POST is lost',
    start: status(301, '', { location: '/mcp/' }),
    reason: 'WrongPath',
    says: /answers 301 and leads to \/mcp\/, where clients do not follow/,
  },
  {
    name: 'a server of the older transport, asked by the newer',
    start: always(sse()),
    url: (at) => `http://${at}/sse`,
    reason: 'TransportMismatch',
    says: /\/sse answers 405; MCP is spoken there by the transport sse/,
  },
  {
    name: 'a server of the older transport at another path',
    start: always(sse()),
    reason: 'TransportMismatch',
    says: /spoken at .*\/sse by the transport sse/,
  },
  {
    name: 'a server of the newer transport, asked by the older',
    start: of({}),
    options: { transport: 'sse' },
    reason: 'TransportMismatch',
    says: /spoken there by the transport http/,
  },
  {
    name: 'a server that is not called by the right host',
    start: status(421, 'Invalid Host header'),
    reason: 'HostRefused',
    says: /answers 421 to calls for the host 127\.0\.0\.1:\d+\. Add the host/,
  },
  {
    name: 'a server of the TypeScript SDK that is not called by the right host',
    start: status(
      403,
      '{"jsonrpc":"2.0","error":{"code":-32000,"message":"Invalid Host: search"},"id":null}',
    ),
    reason: 'HostRefused',
    says: /answers 403/,
  },
  {
    name: 'a server that wants a token, and says from where',
    start: always((request, response) =>
      request.url?.startsWith('/.well-known/oauth-protected-resource')
        ? json(response, {
            resource: 'https://search.example.com/mcp',
            authorization_servers: ['https://login.example.com'],
            scopes_supported: ['search:read'],
          })
        : response
            .writeHead(401, { 'www-authenticate': 'Bearer resource_metadata="http://10.0.0.1/x"' })
            .end(),
    ),
    reason: 'Unauthorized',
    says: /answers 401: it wants credentials\. Give headers/,
    also: { authorization: { servers: ['https://login.example.com'], scopes: ['search:read'] } },
  },
  {
    name: 'a server that wants a key of its own, and says so in JSON',
    start: status(401, '{"error":"no key"}', { 'content-type': 'application/json; charset=utf-8' }),
    reason: 'Unauthorized',
    says: /answers 401: it wants credentials\. Give headers/,
  },
  {
    name: 'a proxy that wants a password',
    start: status(401, '<html>', { 'content-type': 'text/html', 'www-authenticate': 'Basic realm="x"' }),
    reason: 'AccessDenied',
    says: /answers 401: it wants credentials, and nothing in its answer shows an MCP server\. Give headers/,
  },
  {
    name: 'a bare refusal, and metadata that only a server with authorization has',
    start: always((request, response) =>
      request.url?.startsWith('/.well-known/oauth-protected-resource')
        ? json(response, { resource: 'https://search.example.com/mcp' })
        : response.writeHead(401).end(),
    ),
    reason: 'Unauthorized',
    says: /answers 401: it wants credentials\. Give/,
  },
  {
    name: 'a server whose other paths want a password',
    start: always((request, response) =>
      request.url === '/mcp' ? response.writeHead(404).end() : response.writeHead(401).end(),
    ),
    reason: 'WrongPath',
    says: /\/mcp answers 404\. Set path/,
  },
  {
    name: 'a server that does not take the token',
    start: status(401, '', { 'www-authenticate': 'Bearer error="invalid_token"' }),
    options: { headers: new Headers({ authorization: 'Bearer open-sesame' }) },
    reason: 'Unauthorized',
    says: /it does not accept the credentials given/,
  },
  {
    name: 'TLS where none is expected',
    start: (t) => https(t, pair, mcp()),
    reason: 'TLSMismatch',
    says: /speaks TLS and is called without/,
  },
  {
    name: 'no TLS where it is expected',
    start: of({}),
    url: (at) => `https://${at}/mcp`,
    reason: 'TLSMismatch',
    says: /is called with TLS, and does not speak it \(/,
  },
  {
    name: 'a certificate that nobody knows',
    start: (t) => https(t, pair, mcp()),
    url: (at) => `https://${at}/mcp`,
    reason: 'TLSMismatch',
    says: /its certificate is not accepted \(/,
  },
  {
    name: 'a server that never answers',
    start: (t) => tcp(t, () => {}),
    options: SHORT,
    reason: 'Timeout',
    says: /does not answer in time/,
  },
  {
    name: 'one byte a second',
    start: of({
      answers: {
        'tools/list': (_, response) => {
          response.writeHead(200, { 'content-type': 'application/json' });
          const drip = setInterval(() => response.write(' '), 100);
          response.on('close', () => clearInterval(drip));
        },
      },
    }),
    options: SHORT,
    reason: 'Timeout',
    says: /asked for tools\/list, begins an answer and does not end it in time/,
  },
  {
    name: 'a stream of events without an answer',
    start: of({
      answers: {
        'tools/list': (_, response) => {
          response.writeHead(200, { 'content-type': 'text/event-stream' }).write(': here\n\n');
        },
      },
    }),
    options: SHORT,
    reason: 'Timeout',
    says: /in time/,
  },
  {
    name: 'a version that nobody speaks',
    start: of({
      answers: {
        initialize: ({ id }, response) => {
          const serverInfo = { name: 'old', version: '0' };
          json(response, {
            jsonrpc: '2.0',
            id,
            result: { protocolVersion: '1999-01-01', capabilities: {}, serverInfo },
          });
        },
      },
    }),
    reason: 'VersionUnsupported',
    says: /in a version of MCP that clients do not speak\. Update the server/,
  },
  {
    name: 'a server that refuses the versions that it is asked in',
    start: always(async (request, response) => {
      const { id } = await callIn(request);
      const data = { supported: ['2031-01-01'], requested: '2026-07-28' };
      json(response, { jsonrpc: '2.0', id, error: { code: -32022, message: 'Unsupported', data } }, 400);
    }),
    reason: 'VersionUnsupported',
    says: /Update the server/,
  },
  {
    name: 'a server that offers nothing',
    start: of({ tools: [] }),
    reason: 'NoTools',
    says: /offers nothing/,
  },
  {
    name: 'a server with prompts alone',
    start: of({ tools: [], prompts: [{ name: 'ask' }] }),
    reason: 'Verified',
    says: /0 tools, 1 prompt/,
  },
  {
    name: 'a name that is too long with the prefix',
    start: of({ tools: [tool('x'.repeat(60))] }),
    options: { namePrefix: 'search-' },
    reason: 'InvalidTools',
    says: /refuse 1 of 1 tools: tool x{60} has a name of 67 characters with the prefix search-/,
    also: { server: { tools: { count: 1 } } },
  },
  {
    name: 'a name with a space',
    start: of({ tools: [tool('web search')] }),
    reason: 'InvalidTools',
    says: /tool web search has a name with other characters/,
  },
  {
    name: 'two tools of one name',
    start: of({ tools: [tool('search'), tool('search')] }),
    reason: 'InvalidTools',
    says: /tool search has the name of another/,
  },
  {
    name: 'a tool without a schema',
    start: of({ tools: [{ name: 'search' }] }),
    reason: 'InvalidTools',
    says: /tool search has no inputSchema/,
  },
  {
    name: 'a schema of another type',
    start: of({ tools: [tool('search', { type: 'string' })] }),
    reason: 'InvalidTools',
    says: /inputSchema that is not of type object/,
  },
  {
    name: 'a schema with an impossible pattern',
    start: of({
      tools: [tool('search', { type: 'object', properties: { q: { type: 'string', pattern: '(' } } })],
    }),
    reason: 'InvalidTools',
    says: /a pattern that is no regular expression/,
  },
  {
    name: 'a schema whose fields are called like keywords',
    start: of({
      tools: [
        tool('search', {
          type: 'object',
          properties: { type: { enum: ['a'] }, pattern: { type: 'string', default: { type: 'none' } } },
        }),
      ],
    }),
    reason: 'Verified',
    says: /1 tool,/,
  },
  {
    name: 'a schema bomb',
    start: of({ tools: [tool('search', deep)] }),
    reason: 'InvalidTools',
    says: /inputSchema nested deeper than 64 levels/,
  },
  {
    name: '100 MB of tools',
    start: of({
      answers: {
        'tools/list': ({ id }, response) => {
          response.writeHead(200, { 'content-type': 'application/json' });
          response.write(`{"jsonrpc":"2.0","id":${id},"result":{"tools":[`);
          const wordy = { ...tool('x'.repeat(64)), description: 'x'.repeat(200) };
          endless(response, `${JSON.stringify(wordy)},`.repeat(1000));
        },
      },
    }),
    reason: 'InvalidTools',
    says: /answers with more than 4 MiB/,
  },
  {
    name: 'pages that are too much together',
    start: of({
      answers: {
        'tools/list': ({ id, params }, response) => {
          const nextCursor = String(Number(params?.cursor ?? 0) + 1);
          const tools = [{ ...tool(`t${nextCursor}`), description: 'x'.repeat(3 << 20) }];
          json(response, { jsonrpc: '2.0', id, result: { tools, nextCursor } });
        },
      },
    }),
    reason: 'InvalidTools',
    says: /answers with more than 16 MiB in all/,
  },
  {
    name: 'a small answer that unpacks to 100 MB',
    start: of({
      answers: {
        'tools/list': (_, response) => {
          response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' });
          response.end(gzipSync(Buffer.alloc(100 << 20, ' '), { level: 1 }));
        },
      },
    }),
    reason: 'InvalidTools',
    says: /answers with more than 4 MiB/,
  },
  {
    name: 'a small answer that takes much memory once it is parsed',
    start: of({
      answers: {
        'tools/list': ({ id }, response) => {
          const inputSchema = `{"type":"object","x":[${'{},'.repeat(1_000_000)}{}]}`;
          response.writeHead(200, { 'content-type': 'application/json' });
          response.end(
            `{"jsonrpc":"2.0","id":${id},"result":{"tools":[{"name":"a","inputSchema":${inputSchema}}]}}`,
          );
        },
      },
    }),
    reason: 'InvalidTools',
    says: /answers with more than 150000 values/,
  },
  {
    name: 'pages that take much memory together',
    start: of({
      answers: {
        'tools/list': ({ id, params }, response) => {
          const nextCursor = String(Number(params?.cursor ?? 0) + 1);
          const tools = [tool(`t${nextCursor}`, { type: 'object', x: Array(100_000).fill(0) })];
          json(response, { jsonrpc: '2.0', id, result: { tools, nextCursor } });
        },
      },
    }),
    reason: 'InvalidTools',
    says: /answers with more than 300000 values in all/,
  },
  {
    name: 'pages without end',
    start: of({
      answers: {
        'tools/list': ({ id, params }, response) => {
          const nextCursor = String(Number(params?.cursor ?? 0) + 1);
          json(response, { jsonrpc: '2.0', id, result: { tools: [tool(`t${nextCursor}`)], nextCursor } });
        },
      },
    }),
    reason: 'InvalidTools',
    says: /goes on after 64 pages/,
  },
  {
    name: 'an answer without a list',
    start: of({
      answers: {
        'tools/list': ({ id }, response) => json(response, { jsonrpc: '2.0', id, result: { tools: 1 } }),
      },
    }),
    reason: 'InvalidTools',
    says: /has no list of tools/,
  },
  {
    name: 'an error of the server',
    start: status(503, 'no backend'),
    reason: 'ServerError',
    says: /\/mcp answers 503\. Look into the log/,
  },
  {
    name: 'a JSON-RPC error',
    start: of({ answers: { 'tools/list': rpcError(-32603) } }),
    reason: 'ServerError',
    says: /asked for tools\/list, answers with JSON-RPC error -32603/,
  },
  {
    name: 'an answer that breaks off',
    start: of({
      answers: {
        'tools/list': (_, response) => {
          response
            .writeHead(200, { 'content-type': 'application/json', 'content-length': 1000 })
            .write('{"jsonrpc"');
          setImmediate(() => response.destroy());
        },
      },
    }),
    reason: 'ServerError',
    says: /breaks off the connection/,
  },
  {
    name: 'nobody at the port',
    start: async () => `127.0.0.1:${await freePort()}`,
    options: { timeoutMs: 500 },
    reason: 'ServerError',
    says: /127\.0\.0\.1:\d+ cannot be reached \(ECONNREFUSED\)/,
  },
];

for (const { name, start, url, options, reason, says, also } of rows) {
  t.test(`${reason}: ${name}`, async (t) => {
    const at = await start(t);
    const found = await ask(url ? url(at) : `http://${at}/mcp`, options);
    t.equal(found.reason, reason, found.message);
    t.match(found.message, says);
    if (also) t.match(found, also);
    t.notMatch(JSON.stringify(found), /hunter2|open-sesame/, 'no word of an error, no credential');
  });
}

t.test('there is a row for every reason', async (t) => {
  t.strictSame(new Set(rows.map(({ reason }) => reason)), new Set(Object.keys(REASONS)));
});

t.test('a Service that is not reached yet is asked again', async (t) => {
  const port = await freePort();
  const server = createServer(mcp());
  t.teardown(() => server.close());
  const found = ask(`http://127.0.0.1:${port}/mcp`);
  setTimeout(() => server.listen(port, '127.0.0.1'), 300);
  t.equal((await found).reason, 'Verified');
});

t.test('the credentials are sent, and never told', async (t) => {
  const token = 'sesame+4711';
  const base64 = (text: string) => Buffer.from(text).toString('base64').replace(/=+$/, '');
  const forms = [token, token.toUpperCase(), base64(token), base64(`Bearer ${token}`), 'sesame%2B4711'];
  const offers: Offers = {
    serverInfo: { name: `you said ${token}`, version: `Bearer ${token}` },
    tools: [tool('search')],
    prompts: forms.map((name) => ({ name })),
  };
  const open = mcp(offers);
  const at = await http(t, (request, response) =>
    request.headers.authorization === `Bearer ${token}`
      ? open(request, response)
      : response.writeHead(401).end(),
  );
  const found = await ask(`http://${at}/mcp`, { headers: new Headers({ authorization: `Bearer ${token}` }) });
  t.equal(found.reason, 'Verified');
  t.equal(found.server!.tools.count, 1);
  t.equal(found.server!.prompts.count, forms.length);
  for (const form of forms) t.notOk(JSON.stringify(found).includes(form), form);
});

t.test('a session is ended once all is asked', async (t) => {
  const open = mcp();
  const sessions = new Set<string>();
  const at = await http(t, (request, response) => {
    const id = String(request.headers['mcp-session-id']);
    if (request.method === 'DELETE') response.writeHead(sessions.delete(id) ? 200 : 404).end();
    else {
      if (!request.headers['mcp-session-id'] && !request.headers['mcp-method']) {
        sessions.add('one');
        response.setHeader('mcp-session-id', 'one');
      }
      open(request, response);
    }
  });
  const found = await ask(`http://${at}/mcp`);
  t.equal(found.reason, 'Verified');
  t.strictSame([...sessions], []);
});

t.test('a server behind a port-forward is called by its own host', async (t) => {
  const open = mcp();
  const at = await http(t, (request, response) =>
    request.headers.host === 'search.default.svc.cluster.local'
      ? open(request, response)
      : response.writeHead(421).end('Invalid Host header'),
  );
  const found = await ask('http://search.default.svc.cluster.local/mcp', { connectTo: at });
  t.equal(found.reason, 'Verified', found.message);
});

t.test('what a server says of itself is made printable', async (t) => {
  const at = await http(
    t,
    mcp({ serverInfo: { name: 'a\u202Eb\u001b[31m\n', version: 'x'.repeat(10_000) } }),
  );
  const { server } = await ask(`http://${at}/mcp`);
  t.equal(server!.name, 'a b [31m');
  t.equal(server!.version.length, 64);
});
