/** How kustomize 5 merges lists: schemas/kustomize/merge-keys.json. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { moduleFolder } from './go-modules.js';
import { type JsonObject, sha256, writeDefinitions } from './json.js';
import { kindsOf } from './openapi.js';

/** The version whose OpenAPI every kustomize 5 release has built in (kyaml/openapi/kubernetesapi). */
const KUSTOMIZE_OPENAPI = 'v1.21.2';

/**
 * What kustomize needs to know to merge: for each field whether it is another object, a list of objects, and the
 * keys by which that list's items are matched. Fields that hold plain values are left out.
 */
export function refreshMergeKeys(): void {
  const text = readFileSync(
    join(moduleFolder(`k8s.io/kubernetes@${KUSTOMIZE_OPENAPI}`), 'api/openapi-spec/swagger.json'),
    'utf8',
  );
  const raw = (JSON.parse(text) as { definitions: Record<string, JsonObject> }).definitions;
  const refName = (schema: JsonObject | undefined): string | undefined =>
    (schema?.['$ref'] as string | undefined)?.replace('#/definitions/', '');
  const facts: JsonObject = {};
  for (const [name, definition] of Object.entries(raw)) {
    const fields: JsonObject = {};
    for (const [field, schema] of Object.entries((definition['properties'] ?? {}) as Record<string, JsonObject>)) {
      const items = refName(schema['items'] as JsonObject | undefined);
      const mergeKey = schema['x-kubernetes-patch-merge-key'];
      const mapKeys = schema['x-kubernetes-list-map-keys'];
      const object = refName(schema);
      if (object) fields[field] = { type: object };
      else if (mergeKey) fields[field] = { ...(items ? { type: items } : {}), keys: mapKeys ?? [mergeKey] };
    }
    if (Object.keys(fields).length > 0) facts[name] = fields;
  }
  const kinds = kindsOf(raw);
  const kept = reach(facts, Object.values(kinds));
  // A type none of whose fields leads to a keyed list merges by plain recursion: no fact needed.
  const keyed = new Set<string>();
  for (let grew = true; grew;) {
    grew = false;
    for (const [name, fields] of Object.entries(facts)) {
      if (keyed.has(name)) continue;
      const hit = Object.values(fields as JsonObject).some(
        (field) => (field as JsonObject)['keys'] || keyed.has((field as JsonObject)['type'] as string),
      );
      if (hit) {
        keyed.add(name);
        grew = true;
      }
    }
  }
  const definitions: JsonObject = {};
  for (const name of kept) {
    if (!keyed.has(name)) continue;
    definitions[name] = Object.fromEntries(
      Object.entries(facts[name] as JsonObject)
        .filter(([, field]) => (field as JsonObject)['keys'] || keyed.has((field as JsonObject)['type'] as string))
        .map(([field, fact]) => {
          const { type, keys } = fact as { type?: string; keys?: string[] };
          return [field, { ...(type && keyed.has(type) ? { type } : {}), ...(keys ? { keys } : {}) }];
        }),
    );
  }
  const head = {
    source: `k8s.io/kubernetes ${KUSTOMIZE_OPENAPI} api/openapi-spec/swagger.json`,
    sha256: sha256(text),
    kinds: Object.fromEntries(Object.entries(kinds).filter(([, name]) => keyed.has(name))),
  };
  writeDefinitions('kustomize/merge-keys.json', head, definitions);
}

/** Names of the types that `names` reach by their fields, themselves included. */
function reach(facts: JsonObject, names: string[]): Set<string> {
  const reached = new Set<string>();
  const visit = (name: string): void => {
    if (reached.has(name)) return;
    reached.add(name);
    for (const field of Object.values((facts[name] ?? {}) as Record<string, JsonObject>))
      visit((field['type'] as string | undefined) ?? '');
  };
  names.forEach(visit);
  return reached;
}
