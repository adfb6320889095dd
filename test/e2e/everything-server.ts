/** An MCP server that no one here wrote, and what it says to the official client. */
import { Client, type Transport } from '@modelcontextprotocol/client';
import type { Test } from 'tap';
import { poll } from '../cluster/process.ts';

/** It speaks streamable HTTP, unless the spec gives it the argument `sse`. */
export function everything(name: string, spec: object = {}) {
  return {
    apiVersion: 'mcp.dev/v1alpha1',
    kind: 'MCPServer',
    metadata: { name, namespace: 'default' },
    spec: {
      image: 'localhost/everything:smooth',
      imagePullPolicy: 'Never',
      env: [{ name: 'PORT', value: '3001' }],
      port: 3001,
      pod: { terminationGracePeriodSeconds: 1 },
      ...spec,
    },
  };
}

export function newClient(): Client {
  return new Client({ name: 'smooth-operator-tests', version: '1.0.0' });
}

/** What was told to serve takes a moment to do so, and a fresh Service refuses connections: a client that wants in tries again. */
export async function connected(transport: () => Transport): Promise<Client> {
  let client = newClient();
  const connects = async () => {
    try {
      await client.connect(transport());
      return true;
    } catch {
      await client.close();
      client = newClient();
      return false;
    }
  };
  await poll('the client connects', connects, 30);
  return client;
}

/** Lists its tools and calls one. @param address where the client is connected, for the report. */
export async function converse(t: Test, client: Client, address: string): Promise<void> {
  const { tools } = await client.listTools();
  t.ok(
    tools.some(({ name }) => name === 'echo'),
    `${address} lists ${tools.length} tools`,
  );
  const { content } = await client.callTool({ name: 'echo', arguments: { message: 'hello' } });
  t.match(content, [{ type: 'text', text: 'Echo: hello' }]);
}
