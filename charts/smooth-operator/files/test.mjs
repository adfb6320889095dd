// Run by `helm test`: calls the hook as Metacontroller does, at the same address with the same credentials.
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import { text } from 'node:stream/consumers';

const { HOOK_URL, REVISION, TOKEN_FILE, CLIENT_CERT_FILE, CLIENT_KEY_FILE } = process.env;
const token = TOKEN_FILE ? readFileSync(TOKEN_FILE, 'utf8').trim() : '';
const certificate = CLIENT_CERT_FILE
  ? { cert: readFileSync(CLIENT_CERT_FILE), key: readFileSync(CLIENT_KEY_FILE) }
  : undefined;
const known = { ...(token ? { authorization: `Bearer ${token}` } : {}), certificate };
const parent = {
  apiVersion: 'mcp.dev/v1alpha1',
  kind: 'MCPServer',
  metadata: {
    name: 'sample',
    namespace: 'default',
    uid: '00000000-0000-0000-0000-000000000000',
    generation: 1,
  },
  spec: { image: 'registry.example.com/sample:1.0.0' },
};

/** Posts the sample; pods that are starting, or on their way out after an upgrade, are asked again for half a minute. */
async function sync(revision, caller, wanted) {
  for (let attempt = 1; ; attempt++) {
    const outcome = await post(revision, caller).catch((error) => ({ error }));
    if (outcome.status === wanted) return outcome;
    if (attempt === 15)
      throw outcome.error ?? new Error(`expected ${wanted}, got ${outcome.status}: ${outcome.text}`);
    await new Promise((resolve) => setTimeout(resolve, 2000));
  }
}

async function post(revision, { authorization, certificate }) {
  const url = new URL(`/sync?rev=${revision}`, HOOK_URL);
  const request = (url.protocol === 'https:' ? https : http).request(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(authorization ? { authorization } : {}) },
    // No connection is kept, for another caller would then pass for the one before.
    agent: false,
    signal: AbortSignal.timeout(5000),
    ...certificate,
  });
  request.end(JSON.stringify({ parent, children: {}, related: {} }));
  const [response] = await once(request, 'response');
  return { status: response.statusCode, text: await text(response) };
}

const { status, children } = JSON.parse((await sync(REVISION, known, 200)).text);
const kinds = children.map(({ kind }) => kind).sort();
// Deployment and Service may wait until the ServiceAccount is seen, which this call does not show.
if (!status.phase || !kinds.includes('ServiceAccount')) {
  throw new Error(`a strange answer: phase ${status.phase}, children ${kinds.join(', ') || 'none'}`);
}
console.log(`a sample MCPServer is ${status.phase} and gets ${kinds.join(', ')}`);
await sync('another', known, 429);
console.log('a call of another revision is put off');
if (token) {
  await sync(REVISION, { certificate }, 401);
  console.log('a call without the token is refused');
}
if (certificate) {
  await sync(REVISION, { ...known, certificate: undefined }, 401);
  console.log('a call without the client certificate is refused');
}
