/** Reads what is to be registered. All of it, or nothing: what is missing would be removed from LiteLLM. */
import { readFileSync } from 'node:fs';
import { Value } from '@sinclair/typebox/value';
import { documentHash, type Registration, Registrations } from '../../api/registrations.ts';

export interface Wanted {
  catalog: string;
  hash: string;
  servers: Registration[];
}

/**
 * @param files the parts, in any order.
 * @param asked the hash of the document that is to be read; undefined where any will do.
 * @returns the document of all the files, or in one sentence why there is none.
 */
export function readDocument(files: readonly string[], asked?: string): Wanted | { problem: string } {
  const parts: Registrations[] = [];
  const texts: string[] = [];
  for (const file of files) {
    const read = readPart(file);
    if ('problem' in read) return { problem: `${file}: ${read.problem}` };
    parts.push(read.part);
    texts.push(read.text);
  }
  const hash = documentHash(texts);
  // Files that are mounted side by side are not brought up to date at once.
  if (asked !== undefined && asked !== hash)
    return { problem: `the files are not the document ${asked}, or not all of it` };
  const [first] = parts;
  if (!first) return { problem: 'there is no file' };
  const { catalog } = first;
  if (parts.some((part) => part.catalog !== catalog || part.parts !== first.parts))
    return { problem: 'the files are parts of different documents' };
  const numbers = new Set(parts.map(({ part }) => part));
  if (parts.length !== first.parts || numbers.size !== first.parts || Math.max(...numbers) !== first.parts)
    return { problem: `the files are not the parts 1 to ${first.parts} of the document, each once` };
  const servers = parts.flatMap((part) => part.servers);
  const problem = problemOf(servers);
  return problem === '' ? { catalog, hash, servers } : { problem };
}

function readPart(file: string): { part: Registrations; text: string } | { problem: string } {
  let text: string;
  let part: unknown;
  try {
    text = readFileSync(file, 'utf8');
    part = JSON.parse(text);
  } catch (error) {
    // A parser's message quotes what it could not read.
    return { problem: error instanceof SyntaxError ? 'is not JSON' : (error as Error).message };
  }
  if (Value.Check(Registrations, part)) return { part, text };
  const wrong = Value.Errors(Registrations, part).First();
  return { problem: `${wrong?.path || 'the document'}: ${wrong?.message ?? 'is wrong'}` };
}

/** @returns what no entry shows alone; empty where all is well. */
function problemOf(servers: readonly Registration[]): string {
  const taken = new Map<string, string>();
  for (const { source, server, credential } of servers) {
    if ((server.auth_type === undefined) !== (credential === undefined))
      return `${source}: auth_type and credential go together`;
    for (const name of [
      `id ${server.server_id}`,
      `name ${server.server_name.toLowerCase()}`,
      `source ${source}`,
    ]) {
      const other = taken.get(name);
      if (other !== undefined) return `${source} and ${other} have the same ${name}`;
      taken.set(name, source);
    }
  }
  return '';
}
