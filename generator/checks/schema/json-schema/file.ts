/** Schemas of files that are no Kubernetes objects. */
import { openToNull, takeEnum } from './keywords.js';
import { mapSubschemas, type Schema } from './subschemas.js';

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
