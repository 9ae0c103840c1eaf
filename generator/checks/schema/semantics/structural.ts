/**
 * What a schema of a CustomResourceDefinition must be, so that an API server can tell each field's type from it alone.
 *
 * @see https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#specifying-a-structural-schema
 */
import { isDeepStrictEqual } from 'node:util';
import type { Path } from '../../finding.js';
import type { Fields, Report } from './index.js';

const TYPES = ['array', 'boolean', 'integer', 'number', 'object', 'string'];
const UNSUPPORTED = ['$ref', 'id', 'additionalItems', 'patternProperties', 'definitions', 'dependencies'];
const MAY_BE_EMPTY = new Set(['id', 'patternProperties', 'definitions']);
/** What says of a field what it is: only outside of allOf, anyOf, oneOf and not. */
const DESCRIBING = [
  'default',
  'title',
  'description',
  'nullable',
  'additionalProperties',
  'x-kubernetes-preserve-unknown-fields',
  'x-kubernetes-embedded-resource',
  'x-kubernetes-int-or-string',
  'x-kubernetes-list-map-keys',
  'x-kubernetes-list-type',
  'x-kubernetes-map-type',
];
/** What a text or a whole number is allowed to say in the place of a type. */
const INT_OR_STRING = '[{"type":"integer"},{"type":"string"}]';

/** Checks the schema of a whole object. */
export function checkStructural(schema: Fields, path: Path, report: Report): void {
  if (schema['type'] && schema['type'] !== 'object')
    report([...path, 'type'], `the whole is an object; got ${JSON.stringify(schema['type'])}`);
  if (schema['additionalProperties'] !== undefined)
    report([...path, 'additionalProperties'], 'belongs to fields, not to the whole');
  const { metadata } = (schema['properties'] ?? {}) as Fields;
  const more = Object.keys(metadata?.properties ?? {}).filter((name) => name !== 'name' && name !== 'generateName');
  if (more.length > 0)
    report(
      [...path, 'properties', 'metadata', 'properties', more[0]!],
      'of metadata only name and generateName can be restricted',
    );
  for (const name of ['apiVersion', 'kind']) {
    const type = schema['properties']?.[name]?.type as unknown;
    if (type !== undefined && type !== 'string') report([...path, 'properties', name, 'type'], 'must be string');
  }
  walk(schema, path, report);
}

function walk(schema: Fields, path: Path, report: Report): void {
  checkKeywords(schema, path, report);
  checkType(schema, path, report);
  checkList(schema, path, report);
  checkDefault(schema, path, report);
  for (const [name, property] of Object.entries(mapOf(schema['properties'])))
    walk(property, [...path, 'properties', name], report);
  const { additionalProperties, items } = schema;
  if (isSchema(additionalProperties)) walk(additionalProperties, [...path, 'additionalProperties'], report);
  if (isSchema(items)) walk(items, [...path, 'items'], report);
  for (const [inner, at] of nestedIn(schema, path)) checkNested(inner, at, report);
}

