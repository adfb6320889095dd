/**
 * JSON with comments and trailing commas, as editors have it in their files: read with the places of things, so that an edit
 * leaves every other byte as its owner wrote it.
 */

/** It is no JSON, or not of the form that was asked for. */
export class JsonError extends Error {
  override name = 'JsonError';
}

export interface Node {
  /** Of the first character, and behind the last. */
  start: number;
  end: number;
  value: unknown;
  /** Of an object, by their keys; of two of one key the last, as JSON.parse has it. */
  members?: Map<string, Node>;
  /** Of an object or a list: where its last entry ends, if it has any, and whether a comma follows. */
  last?: { end: number; comma: boolean };
}

const BLANK = /(?:[ \t\r\n]+|\/\/[^\r\n]*|\/\*[\s\S]*?\*\/)*/y;
const STRING = /"(?:[^"\\\r\n]|\\.)*"/y;
const SCALAR = /true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?/y;
const DEEPEST = 100;

/** @throws JsonError that says in which line. */
export function parseJsonc(text: string): Node {
  let at = text.startsWith('\uFEFF') ? 1 : 0;

  function value(depth: number): Node {
    skip();
    if (depth > DEEPEST) fail('it is nested too deeply');
    const start = at;
    if (text[at] === '{') return object(depth);
    if (text[at] === '[') return list(depth);
    const word = take(STRING) ?? take(SCALAR);
    if (word === undefined) fail('a value is expected');
    return { start, end: at, value: plain(word) };
  }

  function object(depth: number): Node {
    const members = new Map<string, Node>();
    const node = entries('}', () => {
      const key = take(STRING);
      if (key === undefined) fail('a key in double quotes is expected');
      skip();
      if (text[at] !== ':') fail('a colon is expected');
      at++;
      members.set(plain(key) as string, value(depth + 1));
    });
    return {
      ...node,
      members,
      value: Object.fromEntries([...members].map(([key, one]) => [key, one.value])),
    };
  }

  function list(depth: number): Node {
    const items: unknown[] = [];
    return { ...entries(']', () => items.push(value(depth + 1).value)), value: items };
  }

  function entries(close: string, one: () => unknown): Omit<Node, 'value'> {
    const start = at++;
    let last: Node['last'];
    for (;;) {
      skip();
      if (text[at] === close) break;
      if (last && !last.comma) fail(`a comma or ${close} is expected`);
      one();
      last = { end: at, comma: false };
      skip();
      if (text[at] === ',') {
        last.comma = true;
        at++;
      }
    }
    at++;
    return { start, end: at, ...(last && { last }) };
  }

  function take(pattern: RegExp): string | undefined {
    pattern.lastIndex = at;
    const [found] = pattern.exec(text) ?? [];
    at += found?.length ?? 0;
    return found;
  }

  function plain(word: string): unknown {
    try {
      return JSON.parse(word);
    } catch {
      return fail('a string has a character or an escape that JSON has not');
    }
  }

  function skip(): void {
    take(BLANK);
  }

  function fail(what: string): never {
    throw new JsonError(`line ${text.slice(0, at).split('\n').length}: ${what}`);
  }

  const root = value(0);
  skip();
  if (at < text.length) fail('nothing is expected behind the end');
  return root;
}

/**
 * @param keys lead to where the value is put: objects on the way that are not there are made.
 * @returns the text with the value, and everything else in it unchanged.
 * @throws JsonError where something on the way is no object.
 */
export function setIn(text: string, keys: readonly string[], value: unknown): string {
  let node = parseJsonc(text);
  for (const [index, key] of keys.entries()) {
    if (!node.members) throw notA('an object', keys.slice(0, index));
    const next = node.members.get(key);
    if (!next) {
      const rest = keys.slice(index + 1).reduceRight((inner, name) => ({ [name]: inner }), value);
      return insert(text, node, rest, key);
    }
    node = next;
  }
  return text.slice(0, node.start) + written(value, indentAt(text, node.start), text) + text.slice(node.end);
}

/** The same for one more item of the list at `keys`, which is made where there is none. */
export function appendTo(text: string, keys: readonly string[], value: unknown): string {
  const list = find(text, keys);
  if (!list) return setIn(text, keys, [value]);
  if (!Array.isArray(list.value)) throw notA('a list', keys);
  return insert(text, list, value);
}

/** @returns what stands there; undefined where nothing does. */
export function find(text: string, keys: readonly string[]): Node | undefined {
  return keys.reduce<Node | undefined>((node, key) => node?.members?.get(key), parseJsonc(text));
}

function notA(what: string, keys: readonly string[]): JsonError {
  return new JsonError(`${keys.length === 0 ? 'it' : keys.join('.')} is not ${what}`);
}

/** Puts one more entry behind the others, below comments that belong to them. */
function insert(text: string, { start, end, last }: Node, value: unknown, key?: string): string {
  const eol = eolOf(text);
  const outer = indentAt(text, start);
  const close = end - 1;
  const before = text.slice(0, close).trimEnd().length;
  const inner = innerIndent(text, start) ?? outer + unitOf(text);
  const entry = (key === undefined ? '' : `${JSON.stringify(key)}: `) + written(value, inner, text);
  const isOpen = /[\r\n]/.test(text.slice(before, close));
  const comma = last && !last.comma ? ',' : '';
  const head = last ? text.slice(0, last.end) + comma + text.slice(last.end, before) : text.slice(0, before);
  return `${head}${eol}${inner}${entry}${isOpen ? text.slice(before, close) : eol + outer}${text.slice(close)}`;
}

function written(value: unknown, indent: string, text: string): string {
  return JSON.stringify(value, undefined, unitOf(text)).replaceAll('\n', eolOf(text) + indent);
}

/** @returns what the line of a place begins with. */
function indentAt(text: string, place: number): string {
  const line = text.slice(text.lastIndexOf('\n', place - 1) + 1, place);
  return /^[ \t]*/.exec(line)![0];
}

/** @returns the indent of the first entry, where it has a line of its own. */
function innerIndent(text: string, start: number): string | undefined {
  return /^\s*\n([ \t]+)[^\s}\]]/.exec(text.slice(start + 1))?.[1];
}

/** @returns what one level is indented by. */
function unitOf(text: string): string {
  return innerIndent(text, text.indexOf('{')) ?? '  ';
}

function eolOf(text: string): string {
  return text.includes('\r\n') ? '\r\n' : '\n';
}
