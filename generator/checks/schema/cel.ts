/**
 * CEL rules of custom resources (x-kubernetes-validations), evaluated as an API server does after an object has met its
 * schema: on values with their defaults, integers as CEL integers, names that CEL cannot say escaped.
 *
 * @see https://kubernetes.io/docs/reference/using-api/cel/
 */
import { celEnv, parse, plan } from '@bufbuild/cel';
import { strings } from '@bufbuild/cel/ext';
import type { Path } from '../finding.js';
import { kubernetesFunctions } from './cel-functions.js';
import { followed } from './defaults.js';
import { isSchema, type Schema } from './json-schema/subschemas.js';

interface CelRule {
  rule: string;
  message?: string;
  messageExpression?: string;
  /** JSON path of the field to blame, below the place of the rule. */
  fieldPath?: string;
  optionalOldSelf?: boolean;
}

export interface CelError {
  path: Path;
  message: string;
  /** The rule could not be evaluated here, so it is the API server's to say. */
  unknown?: true;
}

type Evaluate = (bindings: Record<string, unknown>) => unknown;

const environment = celEnv({ funcs: [...strings, ...kubernetesFunctions] });
const planned = new Map<string, Evaluate | Error>();

/** Parses an expression once. */
function evaluatorOf(expression: string): Evaluate | Error {
  let known = planned.get(expression);
  if (known === undefined) {
    try {
      known = plan(environment, parse(expression)) as Evaluate;
    } catch (error) {
      known = error as Error;
    }
    planned.set(expression, known);
  }
  return known;
}

/**
 * @param object that meets the schema, with its defaults
 * @param schema the structural schema of its kind
 * @param resolve finds a schema that is referred to
 * @param previous the object as it is in the cluster, for rules about changes (those with oldSelf)
 * @returns the rules that it breaks
 */
export function celErrors(
  object: unknown,
  schema: Schema,
  resolve: (name: string) => Schema,
  previous?: unknown,
): CelError[] {
  const errors: CelError[] = [];
  const visit = (value: unknown, old: unknown, own: Schema, path: Path): void => {
    const at = followed(own, resolve);
    if (value === undefined || value === null) return;
    for (const rule of (at['x-kubernetes-validations'] ?? []) as CelRule[]) {
      const error = breaks(rule, value, old, at, resolve);
      if (error) errors.push({ ...error, path: [...path, ...error.path] });
    }
    if (Array.isArray(value)) {
      const items = at['items'];
      if (isSchema(items))
        value.forEach((item, index) => visit(item, oldItem(item, index, old, at), items, [...path, index]));
    } else if (typeof value === 'object') {
      const properties = (at['properties'] ?? {}) as Record<string, Schema>;
      const rest = at['additionalProperties'];
      for (const [key, item] of Object.entries(value)) {
        const inner = properties[key] ?? (isSchema(rest) ? rest : undefined);
        if (inner) visit(item, (old as Record<string, unknown> | undefined)?.[key], inner, [...path, key]);
      }
    }
  };
  visit(object, previous, schema, []);
  return errors;
}

/** Items of lists are compared with older ones only where they can be distinguished. */
function oldItem(item: unknown, _index: number, old: unknown, schema: Schema): unknown {
  const keys = schema['x-kubernetes-list-map-keys'] as string[] | undefined;
  if (!Array.isArray(old) || schema['x-kubernetes-list-type'] !== 'map' || !keys) return undefined;
  return old.find((other: Record<string, unknown>) =>
    keys.every((key) => other[key] === (item as Record<string, unknown>)[key]),
  );
}

function breaks(
  rule: CelRule,
  value: unknown,
  old: unknown,
  schema: Schema,
  resolve: (name: string) => Schema,
): CelError | undefined {
  const isTransition = /\boldSelf\b/.test(rule.rule);
  if (isTransition && old === undefined) return undefined;
  const evaluate = evaluatorOf(rule.rule);
  const unknown = (why: unknown): CelError => ({
    path: [],
    message: `the rule "${oneLine(rule.rule)}" cannot be evaluated here: ${(why as Error).message}`,
    unknown: true,
  });
  if (evaluate instanceof Error) return unknown(evaluate);
  const bindings = {
    self: toCel(value, schema, resolve),
    ...(isTransition ? { oldSelf: toCel(old, schema, resolve) } : {}),
  };
  const result = evaluate(bindings);
  if (result === true) return undefined;
  if (
    result instanceof Error &&
    /overload|undeclared|unbound function|unknown function|unrecognized/i.test(result.message)
  )
    return unknown(result);
  return { path: fieldPath(rule.fieldPath), message: messageOf(rule, bindings) };
}

function messageOf({ rule, message, messageExpression }: CelRule, bindings: Record<string, unknown>): string {
  if (messageExpression) {
    const evaluate = evaluatorOf(messageExpression);
    const reported = evaluate instanceof Error ? undefined : evaluate(bindings);
    if (typeof reported === 'string' && reported.trim() !== '') return oneLine(reported);
  }
  return oneLine(message ?? `breaks the rule ${rule}`);
}

function oneLine(text: string): string {
  return text.trim().replace(/\s+/g, ' ');
}

function fieldPath(path = ''): Path {
  return [...path.matchAll(/\.([\w-]+)|\['([^']+)'\]/g)].map(([, name, quoted]) => (name ?? quoted)!);
}

const KEYWORDS = new Set([
  'true',
  'false',
  'null',
  'in',
  'as',
  'break',
  'const',
  'continue',
  'else',
  'for',
  'function',
  'if',
  'import',
  'let',
  'loop',
  'package',
  'namespace',
  'return',
  'var',
  'void',
  'while',
]);

/** @returns the name that CEL knows a property by. */
function escaped(name: string): string {
  if (KEYWORDS.has(name)) return `__${name}__`;
  return name
    .replaceAll('__', '__underscores__')
    .replaceAll('.', '__dot__')
    .replaceAll('-', '__dash__')
    .replaceAll('/', '__slash__');
}

function toCel(value: unknown, own: Schema, resolve: (name: string) => Schema): unknown {
  const schema = followed(own, resolve);
  if (typeof value === 'number') return schema['type'] === 'number' || !Number.isInteger(value) ? value : BigInt(value);
  if (Array.isArray(value))
    return value.map((item) => toCel(item, isSchema(schema['items']) ? schema['items'] : {}, resolve));
  if (typeof value !== 'object' || value === null) return value;
  const properties = (schema['properties'] ?? {}) as Record<string, Schema>;
  const rest = isSchema(schema['additionalProperties']) ? schema['additionalProperties'] : {};
  const entries = Object.entries(value).map(([key, item]): [string, unknown] =>
    properties[key] ? [escaped(key), toCel(item, properties[key], resolve)] : [key, toCel(item, rest, resolve)],
  );
  return new Map(entries);
}
