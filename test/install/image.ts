/** How the image starts the command, as its Dockerfile says: benches and tests without Docker start it the same way. */
import { readFileSync } from 'node:fs';
import path from 'node:path';

const DOCKERFILE = path.resolve(import.meta.dirname, '../../Dockerfile');

/** The flags for Node.js that stand between `node` and the command. */
export function nodeFlags(): string[] {
  const [, list] = /^ENTRYPOINT (\[.*\])$/m.exec(readFileSync(DOCKERFILE, 'utf8')) ?? [];
  return (JSON.parse(list ?? '[]') as string[]).filter((word) => word.startsWith('--'));
}
