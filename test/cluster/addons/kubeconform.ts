/** What kubeconform, a validator of others' making, finds in manifests by the schemas of a running API server. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { binaries } from '../binaries.ts';
import type { Cluster } from '../cluster.ts';
import { finish, poll } from '../process.ts';
import { kubeconform as build } from '../versions.ts';
import { definitionOf, type GroupVersionKind, type OpenApi, strictSchema } from './strict-schemas.ts';

export interface SchemaFinding {
  /** KIND/NAME. */
  object: string;
  message: string;
}

interface Manifest {
  apiVersion: string;
  kind: string;
}

/**
 * What the API server says about its kinds. It learns of a CRD's fields some time after it serves the CRD.
 * @param manifests some of each kind that has to be in it.
 */
export async function openApiOf(cluster: Cluster, manifests: object[] = []): Promise<OpenApi> {
  let openApi: OpenApi = { definitions: {} };
  const kinds = kindsOf(manifests);
  const described = async () => {
    openApi = JSON.parse((await cluster.kubectl(['get', '--raw', '/openapi/v2'])).stdout);
    return kinds.every((kind) => definitionOf(openApi, kind) !== undefined);
  };
  await poll(`the API server describes ${kinds.map(({ kind }) => kind).join(', ')}`, described, 30);
  return openApi;
}

/** A kind that the API server does not have is a finding too. */
export async function kubeconform(manifests: object[], openApi: OpenApi): Promise<SchemaFinding[]> {
  const find = await binaries([build]);
  const schemas = await mkdtemp(path.join(tmpdir(), 'smooth-schemas-'));
  try {
    for (const kind of kindsOf(manifests)) {
      const definition = definitionOf(openApi, kind);
      if (!definition) continue;
      // In the core group it takes the version for the group.
      const parts = [kind.group || kind.version, kind.version, kind.kind.toLowerCase()];
      await writeFile(
        path.join(schemas, `${parts.join('_')}.json`),
        JSON.stringify(strictSchema(openApi, definition)),
      );
    }
    const location = path.join(schemas, '{{.Group}}_{{.ResourceAPIVersion}}_{{.ResourceKind}}.json');
    const args = ['-n=1', '-strict', '-output=json', `-schema-location=${location}`, '-'];
    const input = manifests.map((manifest) => JSON.stringify(manifest)).join('\n---\n');
    const { stdout, stderr } = await finish(find('kubeconform'), args, { input, allowFailure: true });
    if (!stdout.startsWith('{')) throw new Error(`kubeconform: ${stderr || stdout}`);
    return (JSON.parse(stdout) as { resources: Result[] }).resources.map(finding);
  } finally {
    await rm(schemas, { recursive: true, force: true });
  }
}

interface Result {
  kind: string;
  name: string;
  msg: string;
}

/** Its list of single errors has no words for what is below a reference; the message has, behind a schema's path. */
function finding({ kind, name, msg }: Result): SchemaFinding {
  return {
    object: `${kind}/${name}`,
    message: msg.replace(/^.* validation failed with '[^']*'\s*-?\s*/s, ''),
  };
}

function kindsOf(manifests: object[]): GroupVersionKind[] {
  const ids = new Set((manifests as Manifest[]).map(({ apiVersion, kind }) => `${apiVersion} ${kind}`));
  return [...ids].map((id) => {
    const [apiVersion = '', kind = ''] = id.split(' ');
    const [version = '', group = ''] = apiVersion.split('/').reverse();
    return { group, version, kind };
  });
}
