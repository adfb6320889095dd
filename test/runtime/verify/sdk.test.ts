/** The official SDK's own server, in both eras of MCP. */
import { toNodeHandler } from '@modelcontextprotocol/node';
import { createMcpHandler, fromJsonSchema, McpServer } from '@modelcontextprotocol/server';
import t from 'tap';
import { verify } from '../../../src/runtime/verify/verify.ts';
import { http } from './servers.ts';

function build(): McpServer {
  const server = new McpServer({ name: 'official', version: '2.4.0' }, { instructions: 'Ask me.' });
  for (const name of ['search', 'fetch']) {
    const inputSchema = fromJsonSchema({ type: 'object', properties: { q: { type: 'string' } } });
    server.registerTool(name, { inputSchema }, async () => ({
      content: [{ type: 'text', text: 'hunter2' }],
    }));
  }
  server.registerPrompt('ask', {}, async () => ({ messages: [] }));
  server.registerResource('readme', 'test://readme', {}, async () => ({ contents: [] }));
  return server;
}

const described = {
  name: 'official',
  version: '2.4.0',
  instructions: true,
  tools: { count: 2, names: ['search', 'fetch'] },
  prompts: { count: 1, names: ['ask'] },
  resources: { count: 1, names: ['readme'] },
};

async function found(t: Parameters<typeof http>[0], without?: string) {
  const handle = toNodeHandler(createMcpHandler(build, { legacy: 'stateless' }));
  const at = await http(t, (request, response) => {
    // As a server answers that is older than the question.
    if (without && request.headers['mcp-method'] === without) response.writeHead(400).end('Bad Request');
    else handle(request, response);
  });
  const url = new URL(`http://${at}/mcp`);
  return verify({ url, transport: 'http', timeoutMs: 30_000, headers: new Headers(), namePrefix: '' });
}

t.test('without sessions, by server/discover', async (t) => {
  const verification = await found(t);
  t.match(verification, { reason: 'Verified', protocolVersion: '2026-07-28', server: described });
  t.ok(verification.server!.protocolVersions.includes('2026-07-28'));
});

t.test('with initialize, where server/discover is not known', async (t) => {
  const verification = await found(t, 'server/discover');
  t.match(verification, { reason: 'Verified', protocolVersion: '2025-11-25', server: described });
});
