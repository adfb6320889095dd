/**
 * The API server's verdict without an API server: the schema, list keys and CEL rules of a kind, from the same source
 * as its CRD. A table that the tests share shows that both agree.
 */
import { Environment, type ParseResult } from '@marcbachmann/cel-js';
import type { TSchema } from '@sinclair/typebox';
import { TypeCompiler, type ValueError, ValueErrorType } from '@sinclair/typebox/compiler';
import type { CustomResource } from './crd.ts';
import { defaulter } from './defaults.ts';
import { nearNames } from './nearnames.ts';
import type { Problem } from './problem.ts';
import type { CelRule } from './schema.ts';
import { findSites, type Path, type Sites, visitSites } from './sites.ts';
import { unknownFieldsOf } from './unknownfields.ts';

export interface Validator {
  /** The object with the defaults of its spec; itself where none is missing. */
  withDefaults<T extends { spec?: unknown }>(object: T): T;
  /** Every problem of an object whose defaults are filled in. Unknown fields are passed over, as a CRD prunes them. */
  validate(object: unknown): Problem[];
  /** Those of an object that an API server with the CRD has let through: it has evaluated the CEL rules, and they cost most. */
  validateAdmitted(object: unknown): Problem[];
  /** Every field that the kind does not have, as `kubectl apply` refuses them. */
  unknownFields(object: unknown): Problem[];
}

const MOST_PROBLEMS = 100;

