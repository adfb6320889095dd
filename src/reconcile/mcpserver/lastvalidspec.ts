/**
 * The last spec that was good, kept on two children so that a bad one changes nothing that runs.
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

/** @returns the annotation for a good spec, or none where it is too large to keep. The replica count is not part of it. */
export function lastValidSpecAnnotation({ replicas: _, ...spec }: MCPServerSpec): Record<string, string> {
  const text = JSON.stringify(canonical(spec));
  return isSmall(text) ? { [LAST_VALID_SPEC]: text } : {};
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
