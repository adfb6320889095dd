/** A session of MCP 2025-11-25, as little of it as a bench needs. */

/** @returns the headers of a new session's requests. */
export async function sessionAt(url: string): Promise<Record<string, string>> {
  const headers = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' };
  const params = {
    protocolVersion: '2025-11-25',
    capabilities: {},
    clientInfo: { name: 'bench', version: '1.0.0' },
  };
  const post = (message: object, more = {}) =>
    fetch(url, {
      method: 'POST',
      headers: { ...headers, ...more },
      body: JSON.stringify({ jsonrpc: '2.0', ...message }),
    });
  const response = await post({ id: 0, method: 'initialize', params });
  const id = response.headers.get('mcp-session-id');
  await response.text();
  if (!response.ok || !id) throw new Error(`initialize: ${response.status}`);
  const session = { 'mcp-session-id': id, 'mcp-protocol-version': '2025-11-25' };
  await (await post({ method: 'notifications/initialized' }, session)).text();
  return { ...headers, ...session };
}
