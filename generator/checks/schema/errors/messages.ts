/** One message for each keyword of a schema that a value can break. */
import type { ErrorObject } from 'ajv';
import { suggest } from '../../../config/index.js';
import { type Path, valueAt } from '../../finding.js';
import { expectedFormat } from '../formats/index.js';
import type { Target } from '../keywords.js';
import { describe, rangeName, typeName } from './values.js';

export interface SchemaError {
  rule: string;
  path: Path;
  message: string;
  /** Set where not the value is wrong but its name. */
  at?: 'key';
}

/** An error of a validator, with what a message needs to know about it. */
interface Failure {
  instancePath: string;
  keyword: string;
  params: Record<string, any>;
  path: Path;
  /** The value that breaks the keyword. */
  data: unknown;
  target: Target;
  /** All errors of the same object. */
  all: readonly ErrorObject[];
}

const invalid = ({ path }: Failure, message: string): SchemaError => ({ rule: 'invalid-value', path, message });

const MESSAGES: Record<string, (failure: Failure) => SchemaError> = {
  'x-closed': ({ path, params: { field, known } }) => ({
    rule: 'unknown-field',
    path: [...path, field],
    at: 'key',
    message: `unknown field "${field}"; ${suggest(field, known ? known.split(',') : [], 12)}`,
  }),
  required: ({ path, params }) => ({
    rule: 'missing-field',
    path,
    message: `"${params['missingProperty']}" is missing`,
  }),
  'x-not-null': ({ path }) => ({ rule: 'missing-field', path, message: 'must be set; got null' }),
  type: ({ path, params: { type }, data }) => ({
    rule: 'wrong-type',
    path,
    message: `expected ${typeName(type)}; got ${describe(data)}${quotesNeeded(type, data)}`,
  }),
  'x-minors': ({ path, params: { first, last }, target }) => {
    const since = target.first < first ? `Kubernetes 1.${first} brought it` : `Kubernetes 1.${last + 1} dropped it`;
    return {
      rule: 'unserved-field',
      path,
      message: `not every Kubernetes of ${rangeName(target)} has this field: ${since}`,
    };
  },
  'x-deprecated': ({ path, params }) => ({
    rule: 'deprecated-field',
    path,
    message: `is deprecated; instead: ${params['instead']}`,
  }),
  'x-unique-by': ({ path, params: { index, keys }, data }) => {
    const item = (data as Record<string, unknown>[])[index]!;
    const identity = (keys as string)
      .split(',')
      .filter((key) => item[key] !== undefined)
      .map((key) => `${key} ${JSON.stringify(item[key])}`)
      .join(' and ');
    return {
      rule: 'duplicate-item',
      path: [...path, index],
      message: `there are two items with ${identity}; the API server takes one`,
    };
  },
  uniqueItems: ({ path, params: { i }, data }) => ({
    rule: 'duplicate-item',
    path: [...path, i],
    message: `${describe((data as unknown[])[i])} is there twice`,
  }),
  'x-one-of': (failure) => {
    const fields = (failure.params['fields'] as string).split(',');
    const data = failure.data as Record<string, unknown>;
    const there = fields.filter((field) => data[field] !== undefined && data[field] !== null);
    return invalid(failure, `expected exactly one of ${fields.join(', ')}; got ${there.join(' and ') || 'none'}`);
  },
  'x-enum': (failure) => {
    const values = (JSON.parse(failure.params['values']) as unknown[]).filter(
      (value) => value !== null && value !== '',
    );
    return invalid(failure, `expected one of ${values.join(', ')}; got ${describe(failure.data)}`);
  },
  const: (failure) =>
    invalid(failure, `expected ${JSON.stringify(failure.params['allowedValue'])}; got ${describe(failure.data)}`),
  format: (failure) =>
    invalid(failure, `expected ${expectedFormat(failure.params['format'])}; got ${describe(failure.data)}`),
  pattern: (failure) =>
    invalid(failure, `expected text that matches ${failure.params['pattern']}; got ${describe(failure.data)}`),
  minimum: belowMinimum,
  exclusiveMinimum: belowMinimum,
  maximum: aboveMaximum,
  exclusiveMaximum: aboveMaximum,
  minLength: (failure) => tooFew(failure, 'characters', String(failure.data).length),
  maxLength: (failure) => tooMany(failure, 'characters', String(failure.data).length),
  minItems: (failure) => tooFew(failure, 'items', (failure.data as unknown[]).length),
  maxItems: (failure) =>
    failure.params['limit'] === 0
      ? invalid(failure, 'must not be set')
      : tooMany(failure, 'items', (failure.data as unknown[]).length),
  minProperties: (failure) =>
    invalid(failure, `expected at least ${failure.params['limit']} fields; got ${fieldCount(failure)}`),
  maxProperties: (failure) => tooMany(failure, 'fields', fieldCount(failure)),
  propertyNames: ({ path, params, all }) => {
    const name = params['propertyName'] as string;
    const own = all.find((error) => (error as { propertyName?: string }).propertyName === name);
    const expected = own?.keyword === 'format' ? expectedFormat(own.params['format'] as string) : 'another name';
    return {
      rule: 'invalid-value',
      path: [...path, name],
      at: 'key',
      message: `expected ${expected}; got the name ${describe(name)}`,
    };
  },
  anyOf: (failure) => invalid(failure, alternativesOf(failure, 'at least')),
  oneOf: (failure) => invalid(failure, alternativesOf(failure, 'exactly')),
  not: (failure) => invalid(failure, 'this combination of fields is not allowed'),
};

