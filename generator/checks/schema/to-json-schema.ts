/**
 * Turns what Kubernetes calls a schema into a JSON schema that accepts what an API server accepts under strict field
 * validation: unknown fields are errors, and in Kubernetes' own types null stands for "not set".
 */
import { formats } from './formats.js';
import { isSchema, mapSubschemas, type Schema } from './subschemas.js';

const INT32 = { minimum: -(2 ** 31), maximum: 2 ** 31 - 1 };
/** Where the definitions of Kubernetes' own types are, for references to them from custom resources. */
export const OBJECT_META = 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta';

/**
 * @param definition of a type of Kubernetes' own, as in schemas/kubernetes/definitions.json
 * @returns its JSON schema; references stay names of definitions
 */
export function builtinSchema(definition: Schema): Schema {
  return openToNull(convertBuiltin(definition));
}

function convertBuiltin(definition: Schema): Schema {
  const { format, ...rest } = definition;
  const schema = mapSubschemas(rest, (inner) => openToNull(convertBuiltin(inner)));
  restoreJunctors(schema, rest);
  closeItems(schema);
  applyFormat(schema, format);
  if (schema['properties'] && !schema['additionalProperties']) schema['x-closed'] = true;
  takeEnum(schema);
  closeRequired(schema);
  if (Array.isArray(schema['x-versions'])) {
    const stored = schema['x-versions'] as { minors: number[]; schema: Schema }[];
    schema['x-versions'] = stored.map(({ minors, schema: own }) => ({
      'x-range': minors,
      ...openToNull(convertBuiltin(own)),
    }));
  }
  return listKeywords(schema);
}

/**
 * @param schema a structural schema, as in schemas/crds
 * @param id apiVersion/Kind, for the schema of a whole object
 */
export function customSchema(schema: Schema, id?: string): Schema {
  const converted = convertCustom(schema);
  if (id === undefined) return openIfNullable(converted, schema);
  const at = id.lastIndexOf('/');
  const properties = {
    ...(converted['properties'] as object | undefined),
    ...identityProperties(id.slice(0, at), id.slice(at + 1)),
  };
  const required = [
    ...new Set([...((converted['required'] as string[] | undefined) ?? []), 'apiVersion', 'kind', 'metadata']),
  ];
  return { ...converted, type: 'object', properties, required, 'x-closed': true };
}

/**
 * @param schema of a file that is no Kubernetes object, as in schemas/registry and schemas/kustomize
 * @returns the same, with maps that name their fields closed, and null for what is not set
 */
export function fileSchema(schema: Schema): Schema {
  const converted = mapSubschemas(schema, fileSchema);
  if (converted['properties'] && converted['additionalProperties'] === undefined) converted['x-closed'] = true;
  if (converted['type'] === 'object' && !converted['properties'] && converted['additionalProperties'] === undefined)
    converted['maxProperties'] ??= 0;
  takeEnum(converted);
  return converted['x-not-null'] ? converted : openToNull(converted);
}

/** @returns what every object's own schema says of apiVersion, kind and metadata. */
export function identityProperties(apiVersion: string, kind: string): Record<string, Schema> {
  return {
    apiVersion: { const: apiVersion },
    kind: { const: kind },
    metadata: { $ref: OBJECT_META, 'x-not-null': true },
  };
}

function convertCustom(original: Schema): Schema {
  const { default: _, nullable: __, format, 'x-kubernetes-validations': ___, ...rest } = original;
  const schema = mapSubschemas(rest, (inner) => openIfNullable(convertCustom(inner), inner));
  restoreJunctors(schema, rest);
  applyFormat(schema, format);
  if (typeof schema['pattern'] === 'string') applyPattern(schema, schema['pattern']);
  if (schema['x-kubernetes-int-or-string']) {
    schema['type'] = ['integer', 'string'];
    delete schema['anyOf'];
  }
  if (schema['x-kubernetes-embedded-resource']) {
    schema['properties'] = {
      apiVersion: { type: 'string' },
      kind: { type: 'string' },
      metadata: { $ref: OBJECT_META },
      ...(schema['properties'] as object | undefined),
    };
    schema['required'] = [...new Set([...((schema['required'] as string[] | undefined) ?? []), 'apiVersion', 'kind'])];
  }
  const preserves = schema['x-kubernetes-preserve-unknown-fields'] === true || schema['x-kubernetes-embedded-resource'];
  if (schema['type'] === 'object' && !preserves && !schema['additionalProperties']) schema['x-closed'] = true;
  takeEnum(schema);
  const properties = (original['properties'] ?? {}) as Record<string, Schema>;
  if (Array.isArray(schema['required'])) {
    // Defaults are filled in before an object is checked.
    schema['required'] = (schema['required'] as string[]).filter((name) => properties[name]?.['default'] === undefined);
  }
  for (const keyword of Object.keys(schema)) {
    if (keyword.startsWith('x-kubernetes-') && !keyword.startsWith('x-kubernetes-list-')) delete schema[keyword];
  }
  return listKeywords(schema);
}

