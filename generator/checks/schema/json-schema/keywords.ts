/** Keywords that are turned into JSON schema in the same way, wherever they are. */
import { formats } from '../formats/index.js';
import { isSchema, mapSubschemas, type Schema } from './subschemas.js';

const INT32 = { minimum: -(2 ** 31), maximum: 2 ** 31 - 1 };

/** Sets what a format of Kubernetes means: a type, bounds, or a format of ours. */
export function applyFormat(schema: Schema, format: unknown): void {
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

function bounds({ minimum, maximum }: Schema): Schema {
  return { ...(minimum === undefined ? {} : { minimum }), ...(maximum === undefined ? {} : { maximum }) };
}

/** Patterns are Go's. What JavaScript cannot say is left to the API server. */
export function applyPattern(schema: Schema, pattern: string): void {
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
export function restoreJunctors(schema: Schema, original: Schema): void {
  for (const junctor of ['anyOf', 'oneOf', 'allOf', 'not']) {
    const inner = original[junctor];
    if (Array.isArray(inner)) schema[junctor] = inner.map((item) => restriction(item as Schema));
    else if (isSchema(inner)) schema[junctor] = restriction(inner);
  }
}

function restriction(schema: Schema): Schema {
  const { format, 'x-kubernetes-int-or-string': _, ...rest } = schema;
  if (typeof format === 'string' && format in formats) rest['format'] = format;
  if (typeof rest['pattern'] === 'string') applyPattern(rest, rest['pattern']);
  return mapSubschemas(rest, restriction);
}

/** A list that is a map is unique by its keys, a list that is a set by its items. */
export function listKeywords(schema: Schema): Schema {
  const { 'x-kubernetes-list-type': type, 'x-kubernetes-list-map-keys': keys, ...rest } = schema;
  if (type === 'map') return { ...rest, 'x-unique-by': keys };
  if (type === 'set') return { ...rest, uniqueItems: true };
  return rest;
}

/** null is taken for "not set", wherever something may be unset. */
export function openToNull(schema: Schema): Schema {
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

/** Turns an enum of plain values into one that is compiled into the validator's code. */
export function takeEnum(schema: Schema): void {
  const { enum: values } = schema;
  if (!Array.isArray(values) || !values.every((value) => ['string', 'number', 'boolean'].includes(typeof value)))
    return;
  schema['x-enum'] = values;
  delete schema['enum'];
}
