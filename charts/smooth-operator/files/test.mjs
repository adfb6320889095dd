// Run by `helm test`: calls the hook as Metacontroller does, at the same address with the same credentials.
import { readFileSync } from 'node:fs';

const { HOOK_URL, REVISION, TOKEN_FILE } = process.env;
const token = TOKEN_FILE ? readFileSync(TOKEN_FILE, 'utf8').trim() : '';
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
async function sync(revision, authorization, wanted) {
  for (let attempt = 1; ; attempt++) {
    const outcome = await post(revision, authorization).catch((error) => ({ error: error.cause ?? error }));
    if (outcome.status === wanted) return outcome;
    if (attempt === 15)
      throw outcome.error ?? new Error(`expected ${wanted}, got ${outcome.status}: ${outcome.text}`);
    await new Promise((resolve) => setTimeout(resolve, 2000));
  }
}

async function post(revision, authorization) {
  const response = await fetch(`${HOOK_URL}/sync?rev=${revision}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(authorization ? { authorization } : {}) },
    body: JSON.stringify({ parent, children: {}, related: {} }),
    signal: AbortSignal.timeout(5000),
  });
  return { status: response.status, text: await response.text() };
}

const bearer = token ? `Bearer ${token}` : '';
const { status, children } = JSON.parse((await sync(REVISION, bearer, 200)).text);
const kinds = children.map(({ kind }) => kind).sort();
if (!status.phase || !kinds.includes('Deployment') || !kinds.includes('Service')) {
  throw new Error(`a strange answer: phase ${status.phase}, children ${kinds.join(', ') || 'none'}`);
}
console.log(`a sample MCPServer is ${status.phase} and gets ${kinds.join(', ')}`);
await sync('another', bearer, 429);
console.log('a call of another revision is put off');
if (token) {
  await sync(REVISION, '', 401);
  console.log('a call without the token is refused');
}