function applyFormat(schema: Schema, format: unknown): void {
  if (format === 'int32') Object.assign(schema, { ...INT32, ...bounds(schema) });
  else if (format === 'int-or-string') Object.assign(schema, { type: ['integer', 'string'], ...INT32 });
  else if (format === 'count-or-percent')
    Object.assign(schema, { type: ['integer', 'string'], minimum: 0, maximum: 2 ** 31 - 1, format });
  else if (format === 'quantity') Object.assign(schema, { type: ['string', 'number'], format });
  // The format is of text only, and a number is a quantity too.
  else if (format === 'positive-quantity') Object.assign(schema, { type: ['string', 'number'], minimum: 0, format });
  // The API server knows no others either, and lets them pass.
  else if (typeof format === 'string' && format in formats) schema['format'] = format;
}

/** Patterns are Go's. What JavaScript cannot say is left to the API server. */
function applyPattern(schema: Schema, pattern: string): void {
  const ignoresCase = /^(\^?)\(\?i\)/.exec(pattern);
  const translated = ignoresCase ? ignoresCase[1] + anyCase(pattern.slice(ignoresCase[0].length)) : pattern;
  try {
    void new RegExp(translated);
    schema['pattern'] = translated;
  } catch {
    delete schema['pattern'];
  }
}

/** @returns a pattern that takes its letters in either case. */
function anyCase(pattern: string): string {
  return pattern.replace(/\\.|\[[^\]]*\]|[a-z]/gi, (part) =>
    part.length === 1 ? `[${part.toLowerCase()}${part.toUpperCase()}]` : part,
  );
}

/** Inside these nothing is structural: they only restrict what is described elsewhere. */
function restoreJunctors(schema: Schema, original: Schema): void {
  for (const junctor of ['anyOf', 'oneOf', 'allOf', 'not']) {
    const inner = original[junctor];
    if (Array.isArray(inner)) schema[junctor] = inner.map((item) => restriction(item as Schema));
    else if (isSchema(inner)) schema[junctor] = restriction(inner);
  }
}

/** null in a list is an empty item, which has no key where the list is a map, and no such value where there is an enum. Server-side apply takes none in a set. */
function closeItems(schema: Schema): void {
  const { items, 'x-kubernetes-list-type': type } = schema;
  if (!isSchema(items)) return;
  const { format } = items;
  if (type === 'map' || type === 'set' || (typeof format === 'string' && formats[format] && !formats[format]('')))
    schema['items'] = { ...items, 'x-not-null': true };
  const values = items['x-enum'] as unknown[] | undefined;
  if (values)
    schema['items'] = {
      ...items,
      'x-not-null': true,
      'x-enum': values.filter((value) => value !== '' && value !== null),
    };
}

function restriction(schema: Schema): Schema {
  const { format, 'x-kubernetes-int-or-string': _, ...rest } = schema;
  if (typeof format === 'string' && format in formats) rest['format'] = format;
  if (typeof rest['pattern'] === 'string') applyPattern(rest, rest['pattern']);
  return mapSubschemas(rest, restriction);
}

function bounds({ minimum, maximum }: Schema): Schema {
  return { ...(minimum === undefined ? {} : { minimum }), ...(maximum === undefined ? {} : { maximum }) };
}

/** A list that is a map is unique by its keys, a list that is a set by its items. */
function listKeywords(schema: Schema): Schema {
  const { 'x-kubernetes-list-type': type, 'x-kubernetes-list-map-keys': keys, ...rest } = schema;
  if (type === 'map') return { ...rest, 'x-unique-by': keys };
  if (type === 'set') return { ...rest, uniqueItems: true };
  return rest;
}

/** null is taken for "not set", wherever something may be unset. */
function openToNull(schema: Schema): Schema {
  const { type } = schema;
  const values = schema['x-enum'] as unknown[] | undefined;
  if (type === undefined && !values) return schema;
  return {
    ...schema,
    ...(Array.isArray(type) ? { type: [...(type as string[]), 'null'] } : type === undefined ? {} : { nullable: true }),
    // Empty text is "not set" too, and takes the default.
    ...(values ? { 'x-enum': [...new Set([...values, ...(schema['x-no-empty'] ? [] : ['']), null])] } : {}),
  };
}

/** In a custom resource null is a value like others: only where the schema says so, or a default replaces it. */
function openIfNullable(schema: Schema, original: Schema): Schema {
  if (original['nullable'] !== true && original['default'] === undefined) return schema;
  const { type, 'x-enum': values } = schema as { type?: string | string[]; 'x-enum'?: unknown[] };
  return {
    ...schema,
    ...(Array.isArray(type) ? { type: [...type, 'null'] } : type === undefined ? {} : { nullable: true }),
    ...(values ? { 'x-enum': [...values, null] } : {}),
  };
}

function takeEnum(schema: Schema): void {
  const { enum: values } = schema;
  if (!Array.isArray(values) || !values.every((value) => ['string', 'number', 'boolean'].includes(typeof value)))
    return;
  schema['x-enum'] = values;
  delete schema['enum'];
}

/** A field that has to be there cannot be null either, unless its schema says so. */
function closeRequired(schema: Schema): void {
  const properties = schema['properties'] as Record<string, Schema> | undefined;
  for (const name of (schema['required'] as string[] | undefined) ?? []) {
    const property = properties?.[name];
    if (!property) continue;
    const values = property['x-enum'] as unknown[] | undefined;
    properties[name] = {
      ...property,
      'x-not-null': true,
      ...(values ? { 'x-enum': values.filter((value) => value !== '' && value !== null) } : {}),
    };
  }
}