function isSchema(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isEmpty(value: unknown): boolean {
  return value === '' || (isSchema(value) && Object.keys(value).length === 0);
}

/*
 * items may be a list, and additionalProperties a boolean, so no schema looks at the shape of what is in them, nor does
 * the API server where it merges: what is of another shape is none here.
 */

function mapOf(value: unknown): Record<string, Fields> {
  return isSchema(value)
    ? Object.fromEntries(Object.entries(value).filter((entry): entry is [string, Fields] => isSchema(entry[1])))
    : {};
}

function listOf<T>(value: unknown): T[] {
  return Array.isArray(value) ? (value as T[]).filter((item) => item !== null) : [];
}

function checkKeywords(schema: Fields, path: Path, report: Report): void {
  for (const keyword of UNSUPPORTED)
    if (schema[keyword] !== undefined && !(MAY_BE_EMPTY.has(keyword) && isEmpty(schema[keyword])))
      report([...path, keyword], 'is not supported');
  if (schema['uniqueItems'] === true)
    report([...path, 'uniqueItems'], 'is not supported; x-kubernetes-list-type: set has the same effect');
  if (schema['x-kubernetes-preserve-unknown-fields'] === false)
    report([...path, 'x-kubernetes-preserve-unknown-fields'], 'must be true, or not set');
  if (
    Object.keys(mapOf(schema['properties'])).length > 0 &&
    schema['additionalProperties'] !== undefined &&
    schema['additionalProperties'] !== true
  )
    report([...path, 'additionalProperties'], 'excludes properties');
  if (Array.isArray(schema['items'])) report([...path, 'items'], 'must be one schema, not a list of them');
  checkPattern(schema, path, report);
  for (const [index, { rule, message }] of listOf<Fields>(schema['x-kubernetes-validations']).entries()) {
    const at = [...path, 'x-kubernetes-validations', index];
    if (String(rule ?? '').trim() === '') report([...at, 'rule'], 'must not be empty');
    else if (/[\r\n]/.test(String(message ?? '').trim())) report([...at, 'message'], 'must be one line');
    else if (/[\r\n]/.test(String(rule).trim()) && !String(message ?? '').trim())
      report([...at, 'message'], 'must be set, as the rule has several lines', 'missing-field');
  }
}

/** Go's patterns know no look-around and no references back. What else JavaScript finds wrong may be right in Go. */
function checkPattern({ pattern }: Fields, path: Path, report: Report): void {
  if (typeof pattern !== 'string') return;
  const bare = pattern.replace(/\\[^1-9]/g, '').replace(/\[\^?\]?[^\]]*\]/g, '');
  if (/\(\?(<?[=!])|\\[1-9]/.test(bare))
    report(
      [...path, 'pattern'],
      `expected a pattern without look-around and references, which Go has not; got ${JSON.stringify(pattern)}`,
    );
  else if (!pattern.includes('\\Q') && (bare.match(/\(/g) ?? []).length !== (bare.match(/\)/g) ?? []).length)
    report([...path, 'pattern'], `a parenthesis has no other; got ${JSON.stringify(pattern)}`);
}

function checkType(schema: Fields, path: Path, report: Report): void {
  const { type, items } = schema;
  const isEmbedded = schema['x-kubernetes-embedded-resource'] === true;
  if (type && !TYPES.includes(type))
    report([...path, 'type'], `expected one of ${TYPES.join(', ')}; got ${JSON.stringify(type)}`);
  else if (isEmbedded && type !== 'object')
    report([...path, 'type'], 'must be object for x-kubernetes-embedded-resource');
  else if (!type && !schema['x-kubernetes-int-or-string'] && !schema['x-kubernetes-preserve-unknown-fields'])
    report(path, '"type" is missing', 'missing-field');
  if (type === 'array' && items === undefined) report(path, '"items" is missing', 'missing-field');
  if (
    isEmbedded &&
    !schema['x-kubernetes-preserve-unknown-fields'] &&
    Object.keys(mapOf(schema['properties'])).length === 0
  )
    report([...path, 'properties'], 'must be set for x-kubernetes-embedded-resource', 'missing-field');
  const map = schema['x-kubernetes-map-type'] as string | undefined;
  if (map !== undefined && type !== 'object') report([...path, 'x-kubernetes-map-type'], 'belongs to the type object');
  if (map !== undefined && !['atomic', 'granular'].includes(map))
    report([...path, 'x-kubernetes-map-type'], `expected atomic or granular; got ${JSON.stringify(map)}`);
}

