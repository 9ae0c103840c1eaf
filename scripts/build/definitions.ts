import { parse } from 'yaml';
import { builtinSchema } from '../../generator/checks/schema/json-schema/index.js';
import { isSchema, mapSubschemas, type Schema } from '../../generator/checks/schema/json-schema/subschemas.js';
import { readText } from './stored.js';

/** Definitions as JSON schemas, with what the API server's Go code asks beyond them. */
export function convertDefinitions(stored: Record<string, Schema>): Record<string, Schema> {
  const constraints = parse(readText('schemas/kubernetes/constraints.yaml')) as Record<string, Schema>;
  const { fields } = parse(readText('schemas/kubernetes/deprecations.yaml')) as { fields: Record<string, string> };
  for (const [path, instead] of Object.entries(fields)) {
    const at = path.lastIndexOf('.');
    const definition = (constraints[path.slice(0, at)] ??= {});
    const properties = (definition['properties'] ??= {}) as Record<string, Schema>;
    properties[path.slice(at + 1)] = { ...properties[path.slice(at + 1)], 'x-deprecated': instead };
  }
  for (const name of Object.keys(constraints))
    if (!stored[name]) throw new Error(`constraints.yaml or deprecations.yaml: there is no definition ${name}`);
  const constrained = Object.fromEntries(
    Object.entries(stored).map(([name, definition]) => [name, constrain(definition, constraints[name], name)]),
  );
  // In a list null is an empty item, and where an item needs fields that is an error.
  const needsFields = (schema: Schema): boolean =>
    ((constrained[String(schema['$ref'])]?.['required'] as string[] | undefined) ?? []).length > 0;
  const close = (schema: Schema): Schema => {
    const closed = mapSubschemas(schema, close);
    const { items } = closed;
    return isSchema(items) && needsFields(items) ? { ...closed, items: { ...items, 'x-not-null': true } } : closed;
  };
  return Object.fromEntries(
    Object.entries(constrained).map(([name, definition]) => [name, builtinSchema(close(definition))]),
  );
}

/** @returns the definition with the constraint's keywords added, field by field; null takes one away, and without its $ref a field is what the constraint says. */
function constrain(definition: Schema, constraint: Schema | undefined, path: string): Schema {
  if (!constraint) return definition;
  const result: Schema = { ...definition };
  for (const [keyword, value] of Object.entries(constraint)) {
    if (value === null) delete result[keyword];
    else if (keyword === 'properties' && constraint['$ref'] !== null) {
      const properties = { ...(definition['properties'] as Record<string, Schema>) };
      for (const [name, own] of Object.entries(value as Record<string, Schema>)) {
        if (!properties[name])
          throw new Error(`constraints.yaml or deprecations.yaml: there is no field ${path}.${name}`);
        properties[name] = constrain(properties[name], own, `${path}.${name}`);
      }
      result['properties'] = properties;
    } else if ((keyword === 'items' || keyword === 'additionalProperties') && typeof definition[keyword] === 'object') {
      result[keyword] = constrain(definition[keyword] as Schema, value as Schema, `${path}.${keyword}`);
    } else result[keyword] = value;
  }
  return result;
}
