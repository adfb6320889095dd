/**
 * A stand-in for the program `query-engine`, for tests alone. LiteLLM speaks to its database through Prisma's client for
 * Python, which starts that program and asks it in GraphQL over HTTP. No package registry has the program; the engine in it is
 * in npm's `@prisma/client` all the same, as WebAssembly, and is asked in JSON. This translates between the two, for
 * PostgreSQL, as far as LiteLLM asks. Everything that LiteLLM does with its database is done by the real engine.
 *
 * Started as the program is: `-p PORT`, the datamodel in PRISMA_DML_PATH, the database in DATABASE_URL. Its packages are those of
 * engine/package.json, in the folder QUERY_ENGINE_PACKAGES.
 */
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import { createRequire } from 'node:module';
import path from 'node:path';

// biome-ignore lint/suspicious/noExplicitAny: packages without types, and documents of any form
type Any = any;

const packages = path.join(process.env.QUERY_ENGINE_PACKAGES!, 'node_modules');
const require = createRequire(path.join(packages, 'package.json'));
const { parse } = require('graphql');
const pg = require('pg');
const { PrismaPg } = require('@prisma/adapter-pg');
const { bindAdapter } = require('@prisma/driver-adapter-utils');
const bindings = require('@prisma/client/runtime/query_engine_bg.postgresql.js');

const datamodel = readFileSync(process.env.PRISMA_DML_PATH!, 'utf8').replace(
  /generator client \{/,
  '$&\n  previewFeatures = ["driverAdapters"]',
);

/** By model and field, the name of the field's type. */
const TYPES: Record<string, Record<string, string>> = Object.fromEntries(
  [...datamodel.matchAll(/^model (\w+) \{(.*?)^\}/gms)].map(([, model, body]) => [
    model!,
    Object.fromEntries([...body!.matchAll(/^\s*(\w+)\s+(\w+)/gm)].map(([, field, type]) => [field!, type!])),
  ]),
);

const ACTIONS =
  /^(findUnique|findFirst|findMany|createOne|createMany|updateOne|updateMany|deleteOne|deleteMany|upsertOne|aggregate|groupBy)(.*?)(OrThrow)?$/;
const isRaw = (action: string) => action === 'queryRaw' || action === 'executeRaw';

/** @returns the one question of a GraphQL document, as the engine takes it. */
function question(document: string): Any {
  const [field] = parse(document, { noLocation: true }).definitions[0].selectionSet.selections;
  const { value: name } = field.name;
  const query = { arguments: argumentsOf(field), selection: selectionOf(field.selectionSet) };
  if (isRaw(name)) return { action: name, query };
  const [, action, modelName, orThrow = ''] = ACTIONS.exec(name)!;
  return {
    action: action + orThrow,
    modelName,
    query: { ...query, arguments: withJson(modelName!, query.arguments) },
  };
}

const argumentsOf = (field: Any): Any =>
  Object.fromEntries((field.arguments ?? []).map((one: Any) => [one.name.value, literalOf(one.value)]));

const selectionOf = (set: Any): Any =>
  Object.fromEntries(
    (set?.selections ?? []).map((field: Any) => [
      field.name.value,
      field.selectionSet
        ? { arguments: argumentsOf(field), selection: selectionOf(field.selectionSet) }
        : true,
    ]),
  );

function literalOf(node: Any): Any {
  switch (node.kind) {
    case 'IntValue':
      return Number.isSafeInteger(Number(node.value))
        ? Number(node.value)
        : { $type: 'BigInt', value: node.value };
    case 'FloatValue':
      return Number(node.value);
    case 'NullValue':
      return null;
    case 'ListValue':
      return node.values.map(literalOf);
    case 'ObjectValue':
      return Object.fromEntries(node.fields.map((field: Any) => [field.name.value, literalOf(field.value)]));
    default:
      return node.value;
  }
}

/** GraphQL has the values of Json columns as strings; the engine wants them called what they are. */
function withJson(model: string, value: Any): Any {
  if (Array.isArray(value)) return value.map((one) => withJson(model, one));
  if (typeof value !== 'object' || value === null || '$type' in value) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, child]) => {
      const type = TYPES[model]?.[key];
      if (type === 'Json') return [key, json(child)];
      return [key, type && !TYPES[type] ? child : withJson(type ?? model, child)];
    }),
  );
}