function checkList(schema: Fields, path: Path, report: Report): void {
  const list = schema['x-kubernetes-list-type'] as string | undefined;
  const keys = listOf<string>(schema['x-kubernetes-list-map-keys']);
  const items = isSchema(schema['items']) ? schema['items'] : {};
  const [at, atKeys] = [
    [...path, 'x-kubernetes-list-type'],
    [...path, 'x-kubernetes-list-map-keys'],
  ];
  if (keys.length > 0 && list !== 'map') report(at, 'must be map where there are x-kubernetes-list-map-keys');
  if (list === undefined) return;
  if (schema['type'] !== 'array') report(at, 'belongs to the type array');
  if (!['atomic', 'set', 'map'].includes(list)) report(at, `expected atomic, set or map; got ${JSON.stringify(list)}`);
  if (list !== 'atomic' && items['nullable'] === true)
    report([...path, 'items', 'nullable'], `must be false in a ${list}`);
  if (list === 'set' && items['type'] === 'object' && items['x-kubernetes-map-type'] !== 'atomic')
    report([...path, 'items', 'x-kubernetes-map-type'], 'must be atomic in a set');
  if (list === 'set' && items['type'] === 'array' && (items['x-kubernetes-list-type'] ?? 'atomic') !== 'atomic')
    report([...path, 'items', 'x-kubernetes-list-type'], 'must be atomic in a set');
  if (list !== 'map') return;
  if (keys.length === 0) report(atKeys, 'must be set for a map', 'missing-field');
  if (items['type'] !== 'object') return report([...path, 'items', 'type'], 'must be object in a map');
  for (const [index, key] of keys.entries()) {
    const property = items['properties']?.[key] as Fields | undefined;
    if (keys.indexOf(key) < index) report([...atKeys, index], `${key} is there twice`, 'duplicate-item');
    if (!property) report([...atKeys, index], `the items have no field ${key}`);
    else if (property['type'] === 'array' || property['type'] === 'object')
      report([...atKeys, index], `expected a field with one value; ${key} is of the type ${property['type']}`);
    else if (property['nullable'] === true)
      report([...path, 'items', 'properties', key, 'nullable'], 'must be false for a key');
    else if (property['default'] === undefined && !listOf<string>(items['required']).includes(key))
      report([...atKeys, index], `${key} must be required, or have a default`);
  }
}

const OF_TYPE: Record<string, (value: unknown) => boolean> = {
  array: Array.isArray,
  boolean: (value) => typeof value === 'boolean',
  integer: Number.isInteger,
  number: (value) => typeof value === 'number',
  object: isSchema,
  string: (value) => typeof value === 'string',
};

function checkDefault(schema: Fields, path: Path, report: Report): void {
  const value = schema['default'] as unknown;
  const isRight = OF_TYPE[schema['type'] as string];
  const values = listOf<unknown>(schema['enum']);
  if (value !== undefined && values.length > 0 && !values.some((other) => isDeepStrictEqual(other, value)))
    report(
      [...path, 'default'],
      `expected one of ${values.map((other) => JSON.stringify(other)).join(', ')}, as enum says; got ${JSON.stringify(value)}`,
    );
  else if (value !== undefined && isRight && !isRight(value))
    report([...path, 'default'], `expected a value of the type ${schema['type']}; got ${JSON.stringify(value)}`);
}

function nestedIn(schema: Fields, path: Path): [inner: Fields, path: Path][] {
  const lists = ['allOf', 'anyOf', 'oneOf'].flatMap((junctor) => {
    const list = listOf<Fields>(schema[junctor]);
    // The one type that is said in an anyOf.
    if (junctor === 'anyOf' && JSON.stringify(list) === INT_OR_STRING) return [];
    return list.map((inner, index): [Fields, Path] => [inner, [...path, junctor, index]]);
  });
  return isSchema(schema['not']) ? [...lists, [schema['not'], [...path, 'not']]] : lists;
}

/** Alternatives only restrict what is described beside them. */
function checkNested(schema: Fields, path: Path, report: Report): void {
  if (schema['type']) report([...path, 'type'], 'belongs beside the alternatives, not in one of them');
  for (const keyword of DESCRIBING)
    if (schema[keyword] !== undefined && schema[keyword] !== false && schema[keyword] !== '')
      report([...path, keyword], 'belongs beside the alternatives, not in one of them');
  checkPattern(schema, path, report);
  for (const [name, property] of Object.entries(mapOf(schema['properties'])))
    checkNested(property, [...path, 'properties', name], report);
  if (isSchema(schema['items'])) checkNested(schema['items'], [...path, 'items'], report);
  for (const [inner, at] of nestedIn(schema, path)) checkNested(inner, at, report);
}
