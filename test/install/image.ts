/** How the hook's image starts the command, as its Dockerfile says: benches start it the same way. */
import { readFileSync } from 'node:fs';
import path from 'node:path';

const DOCKERFILE = readFileSync(path.resolve(import.meta.dirname, '../../Dockerfile'), 'utf8');
const [, HOOK = ''] = DOCKERFILE.split(/^FROM .* AS hook$/m);

/** The flags for Node.js that stand between `node` and the command. */
export function nodeFlags(): string[] {
  const [, list] = /^ENTRYPOINT (\[.*\])$/m.exec(HOOK) ?? [];
  return (JSON.parse(list ?? '[]') as string[]).filter((word) => word.startsWith('--'));
}

/** The variable that bounds what the process keeps of freed memory. */
export function memoryEnvironment(): Record<string, string> {
  const [, name, value] = /^ENV (MALLOC_ARENA_MAX)=(\d+)$/m.exec(HOOK)!;
  return { [name!]: value! };
}
