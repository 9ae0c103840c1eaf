/** Schemas of Kubernetes' own types, in which null is "not set". */
import { formats } from '../formats/index.js';
import { applyFormat, listKeywords, openToNull, restoreJunctors, takeEnum } from './keywords.js';
import { isSchema, mapSubschemas, type Schema } from './subschemas.js';

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
