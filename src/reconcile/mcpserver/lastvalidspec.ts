/**
 * The last spec that was good, kept on the Deployment so that a bad one changes nothing that runs, and on the
 * Service too while the live one is bad or held back: else a Deployment that is deleted would not come back.
 * Whoever may edit a child may edit the annotation, so what is read back is validated like any other.
 */
import type { MCPServer, MCPServerSpec } from '../../api/mcpserver.ts';
import { canonical } from '../../children/canonical.ts';
import { LAST_VALID_SPEC } from '../../children/identity.ts';
import type { KubernetesObject } from '../contract.ts';

/**
 * All annotations of an object together may have 256 KiB. Metacontroller's own repeats the whole manifest, and within it
 * ours, with every quote escaped once more.
 */
const MOST_BYTES = 192 * 1024;

/** @returns the child with a good spec as an annotation, or as it is where that is too large. The replica count is left out. */
export function withLastValidSpec(
  child: KubernetesObject,
  { replicas: _, ...spec }: MCPServerSpec,
): KubernetesObject {
  const text = JSON.stringify(canonical(spec));
  if (!isSmall(text)) return child;
  const annotations = canonical({ ...child.metadata.annotations, [LAST_VALID_SPEC]: text });
  return { ...child, metadata: { ...child.metadata, annotations } };
}

/** Once as ours, once escaped within Metacontroller's, and once as the manifest that was made of it. */
function isSmall(text: string): boolean {
  return 2 * Buffer.byteLength(text) + Buffer.byteLength(JSON.stringify(text)) <= MOST_BYTES;
}

/**
 * @param carriers the children that may carry the annotation, most trusted first.
 * @param replicas the count to run with, which always comes from the live spec.
 * @param accept judges a server with a spec read back, and makes of it what is wanted; nothing where it is not good.
 */
export function recoverLastValid<T>(
  server: MCPServer,
  carriers: readonly (KubernetesObject | undefined)[],
  replicas: number,
  accept: (server: MCPServer) => T | undefined,
): T | undefined {
  for (const carrier of carriers) {
    const text = carrier?.metadata.annotations?.[LAST_VALID_SPEC];
    if (!text || !isSmall(text)) continue;
    try {
      const accepted = accept({ ...server, spec: { ...JSON.parse(text), replicas } as MCPServerSpec });
      if (accepted !== undefined) return accepted;
    } catch {
      // Not JSON: somebody edited it. The next carrier may still be whole.
    }
  }
  return undefined;
}
