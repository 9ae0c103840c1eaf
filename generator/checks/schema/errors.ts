/** Puts the errors of the precompiled validators into words. */
import type { ErrorObject } from 'ajv';
import { suggest } from '../../config/index.js';
import { type Path, valueAt } from '../finding.js';
import { expectedFormat } from './formats.js';
import type { Target } from './keywords.js';

export interface SchemaError {
  rule: string;
  path: Path;
  message: string;
  /** Set where not the value is wrong but its name. */
  at?: 'key';
}

/** @returns what is wrong with a value, in the order of its fields, each thing told once. */
export function schemaErrors(errors: readonly ErrorObject[], root: unknown, target: Target): SchemaError[] {
  const alternatives = errors.filter(({ keyword }) => keyword === 'anyOf' || keyword === 'oneOf');
  const told: SchemaError[] = [];
  for (const error of errors) {
    // What an alternative lacks is said by the choice itself.
    if (
      /\/(any|one)Of\//.test(error.schemaPath ?? '') &&
      alternatives.some(({ instancePath }) => error.instancePath.startsWith(instancePath))
    )
      continue;
    // What is wrong with a name is said by propertyNames, which knows the name.
    if (error.keyword !== 'propertyNames' && (error as { propertyName?: string }).propertyName !== undefined) continue;
    // The stricter of two formats says it.
    if (
      error.params['format'] === 'quantity' &&
      errors.some(
        (other) => other.instancePath === error.instancePath && other.params['format'] === 'positive-quantity',
      )
    )
      continue;
    const one = tell(error, root, target, errors);
    if (!told.some((other) => other.message === one.message && other.path.join('/') === one.path.join('/')))
      told.push(one);
  }
  // A value of a wrong type breaks what is asked of the right one, too.
  const wrong = new Set(told.filter(({ rule }) => rule === 'wrong-type').map(({ path }) => path.join('/')));
  return told.filter(({ rule, path }) => rule !== 'invalid-value' || !wrong.has(path.join('/')));
}

function pathOf(instancePath: string, root: unknown): Path {
  const path: (string | number)[] = [];
  for (const part of instancePath.split('/').slice(1)) {
    const key = part.replaceAll('~1', '/').replaceAll('~0', '~');
    path.push(Array.isArray(valueAt(root, path)) ? Number(key) : key);
  }
  return path;
}

