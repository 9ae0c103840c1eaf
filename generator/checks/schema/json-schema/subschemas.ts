/** A JSON schema, or what Kubernetes makes of one. */
export type Schema = { [keyword: string]: unknown };

/** Keywords whose value is a schema or a list of them. */
const NESTED = ['items', 'additionalProperties', 'not', 'anyOf', 'oneOf', 'allOf'];

/** @returns the schema, with each schema directly below it replaced by what `change` makes of it. */
export function mapSubschemas(schema: Schema, change: (schema: Schema, property?: string) => Schema): Schema {
  const changed: Schema = { ...schema };
  if (isSchema(schema['properties'])) {
    changed['properties'] = Object.fromEntries(
      Object.entries(schema['properties'] as Record<string, Schema>).map(([name, property]) => [
        name,
        change(property, name),
      ]),
    );
  }
  for (const keyword of NESTED) {
    const value = schema[keyword];
    if (Array.isArray(value)) changed[keyword] = value.map((item) => change(item as Schema));
    else if (isSchema(value)) changed[keyword] = change(value);
  }
  return changed;
}

export function isSchema(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
