/**
 * What a schema of a CustomResourceDefinition must be, so that an API server can tell each field's type from it alone.
 *
 * @see https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#specifying-a-structural-schema
 */
import type { Path } from '../../../finding.js';
import type { Fields, Report } from '../report.js';
import { checkDefault } from './defaults.js';
import { checkList } from './lists.js';
import { checkPattern } from './patterns.js';
import { isEmpty, isSchema, listOf, mapOf } from './schema-shape.js';

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
