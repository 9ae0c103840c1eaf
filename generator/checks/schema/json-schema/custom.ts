/** Structural schemas of custom resources, in which null is a value like others. */
import { OBJECT_META, identityProperties } from './identity.js';
import { applyFormat, applyPattern, listKeywords, restoreJunctors, takeEnum } from './keywords.js';
import { mapSubschemas, type Schema } from './subschemas.js';

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
