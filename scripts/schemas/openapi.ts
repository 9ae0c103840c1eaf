/**
 * Brings the OpenAPI documents of Kubernetes into one form, whichever way they come: version 2 (swagger.json) or 3
 * (one document a group and version, as a cluster serves them at /openapi/v3).
 */
import { isObject, type Json, type JsonObject } from './json.js';

/** What one Kubernetes minor accepts. */
export interface Release {
  /** apiVersion/Kind -> name of its definition. */
  kinds: Record<string, Kind>;
  definitions: Record<string, JsonObject>;
}

export interface Kind {
  definition: string;
  /** Whether its objects belong to no namespace. */
  cluster?: true;
}

/** Two types that OpenAPI 2 and 3 describe differently. Their formats are functions of ours. */
const SPECIAL: Record<string, JsonObject> = {
  'io.k8s.apimachinery.pkg.api.resource.Quantity': { format: 'quantity' },
  'io.k8s.apimachinery.pkg.util.intstr.IntOrString': { format: 'int-or-string' },
  // Any JSON value: an object of CustomResourceDefinitions and of patches.
  'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSON': {},
  'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaPropsOrArray': {},
  'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaPropsOrBool': {},
  'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaPropsOrStringArray': {},
};

/** Names of definitions that are Kubernetes' own. Of a CRD's the group is the beginning, and some end in k8s.io too. */
const BUILT_IN = /^io\.k8s\.(api|apiextensions-apiserver|kube-aggregator)\./;

/** Keywords that say nothing of what is accepted. Merge keys for kustomize are in schemas/kustomize. */
const DROPPED = new Set([
  'description',
  'example',
  'default',
  'x-kubernetes-patch-merge-key',
  'x-kubernetes-patch-strategy',
  'x-kubernetes-unions',
  'x-kubernetes-group-version-kind',
  'x-kubernetes-map-type',
  'x-kubernetes-selectable-fields',
  'x-kubernetes-action',
]);

/** @returns the release that the documents describe together. @throws where one is no OpenAPI document of Kubernetes */
export function readRelease(documents: Json[]): Release {
  const raw: Record<string, JsonObject> = {};
  for (const document of documents) {
    const schemas = isObject(document)
      ? (document['definitions'] ?? (document['components'] as JsonObject | undefined)?.['schemas'])
      : undefined;
    if (isObject(schemas)) Object.assign(raw, schemas);
  }
  if (Object.keys(raw).length === 0)
    throw new Error('there are no definitions in it: is it an OpenAPI document of Kubernetes?');
  const namespaced = new Set(documents.flatMap(namespacedKinds));
  const kinds = Object.fromEntries(
    Object.entries(kindsOf(raw)).map(([id, definition]): [string, Kind] => [
      id,
      namespaced.has(id) ? { definition } : { definition, cluster: true },
    ]),
  );
  const definitions: Record<string, JsonObject> = {};
  const visit = (name: string): void => {
    if (definitions[name]) return;
    const definition = raw[name];
    if (!definition) throw new Error(`the definition ${name} is referred to, but not there`);
    definitions[name] = SPECIAL[name] ?? (normalize(definition) as JsonObject);
    for (const target of referencesOf(definitions[name])) visit(target);
  };
  for (const { definition } of Object.values(kinds)) visit(definition);
  return { kinds, definitions };
}

/** Kinds a manifest can hold. Lists and the options of requests are left out. */
export function kindsOf(raw: Record<string, JsonObject>): Record<string, string> {
  const kinds: Record<string, string> = {};
  for (const [name, definition] of Object.entries(raw)) {
    const ids = definition['x-kubernetes-group-version-kind'] as Record<string, string>[] | undefined;
    if (!ids || ids.length > 1 || !(definition['properties'] as JsonObject | undefined)?.['metadata']) continue;
    const { group, version, kind } = ids[0]!;
    // A cluster also serves its CRDs here; those have schemas of their own.
    if (kind!.endsWith('List') || kind === 'Status' || !BUILT_IN.test(name)) continue;
    kinds[`${group ? `${group}/` : ''}${version}/${kind}`] = name;
  }
  return Object.fromEntries(Object.entries(kinds).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** @returns the kinds that a document has paths for inside a namespace. */
function namespacedKinds(document: Json): string[] {
  const paths = ((document as JsonObject)['paths'] ?? {}) as Record<string, Record<string, JsonObject>>;
  return Object.entries(paths)
    .filter(([path]) => path.includes('/namespaces/{namespace}/'))
    .flatMap(([, operations]) => Object.values(operations))
    .flatMap((operation) => {
      const id = operation?.['x-kubernetes-group-version-kind'] as Record<string, string> | undefined;
      return id ? [`${id['group'] ? `${id['group']}/` : ''}${id['version']}/${id['kind']}`] : [];
    });
}

function normalize(schema: Json, isPropertyMap = false): Json {
  if (Array.isArray(schema)) return schema.map((item) => normalize(item));
  if (!isObject(schema)) return schema;
  const kept: JsonObject = {};
  for (const [key, value] of Object.entries(schema)) {
    if (!isPropertyMap && DROPPED.has(key)) continue;
    if (!isPropertyMap && key === '$ref')
      kept[key] = (value as string).replace(/^#\/(definitions|components\/schemas)\//, '');
    else kept[key] = normalize(value, !isPropertyMap && key === 'properties');
  }
  // Version 3 wraps a reference to hang a default on it.
  const { allOf, ...others } = kept;
  if (!isPropertyMap && Array.isArray(allOf) && allOf.length === 1 && !('properties' in kept))
    return { ...others, ...(allOf[0] as JsonObject) };
  if (Array.isArray(kept['required'])) kept['required'] = [...(kept['required'] as string[])].sort();
  // The type goes without saying beside a reference, and version 2 says it.
  if (!isPropertyMap && typeof kept['$ref'] === 'string') delete kept['type'];
  return kept;
}

function referencesOf(schema: Json): string[] {
  if (Array.isArray(schema)) return schema.flatMap(referencesOf);
  if (!isObject(schema)) return [];
  const own = typeof schema['$ref'] === 'string' ? [schema['$ref']] : [];
  return [...own, ...Object.values(schema).flatMap(referencesOf)];
}

/** @returns Definition.field of every field whose description calls it deprecated. */
export function deprecatedFields(documents: Json[]): string[] {
  const found = new Set<string>();
  for (const document of documents) {
    const schemas = ((document as JsonObject)['definitions'] ??
      ((document as JsonObject)['components'] as JsonObject)?.['schemas'] ??
      {}) as JsonObject;
    for (const [name, definition] of Object.entries(schemas)) {
      for (const [field, schema] of Object.entries(((definition as JsonObject)['properties'] ?? {}) as JsonObject)) {
        const description = (schema as JsonObject)['description'];
        if (
          typeof description === 'string' &&
          /(^|[.\s])Deprecated[:.]|deprecated alias|is the deprecated/.test(description)
        )
          found.add(`${name}.${field}`);
      }
    }
  }
  return [...found].sort();
}
