/** What holds for the answer to any request, whatever it says. */
import { type TSchema, Type } from '@sinclair/typebox';
import { TypeCompiler } from '@sinclair/typebox/compiler';
import { FormatRegistry } from '@sinclair/typebox/type';
import type { MCPServer, MCPServerStatus } from '../../src/api/mcpserver.ts';
import {
  type Context,
  type Controller,
  type KubernetesObject,
  kindKey,
  type SyncRequest,
} from '../../src/reconcile/contract.ts';
import { controllers } from '../../src/reconcile/controllers.ts';
import { prepare } from '../../src/reconcile/mcpserver/prepare.ts';

FormatRegistry.Set('date-time', (text) => /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(text));
FormatRegistry.Set('int32', () => true);
FormatRegistry.Set('int64', () => true);

const statuses = new Map(
  controllers.map(({ parent, resource }) => [parent.kind, TypeCompiler.Compile(closed(resource.status))]),
);

/** @returns the schema with `additionalProperties: false` wherever it does not say more, so that nothing unknown passes. */
export function closed(schema: TSchema): TSchema {
  const copy: TSchema = { ...schema };
  if (schema.properties) {
    const fields = Object.entries(schema.properties as Record<string, TSchema>);
    copy.properties = Object.fromEntries(fields.map(([name, child]) => [name, closed(child)]));
    copy.additionalProperties ??= false;
  }
  if (schema.items) copy.items = closed(schema.items as TSchema);
  return Type.Unsafe(copy);
}

/** Kinds of ours whose names are nobody's label or host name. */
const NEVER_A_LABEL: ReadonlySet<string> = new Set(['MCPServerRegistration']);

export function controllerOf({ kind }: KubernetesObject): Controller {
  return controllers.find(({ parent }) => parent.kind === kind)!;
}

/** @returns a sentence for everything that does not hold; the request is frozen on the way. */
export function violations(request: SyncRequest, context: Context): string[] {
  const found: string[] = [];
  const expect = (holds: boolean, what: string) => {
    if (!holds) found.push(what);
  };
  deepFreeze(request);
  // What follows from a spec is remembered and shared: whoever changes it throws.
  if (request.parent.kind === 'MCPServer')
    deepFreeze(prepare(request.parent as unknown as MCPServer, context.settings));
  const controller = controllerOf(request.parent);
  const answer = controller.sync(request, context);
  const text = JSON.stringify(answer);
  const again = (other: SyncRequest, now = context.now) => controller.sync(other, { ...context, now });

  expect(JSON.stringify(again(request)) === text, 'the same request gives the same bytes');
  for (const seed of [1, 2, 3]) {
    const shuffled = JSON.stringify(again(shuffle(request, seed)));
    expect(shuffled === text, `maps in another order give the same bytes (seed ${seed})`);
  }
  for (const place of emptyPlaces(answer)) found.push(`no null and no undefined: ${place}`);

  const children = answer.children as KubernetesObject[];
  const { name, namespace } = request.parent.metadata;
  const names = children.map((child) => `${kindKey(child)} ${child.metadata.name}`);
  expect(new Set(names).size === names.length, `every child is asked for once: ${names}`);
  const known = new Set(controller.children.map(kindKey));
  for (const child of children) {
    const label = `${child.kind} ${child.metadata.name}`;
    expect(known.has(kindKey(child)), `${label} is of a kind that the controller declares`);
    expect(child.metadata.namespace === namespace, `${label} is in the namespace of the parent`);
    const longest = NEVER_A_LABEL.has(child.kind) ? 253 : 63;
    expect(child.metadata.name.length <= longest, `${label} has a name of at most ${longest} characters`);
    expect(child.metadata.name.startsWith(name), `${label} is named after the parent`);
    expect(!('status' in child), `${label} has no status of its own`);
    for (const place of twins(child)) found.push(`dynamic apply tells entries apart: ${child.kind}${place}`);
  }

  for (const error of statuses.get(request.parent.kind)!.Errors(answer.status))
    found.push(`status${error.path}: ${error.message}`);
  for (const one of brokenTexts(answer)) found.push(`every character is whole: ${JSON.stringify(one)}`);

  for (const value of secretValues(request)) expect(!text.includes(value), 'no value of a Secret is shown');

  // Metacontroller calls again, with the status that it was given.
  const settled: SyncRequest = { ...request, parent: { ...request.parent, status: answer.status } };
  const waiting = children.some(
    (child) => !request.children[kindKey(child)]?.[`${namespace}/${child.metadata.name}`],
  );
  // It may ask to be called again when time alone will have something to say.
  const { resyncAfterSeconds = Infinity } = answer;
  // The pod that asked what the server is goes once the status that tells it is seen.
  const lasting = (all: object[]) =>
    (all as KubernetesObject[]).filter(
      (child) =>
        child.kind !== 'Pod' || (answer.status as MCPServerStatus).verification?.asking !== undefined,
    );
  const said = JSON.stringify({ status: answer.status, children: lasting(children) });
  for (const seconds of (waiting ? [0, 5] : [0, 5, 86_400]).filter((one) => one < resyncAfterSeconds)) {
    const later = `${new Date(Date.parse(context.now) + seconds * 1000).toISOString().slice(0, 19)}Z`;
    const second = again(settled, later);
    expect(
      JSON.stringify({ status: second.status, children: lasting(second.children) }) === said,
      `nothing moves ${seconds} s later: ${JSON.stringify(second.status)} after ${JSON.stringify(answer.status)}`,
    );
  }
  return found;
}