const OPERATORS = new Set(['set', 'equals', 'not', 'array_contains', 'array_starts_with', 'array_ends_with']);

function json(value: Any): Any {
  if (typeof value === 'string') return { $type: 'Json', value };
  if (Array.isArray(value)) return value.map(json);
  if (typeof value !== 'object' || value === null || '$type' in value) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, child]) => [key, OPERATORS.has(key) ? json(child) : child]),
  );
}

/** @returns an answer of the engine's as the program gives it: values without their types, but for those of raw queries. */
function answer(result: Any, action: string): Any {
  if (result.errors) return { errors: result.errors };
  const [data] = Object.values(result.data);
  return { data: { result: isRaw(action) ? data : plain(data) } };
}

function plain(value: Any): Any {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  if ('$type' in value) return value.value;
  return Object.fromEntries(Object.entries(value).map(([key, child]) => [key, plain(child)]));
}

/** Types that the adapter of this version does not know, as it knows them: names and identifiers as text, lists of names as lists of text. */
const TEXT = 25;
const TEXTS = 1009;
const AS_TEXT = new Set([19, 26, 1033, 2205, 2278]);
const NAMES = 1003;
const { addFields } = require('pg/lib/result').prototype;
require('pg/lib/result').prototype.addFields = function (this: Any, fields: Any[]) {
  for (const field of fields) {
    if (AS_TEXT.has(field.dataTypeID)) field.dataTypeID = TEXT;
    if (field.dataTypeID === NAMES) field.dataTypeID = TEXTS;
  }
  return addFields.call(this, fields);
};

async function engine(): Promise<Any> {
  const wasm = readFileSync(path.join(packages, '@prisma/client/runtime/query_engine_bg.postgresql.wasm'));
  const { instance } = (await (globalThis as Any).WebAssembly.instantiate(wasm, {
    './query_engine_bg.js': bindings,
  })) as Any;
  bindings.__wbg_set_wasm(instance.exports);
  const connectionString = process.env.DATABASE_URL!.replace(/\?.*/, '');
  const pool = new pg.Pool({ connectionString, max: 10 });
  // A connection that is idle while the database goes away is no end of the program.
  pool.on('error', () => {});
  const options = {
    datamodel,
    logLevel: 'error',
    logQueries: false,
    configDir: '.',
    engineProtocol: 'json',
    env: process.env,
    ignoreEnvVarErrors: true,
  };
  const made = new bindings.QueryEngine(options, () => {}, bindAdapter(new PrismaPg(pool)));
  await made.connect('{}');
  return made;
}

const NO_TRACE = '{}';
const made = await engine();

async function respond(request: IncomingMessage): Promise<Any> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks).toString();
  const { url = '', headers } = request;
  if (url === '/status') return { status: 'ok' };
  if (url.startsWith('/metrics')) return { counters: [], gauges: [], histograms: [] };
  if (url === '/transaction/start') return JSON.parse(await made.startTransaction(body, NO_TRACE));
  const [, id, end] = /^\/transaction\/([^/]+)\/(commit|rollback)/.exec(url) ?? [];
  if (id) return JSON.parse((await made[`${end}Transaction`](id, NO_TRACE)) || '{}');
  const transaction = headers['x-transaction-id'];
  const ask = async (asked: Any) =>
    JSON.parse(await made.query(JSON.stringify(asked), NO_TRACE, transaction));
  const asked = JSON.parse(body);
  if (!asked.batch) {
    const one = question(asked.query);
    return answer(await ask(one), one.action);
  }
  const batch = asked.batch.map(({ query }: { query: string }) => question(query));
  const result = await ask({ batch, ...(asked.transaction ? { transaction: {} } : {}) });
  if (result.errors) return result;
  return {
    batchResult: result.batchResult.map((one: Any, index: number) => answer(one, batch[index].action)),
  };
}

const port = Number(process.argv[process.argv.indexOf('-p') + 1]);
createServer(async (request, response) => {
  const send = (status: number, body: unknown) =>
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  try {
    send(200, await respond(request));
  } catch (error) {
    const message = String(error);
    send(500, { errors: [{ error: message, user_facing_error: { is_panic: false, message } }] });
  }
}).listen(port, '127.0.0.1');
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(0));