/** Prepares the checks of one kind; do it once, for it compiles. */
export function validatorOf(resource: CustomResource): Validator {
  const defaults = defaulter(resource.spec);
  const structure = structureOf(resource.spec);
  const listMaps = findSites(resource.spec, (at) => {
    // The entries of a set are their own keys.
    if (at['x-kubernetes-list-type'] === 'set') return [];
    return at['x-kubernetes-list-map-keys'] as string[] | undefined;
  });
  const rules = compileRules(resource);
  const unknownFields = unknownFieldsOf(resource.spec, resource.foreignFields);

  const validate = (object: unknown, rulesOf: typeof rules): Problem[] => {
    const spec = isObject(object) ? object.spec : undefined;
    if (!isObject(object) || spec === undefined || spec === null) {
      return [{ path: ['spec'], detail: 'Required value' }];
    }
    const structural = structure(spec);
    if (structural.length > 0)
      return structural.map(({ path, detail }) => ({ path: ['spec', ...path], detail }));
    return [...duplicates(spec, listMaps), ...rulesOf(object)].slice(0, MOST_PROBLEMS);
  };

  return {
    withDefaults: (object) => {
      const spec = defaults(object.spec);
      return spec === object.spec ? object : { ...object, spec };
    },

    validate: (object) => validate(object, rules),
    validateAdmitted: (object) => validate(object, () => []),

    unknownFields: (object) => (isObject(object) ? unknownFields(object).slice(0, MOST_PROBLEMS) : []),
  };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Compiles the CEL rules of the whole object and of every place of its spec. */
function compileRules(resource: CustomResource): (object: Record<string, unknown>) => Problem[] {
  const environment = new Environment({ unlistedVariablesAreDyn: true });
  const compile = (rules: CelRule[]) =>
    rules.map((rule) => ({ ...rule, holds: environment.parse(unescaped(rule.rule)) }));
  const root = compile(resource.validations);
  const sites = findSites(resource.spec, (at) => {
    const rules = at['x-kubernetes-validations'] as CelRule[] | undefined;
    return rules && compile(rules);
  });
  return (object) => {
    const problems: Problem[] = [];
    for (const { holds, message } of root) {
      if (!evaluate(holds, object)) {
        const { name } = object.metadata as { name?: string };
        problems.push({
          path: ['metadata', 'name'],
          detail: `Invalid value: ${show(name)}: ${message}`,
        });
      }
    }
    visitSites(object.spec, sites, (value, rules, path) => {
      for (const { holds, message, culprits, fieldPath } of rules) {
        if (evaluate(holds, value)) continue;
        const field = fieldPath ? [fieldPath.slice(1)] : [];
        const which = culprits ? `, unlike ${culprits(value)}` : '';
        problems.push({ path: ['spec', ...path, ...field], detail: `Invalid value: ${message}${which}` });
      }
    });
    return problems;
  };
}

/** The API server wants such names of fields escaped; the library here does not know them by that. */
function unescaped(rule: string): string {
  return rule.replaceAll('__package__', 'package');
}

/** A rule that cannot be evaluated does not hold: the API server judges the same. */
function evaluate(holds: ParseResult, self: unknown): boolean {
  try {
    return holds({ self }) === true;
  } catch {
    return false;
  }
}

function duplicates(spec: unknown, sites: Sites<string[]> | undefined): Problem[] {
  const problems: Problem[] = [];
  visitSites(spec, sites, (list, keys, path) => {
    const seen = new Set<unknown>();
    (list as unknown[]).forEach((item, index) => {
      const { identity, shown } = identify(item, keys);
      if (seen.has(identity)) {
        const detail = `Duplicate value: ${JSON.stringify(shown)}`;
        problems.push({ path: ['spec', ...path, index], detail });
      }
      seen.add(identity);
    });
  });
  return problems;
}

/** What tells an entry from the others; the values of a set are strings. */
function identify(item: unknown, keys: string[]): { identity: unknown; shown: unknown } {
  if (keys.length === 0) return { identity: item, shown: item };
  const shown = Object.fromEntries(keys.map((key) => [key, (item as Record<string, unknown>)[key]]));
  return { identity: keys.length === 1 ? shown[keys[0]!] : JSON.stringify(shown), shown };
}

/** @returns what checks values against a schema alone. Do it once, for it compiles. */
export function structureOf(schema: TSchema): (value: unknown) => Problem[] {
  const structure = TypeCompiler.Compile(schema);
  return (value) => (structure.Check(value) ? [] : structuralProblems(structure.Errors(value)));
}

function structuralProblems(errors: Iterable<ValueError>): Problem[] {
  const byField = new Map<string, Problem>();
  for (const error of errors) {
    // TypeBox reports a missing field twice: that it is missing, and that undefined has the wrong type.
    if (!byField.has(error.path)) {
      byField.set(error.path, { path: parsePointer(error.path), detail: explain(error) });
    }
    if (byField.size === MOST_PROBLEMS) break;
  }
  return [...byField.values()];
}

function parsePointer(pointer: string): Path {
  return pointer
    .split('/')
    .slice(1)
    .map((step) => (/^\d+$/.test(step) ? Number(step) : step.replaceAll('~1', '/').replaceAll('~0', '~')));
}

function explain({ type, path, schema, value, message }: ValueError): string {
  const shown = show(value);
  const invalid = (detail: string) => `Invalid value: ${shown}: ${detail}`;
  switch (type) {
    case ValueErrorType.ObjectRequiredProperty:
      return 'Required value';
    case ValueErrorType.StringPattern:
      return invalid(`must be ${hintOf(schema)}`);
    case ValueErrorType.StringMinLength:
      return value === ''
        ? 'Required value'
        : invalid(`must be at least ${schema.minLength} characters long`);
    case ValueErrorType.StringMaxLength:
      return `Too long: may not be more than ${schema.maxLength} characters`;
    case ValueErrorType.IntegerMinimum:
      return invalid(`must be ${schema.minimum} or more`);
    case ValueErrorType.IntegerMaximum:
      return invalid(`must be ${schema.maximum} or less`);
    case ValueErrorType.Integer:
      return invalid('must be a whole number');
    case ValueErrorType.ArrayMaxItems:
      return `Too many: must have at most ${items(schema.maxItems)}`;
    case ValueErrorType.ArrayMinItems:
      return invalid(`must have at least ${items(schema.minItems)}`);
    case ValueErrorType.ObjectMaxProperties:
      return `Too many: must have at most ${items(schema.maxProperties)}`;
    case ValueErrorType.Union: {
      const values = (schema.anyOf as TSchema[]).map((member) => member.const);
      return values[0] === undefined
        ? invalid(`must be ${hintOf(schema)}`)
        : `Unsupported value: ${shown}: supported values: ${values.map((one) => JSON.stringify(one)).join(', ')}${schema.hint ? `; ${schema.hint}` : ''}`;
    }
    case ValueErrorType.ObjectAdditionalProperties:
      return unknownField(path, schema);
    case ValueErrorType.Array:
      return invalid('must be a list');
    case ValueErrorType.Object:
      return invalid('must be a map of fields');
    case ValueErrorType.String:
      return invalid('must be a string (quote it)');
    case ValueErrorType.Boolean:
      return invalid('must be true or false');
    default:
      return invalid(message);
  }
}

function unknownField(pointer: string, schema: TSchema): string {
  const near = nearNames(String(parsePointer(pointer).at(-1)), Object.keys(schema.properties ?? {}));
  return near.length > 0 ? `Unknown field; did you mean ${near.join(', ')}` : 'Unknown field';
}

function items(count: number): string {
  return `${count} ${count === 1 ? 'item' : 'items'}`;
}

/** Lists and maps by what they are: their content may be long, and has as many forms as a map has orders. */
function show(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object' && value !== null) return 'a map';
  return String(JSON.stringify(value)).slice(0, 120).toWellFormed();
}

function hintOf(schema: TSchema): string {
  return (schema.hint as string | undefined) ?? `of the form ${schema.pattern}`;
}
