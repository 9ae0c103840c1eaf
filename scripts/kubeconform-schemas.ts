/** Schemas in the form that kubeconform reads, from those that are stored here: for comparing with it. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fastGlob from 'fast-glob';
import { isObject, type Json, type JsonObject, root } from './schemas/json.js';
import { releaseAt } from './schemas/kubernetes.js';

/**
 * Writes a stand-alone strict schema for each kind that the overlays have, as kubeconform's own registry has them.
 *
 * @param minor of Kubernetes 1
 * @returns the value of its option -schema-location
 */
export function writeKubeconformSchemas(folder: string, minor: number): string {
  mkdirSync(folder, { recursive: true });
  const stored = JSON.parse(readFileSync(join(root, 'schemas/kubernetes/definitions.json'), 'utf8')) as Parameters<
    typeof releaseAt
  >[0];
  const { kinds, definitions } = releaseAt(stored, minor);
  const write = (id: string, schema: Json): void => {
    const [kind, version, group] = id.split('/').reverse();
    writeFileSync(
      join(folder, `${kind!.toLowerCase()}-${group ? `${group.split('.')[0]}-` : ''}${version}.json`),
      JSON.stringify(schema),
    );
  };
  const emitted = new Set(JSON.parse(readFileSync(join(root, 'schemas/emitted-kinds.json'), 'utf8')) as string[]);
  for (const [id, { definition }] of Object.entries(kinds))
    if (emitted.has(id)) write(id, standalone(definitions[definition]!, definitions));
  for (const path of fastGlob.sync('schemas/crds/*.json', { cwd: root })) {
    const { kinds: custom, definitions: own } = JSON.parse(readFileSync(join(root, path), 'utf8')) as {
      kinds: JsonObject;
      definitions: Record<string, JsonObject>;
    };
    for (const id of Object.keys(custom))
      if (emitted.has(id))
        write(
          id,
          standalone(
            {
              ...own[id]!,
              properties: { apiVersion: {}, kind: {}, metadata: {}, ...(own[id]!['properties'] as JsonObject) },
            },
            own,
          ),
        );
  }
  return join(folder, '{{ .ResourceKind }}{{ .KindSuffix }}.json');
}

function standalone(schema: JsonObject, definitions: Record<string, JsonObject>): JsonObject {
  if (typeof schema['$ref'] === 'string') return standalone(definitions[schema['$ref']]!, definitions);
  const result: JsonObject = {};
  for (const [key, value] of Object.entries(schema)) {
    if (key === 'format' && (value === 'quantity' || value === 'int-or-string')) result['type'] = ['string', 'number'];
    else if (key === 'properties')
      result[key] = Object.fromEntries(
        Object.entries(value as JsonObject).map(([name, inner]) => [
          name,
          standalone(inner as JsonObject, definitions),
        ]),
      );
    else if (isObject(value) && (key === 'items' || key === 'additionalProperties'))
      result[key] = standalone(value, definitions);
    else if (!key.startsWith('x-')) result[key] = value;
  }
  if (result['properties'] && !result['additionalProperties']) result['additionalProperties'] = false;
  return result;
}
