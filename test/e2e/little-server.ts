/** An MCP server of a few lines, for what a server in the wild may ask of whoever calls it: credentials, and TLS. */
import { runs, VOLUME_PATH } from './node-servers.ts';

/** By HTTPS where it finds a certificate, and for those alone who show what `WANTS` says, where it says anything. */
const LITTLE = `const { existsSync, readFileSync } = require('node:fs');
const ANSWERS = {
  initialize: {
    protocolVersion: '2025-11-25', capabilities: { tools: {} }, serverInfo: { name: 'little', version: '1.0.0' },
  },
  'tools/list': { tools: [{ name: 'look', inputSchema: { type: 'object' } }] },
};
function answer(request, response) {
  const { WANTS } = process.env;
  if (WANTS && request.headers.authorization !== WANTS)
    return response.writeHead(401, { 'www-authenticate': 'Bearer' }).end();
  if (request.method !== 'POST') return response.writeHead(405).end();
  let body = '';
  request.on('data', (chunk) => (body += chunk)).on('end', () => {
    const { id, method } = JSON.parse(body);
    if (id === undefined) return response.writeHead(202).end();
    const result = ANSWERS[method];
    const said = result ? { result } : { error: { code: -32601, message: 'Method not found' } };
    response.setHeader('content-type', 'application/json').end(JSON.stringify({ jsonrpc: '2.0', id, ...said }));
  });
}
const file = (name) => readFileSync('${VOLUME_PATH}/' + name);
const server = existsSync('${VOLUME_PATH}')
  ? require('node:https').createServer({ cert: file('tls.crt'), key: file('tls.key') }, answer)
  : require('node:http').createServer(answer);
server.listen(8080);
process.on('SIGTERM', () => process.exit());`;

/** @param wanted what it has to be shown as Authorization. */
export function guarded(name: string, wanted: string, spec: object = {}) {
  return runs(LITTLE, name, { env: [{ name: 'WANTS', value: wanted }], ...spec });
}

/** @param secretName of its certificate and key. */
export function secured(name: string, secretName: string, spec: object = {}) {
  return runs(LITTLE, name, {
    pod: {
      volumes: [{ name: 'tls', secret: { secretName } }],
      volumeMounts: [{ name: 'tls', mountPath: VOLUME_PATH }],
    },
    ...spec,
  });
}
