/** Defaults of structural schemas, which an API server fills in before it looks at anything else. */
import { isSchema, type Schema } from './json-schema/subschemas.js';

type Resolve = (name: string) => Schema;

/** @returns the schema itself, where it is a reference to one. */
export function followed(schema: Schema, resolve: Resolve): Schema {
  return typeof schema['$ref'] === 'string' ? resolve(schema['$ref']) : schema;
}

/** null where a field cannot be null is taken for a field that is not set, if it has a default. */
function isReplaced(schema: Schema): boolean {
  return schema['nullable'] !== true && schema['default'] !== undefined;
}

/** @returns a value with its defaults. */
export function withDefaults(value: unknown, own: Schema, resolve: Resolve): unknown {
  const schema = followed(own, resolve);
  if (Array.isArray(value)) {
    const items = schema['items'];
    return isSchema(items) ? value.map((item) => withDefaults(item, items, resolve)) : value;
  }
  if (typeof value !== 'object' || value === null) return value;
  const properties = (schema['properties'] ?? {}) as Record<string, Schema>;
  const rest = schema['additionalProperties'];
  const result: Record<string, unknown> = {};
  for (const [key, item] of Object.entries(value)) {
    const inner = properties[key] ?? (isSchema(rest) ? rest : undefined);
    if (item === null && inner && isReplaced(followed(inner, resolve))) continue;
    result[key] = inner ? withDefaults(item, inner, resolve) : item;
  }
  for (const [key, property] of Object.entries(properties)) {
    const fallback = followed(property, resolve)['default'];
    if (result[key] === undefined && fallback !== undefined) result[key] = withDefaults(fallback, property, resolve);
  }
  return result;
}
