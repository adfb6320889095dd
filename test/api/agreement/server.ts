/** What a real API server says to the same table: for the end-to-end tests. The CRD must be installed. */
import { API_VERSION } from '../../../src/api/mcpserver.ts';
import type { ControlPlane } from '../../cluster/control-plane.ts';
import { type AgreementCase, cases, unknownFields } from './cases.ts';
import { IMAGE } from './full.ts';

const STRICT = `/apis/${API_VERSION}/namespaces/default/mcpservers?dryRun=All&fieldValidation=Strict`;

/** @returns a sentence for every case on which the API server does not say what the table expects. */
export async function agreeWithApiServer(kubectl: ControlPlane['kubectl']): Promise<string[]> {
  const named = cases.map((one, index) => ({ one, name: one.object.metadata?.name ?? `case-${index}` }));
  const list = named.map(({ one, name }) => manifest(name, one.object));
  const args = ['create', '--dry-run=server', '--validate=false', '-f', '-'];
  const finished = await Promise.all(
    parts(list, 4).map((items) => {
      const input = JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
      return kubectl(args, { input, allowFailure: true });
    }),
  );
  const stdout = finished.map((one) => one.stdout).join('');
  const stderr = finished.map((one) => one.stderr).join('');
  const accepted = new Set(
    [...stdout.matchAll(/^mcpserver\.mcp\.dev\/(\S+) created/gm)].map(([, name]) => name),
  );
  const refusals = stderr.split(/^(?=Error from server)/m);
  const disagreements = named.flatMap(({ one, name }) => {
    const refusal = refusals.find((text) => text.includes(`"${name}" is invalid`));
    const verdict = judge(one, accepted.has(name), refusal);
    return verdict ? [`${one.name}: ${verdict}`] : [];
  });

  for (const { name, spec, field } of unknownFields) {
    const input = JSON.stringify(manifest('unknown', { spec: { image: IMAGE, ...spec } }));
    const { stderr: text } = await kubectl(['create', '--raw', STRICT, '-f', '-'], {
      input,
      allowFailure: true,
    });
    if (!text.includes(`unknown field "${field}"`)) disagreements.push(`unknown field ${name}: ${text}`);
  }
  return disagreements;
}

/** kubectl sends one request after another, so several of them are quicker. */
function parts<T>(list: T[], count: number): T[][] {
  return Array.from({ length: count }, (_, part) => list.filter((_one, index) => index % count === part));
}

function manifest(name: string, { spec }: AgreementCase['object']): object {
  return { apiVersion: API_VERSION, kind: 'MCPServer', metadata: { name }, spec };
}

function judge(
  { valid, field }: AgreementCase,
  accepted: boolean,
  refusal: string | undefined,
): string | undefined {
  if (valid) return accepted ? undefined : `refused: ${refusal}`;
  if (accepted || !refusal) return 'accepted';
  // The API server writes the keys of a map like fields.
  const written = field!.replace(/\[([^\]\d][^\]]*)\]/g, '.$1');
  return refusal.includes(`${written}: `) || (field === 'metadata.name' && refusal.includes(field))
    ? undefined
    : `refused elsewhere than at ${written}: ${refusal}`;
}
