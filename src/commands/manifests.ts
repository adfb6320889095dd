/** Manifests from files, folders and standard input, with the line of every field. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type Document, isMap, isNode, isSeq, LineCounter, parseAllDocuments, type Tags } from 'yaml';
import type { Path } from '../api/sites.ts';
import type { KubernetesObject } from '../reconcile/contract.ts';

/** One object of one document. */
export interface Manifest {
  object: KubernetesObject;
  /** @returns `FILE:LINE` of a field, or of the nearest field around it that is there. */
  locate(path: Path): string;
}

/** Something that cannot be read as manifests; the message begins with the file. */
export class ManifestError extends Error {
  override name = 'ManifestError';
}

const EXTENSION = /\.(ya?ml|json)$/;

/**
 * @param sources file names, folder names (searched for .yaml, .yml and .json, in order of name) and `-` for standard
 *   input. Documents may be lists; empty ones are passed over.
 * @throws ManifestError for what does not exist, is no YAML, or is no object of Kubernetes.
 */
export function readManifests(sources: readonly string[]): Manifest[] {
  return sources.flatMap((source) => {
    const isFolder = source !== '-' && statOf(source).isDirectory();
    const files = isFolder ? filesIn(source) : [source];
    return files.flatMap((file) => parse(file, readText(file), isFolder));
  });
}

function filesIn(source: string): string[] {
  return attempt(source, () => readdirSync(source, { recursive: true, encoding: 'utf8' }))
    .filter((name) => EXTENSION.test(name))
    .sort()
    .map((name) => join(source, name))
    .filter((file) => existsSync(file) && statOf(file).isFile());
}

function statOf(file: string) {
  const stat = attempt(file, () => statSync(file, { throwIfNoEntry: false }));
  if (!stat) throw new ManifestError(`${file}: no such file or folder`);
  return stat;
}

function attempt<T>(file: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new ManifestError(`${file}: cannot be read: ${(error as Error).message}`);
  }
}

function readText(file: string): string {
  return attempt(file, () => readFileSync(file === '-' ? 0 : file, 'utf8'));
}

/** @param lenient takes an object without a kind for one of nobody's: a folder holds all sorts of things. */
function parse(file: string, text: string, lenient: boolean): Manifest[] {
  const name = file === '-' ? 'stdin' : file;
  const lines = new LineCounter();
  // kubectl reads YAML 1.1, where `yes` is a boolean; like it, we leave dates to be strings.
  const documents = parseAllDocuments(text, {
    version: '1.1',
    merge: true,
    lineCounter: lines,
    prettyErrors: false,
    customTags: (tags: Tags) =>
      tags.filter((tag) => typeof tag === 'string' || tag.tag !== 'tag:yaml.org,2002:timestamp'),
  });
  return (documents as Document[]).flatMap((document) => {
    const [broken] = document.errors;
    if (broken) throw new ManifestError(`${name}:${lines.linePos(broken.pos[0]).line}: ${broken.message}`);
    return objectsOf(document, name, lines, lenient);
  });
}

function objectsOf(document: Document, name: string, lines: LineCounter, lenient: boolean): Manifest[] {
  let value: unknown;
  try {
    value = document.toJS();
  } catch (error) {
    throw new ManifestError(`${name}: ${(error as Error).message}`);
  }
  if (value === null || value === undefined) return [];
  const list = value as { kind?: unknown; items?: unknown };
  const items: [Path, unknown][] =
    String(list.kind).endsWith('List') && Array.isArray(list.items)
      ? list.items.map((item, index): [Path, unknown] => [['items', index], item])
      : [[[], value]];
  return items.map(([prefix, object]) => {
    const locate = (path: Path) => `${name}:${lineOf(document, [...prefix, ...path], lines)}`;
    const { apiVersion, kind } = (object ?? {}) as Partial<KubernetesObject>;
    if (typeof apiVersion !== 'string' || typeof kind !== 'string') {
      const nobodys = { apiVersion: '', kind: 'a document without a kind', metadata: { name: '' } };
      if (lenient) return { object: nobodys, locate };
      throw new ManifestError(`${locate([])}: apiVersion and kind must be set`);
    }
    return { object: object as KubernetesObject, locate };
  });
}

/** The line of the innermost node on the way to `path`; of a map entry, that of its key. */
function lineOf(document: Document, path: Path, lines: LineCounter): number {
  let node: unknown = document.contents;
  let offset = isNode(node) ? (node.range?.[0] ?? 0) : 0;
  for (const step of path) {
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => String(key) === String(step));
      if (!pair) break;
      offset = (isNode(pair.key) ? pair.key.range?.[0] : undefined) ?? offset;
      node = pair.value;
    } else if (isSeq(node)) {
      node = node.items[Number(step)];
      if (!isNode(node)) break;
      offset = node.range?.[0] ?? offset;
    } else break;
  }
  return lines.linePos(offset).line;
}
