/** What clients refuse of a server's tools. */
import { printable } from '../../api/printable.ts';
import { isTool } from './ask.ts';

/** What the APIs of models take for the name of a tool, which has the server's prefix in front by then. */
const LONGEST_NAME = 64;
/** MCP, "Tool Names". */
const NAME = /^[A-Za-z0-9_.-]+$/;
/** Far above what tools have. Clients compile schemas, in time and memory that grow with them, some by powers. */
const MOST = { depth: 64, nodes: 10_000 };
/** How many are told. */
const TOLD = 3;

/**
 * @param tools as the server has them.
 * @param prefix what clients put in front of each name.
 * @returns a sentence on what is wrong; empty where nothing is.
 */
export function refusedTools(tools: readonly unknown[], prefix: string): string {
  const seen = new Set<string>();
  const problems = tools.flatMap((tool, index) => {
    const name = nameOf(tool);
    const problem = problemOf(tool, name, prefix) || (seen.has(name) ? 'has the name of another' : '');
    seen.add(name);
    return problem === ''
      ? []
      : [`${name ? `tool ${printable(name, LONGEST_NAME)}` : `tool ${index + 1}`} ${problem}`];
  });
  if (problems.length === 0) return '';
  const more = problems.length > TOLD ? `; and ${problems.length - TOLD} more` : '';
  return `Clients refuse ${problems.length} of ${tools.length} tools: ${problems.slice(0, TOLD).join('; ')}${more}`;
}

/** @returns an empty name where there is none. */
export function nameOf(tool: unknown): string {
  const name = (tool as { name?: unknown } | null)?.name;
  return typeof name === 'string' ? name : '';
}

function problemOf(tool: unknown, name: string, prefix: string): string {
  if (name === '') return 'has no name';
  const length = prefix.length + name.length;
  if (length > LONGEST_NAME) {
    const whole = prefix === '' ? '' : ` with the prefix ${prefix}`;
    return `has a name of ${length} characters${whole}, and many clients take ${LONGEST_NAME}`;
  }
  if (!NAME.test(name)) return 'has a name with other characters than letters, digits, _, - and .';
  const { inputSchema, outputSchema } = tool as { inputSchema?: unknown; outputSchema?: unknown };
  return (
    schemaProblem(inputSchema, 'inputSchema') ||
    (outputSchema === undefined ? '' : schemaProblem(outputSchema, 'outputSchema')) ||
    (isTool(tool) ? '' : 'is not as MCP has tools')
  );
}

function schemaProblem(schema: unknown, field: string): string {
  if (typeof schema !== 'object' || schema === null || Array.isArray(schema))
    return `has no ${field}, an object`;
  const { type } = schema as { type?: unknown };
  if (field === 'inputSchema' && type !== 'object') return 'has an inputSchema that is not of type object';
  return structureProblem(schema, field);
}

const TYPES = new Set(['object', 'array', 'string', 'number', 'integer', 'boolean', 'null']);

/** What stands at a place: a schema, schemas by names of the user's, or a value of the user's. */
type Kind = 'schema' | 'names' | 'value';

/** Values of the user's may look like a schema, and names of the user's like keywords. */
const UNDER: Record<string, Kind> = {
  const: 'value',
  default: 'value',
  enum: 'value',
  examples: 'value',
  properties: 'names',
  patternProperties: 'names',
  $defs: 'names',
  definitions: 'names',
  dependentSchemas: 'names',
};

/** Goes through a schema without recursion, which a deep one would overflow. */
function structureProblem(schema: object, field: string): string {
  const waiting: { at: unknown; depth: number; kind: Kind }[] = [{ at: schema, depth: 1, kind: 'schema' }];
  let nodes = 0;
  for (let one = waiting.pop(); one; one = waiting.pop()) {
    const { at, depth, kind } = one;
    if (typeof at !== 'object' || at === null) continue;
    if (depth > MOST.depth) return `has an ${field} nested deeper than ${MOST.depth} levels`;
    if (++nodes > MOST.nodes) return `has an ${field} of more than ${MOST.nodes} parts`;
    const wrong = kind === 'schema' && !Array.isArray(at) && keywordProblem(at as Record<string, unknown>);
    if (wrong) return `has an ${field} with ${wrong}`;
    for (const [key, child] of Object.entries(at)) {
      const below = kind === 'schema' ? (Object.hasOwn(UNDER, key) ? UNDER[key]! : 'schema') : 'schema';
      waiting.push({ at: child, depth: depth + 1, kind: kind === 'value' ? 'value' : below });
    }
  }
  return '';
}

function keywordProblem(schema: Record<string, unknown>): string {
  const { type, properties, required, pattern } = schema;
  const types = Array.isArray(type) ? type : type === undefined ? [] : [type];
  if (!types.every((one) => TYPES.has(one))) return 'a type that JSON Schema does not have';
  if (
    properties !== undefined &&
    (typeof properties !== 'object' || properties === null || Array.isArray(properties))
  )
    return 'properties that are no object';
  if (
    required !== undefined &&
    !(Array.isArray(required) && required.every((one) => typeof one === 'string'))
  )
    return 'required that is no list of names';
  if (typeof pattern === 'string' && !compiles(pattern)) return 'a pattern that is no regular expression';
  return '';
}

/** With the flag that JSON Schema recommends, or as many authors write them. */
function compiles(pattern: string): boolean {
  return ['u', ''].some((flags) => {
    try {
      new RegExp(pattern, flags);
      return true;
    } catch {
      return false;
    }
  });
}
