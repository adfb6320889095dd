/** Which packages a part of the product needs to run, as the lock file has them. */
import path from 'node:path';
import { readText } from './files.ts';

interface Locked {
  version?: string;
  link?: boolean;
  dependencies?: Record<string, string>;
  peerDependencies?: Record<string, string>;
  peerDependenciesMeta?: Record<string, { optional?: boolean }>;
}

const locked: Record<string, Locked> = JSON.parse(readText('package-lock.json')).packages;

/**
 * @param folder of a package.json of ours: empty for the operator, `src/runtime` for the runtime.
 * @returns versions by place, such as `node_modules/fastify`; without what is optional or for development alone.
 */
export function packagesOf(folder: string): Map<string, string> {
  const found = new Map<string, string>();
  const waiting = [folder];
  for (let place = waiting.pop(); place !== undefined; place = waiting.pop()) {
    const { dependencies = {}, peerDependencies = {}, peerDependenciesMeta = {} } = locked[place]!;
    const peers = Object.keys(peerDependencies).filter((name) => !peerDependenciesMeta[name]?.optional);
    for (const name of [...Object.keys(dependencies), ...peers]) {
      const at = placeOf(name, place);
      if (found.has(at)) continue;
      found.set(at, locked[at]!.version!);
      waiting.push(at);
    }
  }
  return found;
}

/** As Node.js looks for it: beside the package, and in each folder above. */
function placeOf(name: string, from: string): string {
  for (let folder = from; ; folder = path.dirname(folder)) {
    const base = folder === '.' ? '' : folder;
    const place = path.join(base, 'node_modules', name);
    if (locked[place]) return place;
    if (base === '') throw new Error(`${from} needs ${name}, which the lock file does not have`);
  }
}
