import { mapSubschemas, type Schema } from '../../generator/checks/schema/json-schema/subschemas.js';

/** What CEL rules need of a schema: the rules, and the types, defaults and names of what they look at. */
export interface CelSchemas {
  kinds: Record<string, Schema>;
  definitions: Record<string, Schema>;
}

const CEL_KEYWORDS = [
  '$ref',
  'type',
  'properties',
  'items',
  'additionalProperties',
  'default',
  'nullable',
  'x-kubernetes-validations',
  'x-kubernetes-list-type',
  'x-kubernetes-list-map-keys',
];

/** @param own all schemas of a module @param ids those of kinds @returns what of them CEL rules need, where there are any */
export function celSchemas(own: Record<string, Schema>, ids: string[]): CelSchemas {
  const reduce = (schema: Schema): Schema =>
    mapSubschemas(
      Object.fromEntries(CEL_KEYWORDS.flatMap((keyword) => (keyword in schema ? [[keyword, schema[keyword]]] : []))),
      reduce,
    );
  const result: CelSchemas = { kinds: {}, definitions: {} };
  const uses = (schema: Schema, seen = new Set<string>()): boolean => {
    if (schema['x-kubernetes-validations']) return true;
    const name = schema['$ref'] as string | undefined;
    let found = name !== undefined && !seen.has(name) && uses(own[name]!, seen.add(name));
    mapSubschemas(schema, (inner) => ((found ||= uses(inner, seen)), inner));
    return found;
  };
  const add = (name: string): void => {
    if (result.definitions[name]) return;
    result.definitions[name] = reduce(own[name]!);
    references(result.definitions[name]).forEach(add);
  };
  for (const id of ids) {
    if (!uses(own[id]!)) continue;
    result.kinds[id] = reduce(own[id]!);
    references(result.kinds[id]).forEach(add);
  }
  return result;
}

/** @returns the names of the definitions that a schema refers to */
export function references(schema: Schema): string[] {
  return [...JSON.stringify(schema).matchAll(/"\$ref":"([^"]+)"/g)].map(([, name]) => name!);
}