/**
 * @param root the object that the validator was called with
 * @param all its errors
 * @returns the finding of one error
 */
export function messageOf(
  { instancePath, keyword, params }: ErrorObject,
  root: unknown,
  target: Target,
  all: readonly ErrorObject[],
): SchemaError {
  const path = pathOf(instancePath, root);
  const failure: Failure = { instancePath, keyword, params, path, data: valueAt(root, path), target, all };
  return MESSAGES[keyword]?.(failure) ?? invalid(failure, `violates "${keyword}"`);
}

function pathOf(instancePath: string, root: unknown): Path {
  const path: (string | number)[] = [];
  for (const part of instancePath.split('/').slice(1)) {
    const key = part.replaceAll('~1', '/').replaceAll('~0', '~');
    path.push(Array.isArray(valueAt(root, path)) ? Number(key) : key);
  }
  return path;
}

function belowMinimum(failure: Failure): SchemaError {
  const { comparison, limit } = failure.params;
  return invalid(
    failure,
    `expected a number ${comparison === '>' ? 'above' : 'of at least'} ${limit}; got ${describe(failure.data)}`,
  );
}

function aboveMaximum(failure: Failure): SchemaError {
  const { comparison, limit } = failure.params;
  return invalid(
    failure,
    `expected a number ${comparison === '<' ? 'below' : 'of at most'} ${limit}; got ${describe(failure.data)}`,
  );
}

function tooFew(failure: Failure, what: string, count: number): SchemaError {
  const { limit } = failure.params;
  return invalid(failure, limit === 1 ? 'must not be empty' : `expected at least ${limit} ${what}; got ${count}`);
}

function tooMany(failure: Failure, what: string, count: number): SchemaError {
  return invalid(failure, `expected at most ${failure.params['limit']} ${what}; got ${count}`);
}

function fieldCount({ data }: Failure): number {
  return Object.keys(data as object).length;
}

/** Alternatives are mostly fields of which one has to be there. */
function alternativesOf({ instancePath, all }: Failure, howMany: 'at least' | 'exactly'): string {
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
  return `expected ${howMany} one of ${[...missing].join(', ')}`;
}

/** YAML reads 80, yes and y as what they look like, where they are not quoted. */
function quotesNeeded(type: unknown, data: unknown): string {
  const unquoted = typeof data === 'number' || typeof data === 'boolean';
  return unquoted && [type].flat().includes('string') ? '; put it in quotes' : '';
}