function tell(
  { instancePath, keyword, params }: ErrorObject,
  root: unknown,
  target: Target,
  all: readonly ErrorObject[],
): SchemaError {
  const path = pathOf(instancePath, root);
  const data = valueAt(root, path);
  const invalid = (message: string): SchemaError => ({ rule: 'invalid-value', path, message });
  switch (keyword) {
    case 'x-closed': {
      const { field, known } = params as { field: string; known: string };
      return {
        rule: 'unknown-field',
        path: [...path, field],
        at: 'key',
        message: `unknown field "${field}"; ${suggest(field, known ? known.split(',') : [], 12)}`,
      };
    }
    case 'required':
      return { rule: 'missing-field', path, message: `"${params['missingProperty']}" is missing` };
    case 'x-not-null':
      return { rule: 'missing-field', path, message: 'must be set; got null' };
    case 'type':
      return {
        rule: 'wrong-type',
        path,
        message: `expected ${typeName(params['type'] as string | string[])}; got ${describe(data)}${readAs(params['type'], data)}`,
      };
    case 'x-minors': {
      const [first, last] = [params['first'] as number, params['last'] as number];
      const since = target.first < first ? `Kubernetes 1.${first} brought it` : `Kubernetes 1.${last + 1} dropped it`;
      return {
        rule: 'unserved-field',
        path,
        message: `not every Kubernetes of ${rangeName(target)} has this field: ${since}`,
      };
    }
    case 'x-deprecated':
      return { rule: 'deprecated-field', path, message: `is deprecated; instead: ${params['instead']}` };
    case 'x-unique-by': {
      const { index, keys } = params as { index: number; keys: string };
      const item = (data as Record<string, unknown>[])[index]!;
      const identity = keys
        .split(',')
        .filter((key) => item[key] !== undefined)
        .map((key) => `${key} ${JSON.stringify(item[key])}`)
        .join(' and ');
      return {
        rule: 'duplicate-item',
        path: [...path, index],
        message: `there are two items with ${identity}; the API server takes one`,
      };
    }
    case 'uniqueItems':
      return {
        rule: 'duplicate-item',
        path: [...path, params['i'] as number],
        message: `${describe((data as unknown[])[params['i'] as number])} is there twice`,
      };
    case 'x-one-of': {
      const fields = (params['fields'] as string).split(',');
      const there = fields.filter(
        (field) =>
          (data as Record<string, unknown>)[field] !== undefined && (data as Record<string, unknown>)[field] !== null,
      );
      return invalid(`expected exactly one of ${fields.join(', ')}; got ${there.join(' and ') || 'none'}`);
    }
    case 'x-enum':
      return invalid(
        `expected one of ${(JSON.parse(params['values'] as string) as unknown[]).filter((value) => value !== null && value !== '').join(', ')}; got ${describe(data)}`,
      );
    case 'const':
      return invalid(`expected ${JSON.stringify(params['allowedValue'])}; got ${describe(data)}`);
    case 'format':
      return invalid(`expected ${expectedFormat(params['format'] as string)}; got ${describe(data)}`);
    case 'pattern':
      return invalid(`expected text that matches ${params['pattern']}; got ${describe(data)}`);
    case 'minimum':
    case 'exclusiveMinimum':
      return invalid(
        `expected a number ${params['comparison'] === '>' ? 'above' : 'of at least'} ${params['limit']}; got ${describe(data)}`,
      );
    case 'maximum':
    case 'exclusiveMaximum':
      return invalid(
        `expected a number ${params['comparison'] === '<' ? 'below' : 'of at most'} ${params['limit']}; got ${describe(data)}`,
      );
    case 'minLength':
      return invalid(
        params['limit'] === 1
          ? 'must not be empty'
          : `expected at least ${params['limit']} characters; got ${String(data).length}`,
      );
    case 'maxLength':
      return invalid(`expected at most ${params['limit']} characters; got ${String(data).length}`);
    case 'minItems':
      return invalid(
        params['limit'] === 1
          ? 'must not be empty'
          : `expected at least ${params['limit']} items; got ${(data as unknown[]).length}`,
      );
    case 'maxItems':
      return invalid(
        params['limit'] === 0
          ? 'must not be set'
          : `expected at most ${params['limit']} items; got ${(data as unknown[]).length}`,
      );
    case 'minProperties':
    case 'maxProperties':
      return invalid(
        `expected ${keyword === 'minProperties' ? 'at least' : 'at most'} ${params['limit']} fields; got ${Object.keys(data as object).length}`,
      );
    case 'propertyNames': {
      const name = params['propertyName'] as string;
      const own = all.find((error) => (error as { propertyName?: string }).propertyName === name);
      const expected = own?.keyword === 'format' ? expectedFormat(own.params['format'] as string) : 'another name';
      return {
        rule: 'invalid-value',
        path: [...path, name],
        at: 'key',
        message: `expected ${expected}; got the name ${describe(name)}`,
      };
    }
    case 'anyOf':
    case 'oneOf':
      return invalid(alternativesOf(instancePath, keyword, all));
    case 'not':
      return invalid('this combination of fields is not allowed');
    default:
      return invalid(`violates "${keyword}"`);
  }
}

/** Alternatives are mostly fields of which one has to be there. */
function alternativesOf(instancePath: string, keyword: 'anyOf' | 'oneOf', all: readonly ErrorObject[]): string {
  const missing = new Set(
    all
      .filter(
        (error) =>
          error.instancePath === instancePath &&
          error.keyword === 'required' &&
          /\/(any|one)Of\//.test(error.schemaPath ?? ''),
      )
      .map(({ params }) => params['missingProperty'] as string),
  );
  if (missing.size === 0) return 'fits none of the forms that are allowed here';
  return `expected ${keyword === 'oneOf' ? 'exactly' : 'at least'} one of ${[...missing].join(', ')}`;
}

/** YAML reads 80, yes and y as what they look like, where they are not quoted. */
function readAs(type: unknown, data: unknown): string {
  const unquoted = typeof data === 'number' || typeof data === 'boolean';
  return unquoted && [type].flat().includes('string') ? '; put it in quotes' : '';
}

const TYPE_NAMES: Record<string, string> = {
  string: 'text',
  boolean: 'true or false',
  integer: 'a whole number',
  number: 'a number',
  object: 'a map of fields',
  array: 'a list',
  null: 'nothing',
};

function typeName(type: string | string[]): string {
  return [type]
    .flat()
    .filter((name) => name !== 'null')
    .map((name) => TYPE_NAMES[name] ?? name)
    .join(' or ');
}

/** @returns a value as a person would name it, on one line and cut to a sensible length. */
function describe(data: unknown): string {
  if (data === null || data === undefined) return 'nothing';
  if (Array.isArray(data)) return 'a list';
  if (typeof data === 'object') return 'a map';
  const text = typeof data === 'number' ? String(data) : JSON.stringify(data);
  return text.length > 80 ? `${text.slice(0, 77)}..."` : text;
}

/** @returns the minors as a person names them: 1.34, or 1.32 to 1.37. */
export function rangeName({ first, last }: Target): string {
  return first === last ? `1.${first}` : `1.${first} to 1.${last}`;
}