/** Texts and keys with half a character, also within the spec that an annotation keeps as JSON. */
function brokenTexts(value: unknown, key = ''): string[] {
  if (typeof value === 'string') {
    if (!value.isWellFormed()) return [value];
    return key === 'mcp.dev/last-valid-spec' ? brokenTexts(parsed(value)) : [];
  }
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, one]) => [...brokenTexts(name), ...brokenTexts(one, name)]);
}

/** Undefined where strangers have made it none. */
function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

function deepFreeze(value: unknown): void {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return;
  Object.freeze(value);
  for (const one of Object.values(value)) deepFreeze(one);
}

/** The same value with the keys of every map in another order. */
export function shuffle<T>(value: T, seed: number): T {
  if (Array.isArray(value)) return value.map((one) => shuffle(one, seed)) as T;
  if (typeof value !== 'object' || value === null) return value;
  let state = seed;
  const keyed = Object.entries(value).map(([name, one]) => {
    state = (state * 1103515245 + 12345) % 2147483648;
    return { order: state % 997, name, one: shuffle(one, seed) };
  });
  keyed.sort((a, b) => a.order - b.order);
  return Object.fromEntries(keyed.map(({ name, one }) => [name, one])) as T;
}

/** @returns every place of a value where a null, an undefined or no number stands. */
export function emptyPlaces(value: unknown, place = ''): string[] {
  if (value === null || value === undefined || Number.isNaN(value)) return [`${place} is ${value}`];
  if (typeof value !== 'object') return [];
  return Object.entries(value).flatMap(([name, one]) => emptyPlaces(one, `${place}.${name}`));
}

/** By the first of these that all entries of a list have, dynamic apply tells them apart; a list without one is replaced whole. */
const MERGE_KEYS = ['containerPort', 'port', 'mountPath', 'name', 'uid', 'ip', 'path'];

/** @returns every list of which dynamic apply would lose an entry, for it takes two for one. */
function twins(value: unknown, place = ''): string[] {
  if (typeof value !== 'object' || value === null) return [];
  if (!Array.isArray(value)) {
    return Object.entries(value).flatMap(([name, one]) => twins(one, `${place}.${name}`));
  }
  const key = MERGE_KEYS.find((key) => value.every((one) => Object.hasOwn(Object(one), key)));
  if (key === undefined) return [];
  const lost = new Set(value.map((one) => String(one[key]))).size < value.length;
  return [...(lost ? [`${place} by ${key}`] : []), ...value.flatMap((one) => twins(one, `${place}[]`))];
}

function secretValues({ related, children }: SyncRequest): string[] {
  return [related, children]
    .flatMap((map) => Object.values(map['Secret.v1'] ?? {}))
    .flatMap((secret) => Object.values((secret as { data?: Record<string, string> }).data ?? {}))
    .flatMap((encoded) => [encoded, Buffer.from(encoded, 'base64').toString()]);
}
