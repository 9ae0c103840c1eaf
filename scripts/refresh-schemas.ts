/**
 * Refreshes the schemas in schemas/ that come from other projects:
 *
 *   npm run refresh-schemas
 *
 * - schemas/kubernetes/vN.json      the official OpenAPI of one Kubernetes version (Go module k8s.io/kubernetes)
 * - schemas/kustomize/merge-keys.json  how kustomize 5 merges lists: it carries the OpenAPI of Kubernetes 1.21.2
 *
 * Descriptions are stripped, definitions are shared, and each file names its source and that source's SHA-256.
 * Needs Go, for its module downloads. schemas/gke/crds.json is kept by hand: GKE publishes no module with its CRDs.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const KUBERNETES = 'v1.37.2';
/** The version whose OpenAPI every kustomize 5 release has built in (kyaml/openapi/kubernetesapi). */
const KUSTOMIZE_OPENAPI = 'v1.21.2';

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
type JsonObject = { [key: string]: Json };
interface Swagger {
  definitions: Record<string, JsonObject>;
}

const root = join(import.meta.dirname, '..');

/** Reads the OpenAPI document of a Kubernetes version out of the Go module proxy. */
function readSwagger(version: string): { swagger: Swagger; sha256: string } {
  const info = execFileSync('go', ['mod', 'download', '-json', `k8s.io/kubernetes@${version}`], {
    cwd: tmpdir(),
    encoding: 'utf8',
  });
  const text = readFileSync(join(JSON.parse(info).Dir, 'api/openapi-spec/swagger.json'), 'utf8');
  return { swagger: JSON.parse(text), sha256: createHash('sha256').update(text).digest('hex') };
}

/** Drops the prose of a schema, but never a property that happens to be called "description". */
function stripProse(schema: Json, isPropertyMap = false): Json {
  if (Array.isArray(schema)) return schema.map((item) => stripProse(item));
  if (schema === null || typeof schema !== 'object') return schema;
  const kept: JsonObject = {};
  for (const [key, value] of Object.entries(schema)) {
    if (!isPropertyMap && (key === 'description' || key === 'example')) continue;
    kept[key] = stripProse(value, !isPropertyMap && (key === 'properties' || key === 'definitions'));
  }
  return kept;
}

/** Names of the definitions that `names` reach, themselves included. */
function closure(definitions: Record<string, Json>, names: Iterable<string>): Set<string> {
  const reached = new Set<string>();
  const visit = (value: Json): void => {
    if (Array.isArray(value)) return value.forEach(visit);
    if (value === null || typeof value !== 'object') return;
    if (typeof value['$ref'] === 'string') reach(value['$ref'].replace('#/definitions/', ''));
    Object.values(value).forEach(visit);
  };
  const reach = (name: string): void => {
    if (reached.has(name)) return;
    reached.add(name);
    visit(definitions[name] ?? null);
  };
  for (const name of names) reach(name);
  return reached;
}

/** Kinds a manifest can hold, as "apiVersion/Kind" -> definition. Lists and option objects are left out. */
function kindsOf(swagger: Swagger): Record<string, string> {
  const kinds: Record<string, string> = {};
  for (const [name, definition] of Object.entries(swagger.definitions)) {
    const gvks = definition['x-kubernetes-group-version-kind'] as JsonObject[] | undefined;
    const properties = definition['properties'] as JsonObject | undefined;
    if (!gvks || !properties?.['metadata'] || gvks.length > 1) continue;
    const { group, version, kind } = gvks[0] as Record<string, string>;
    if (kind!.endsWith('List')) continue;
    kinds[`${group ? `${group}/` : ''}${version}/${kind}`] = name;
  }
  return Object.fromEntries(Object.entries(kinds).sort());
}

function write(path: string, value: Json): void {
  const file = join(root, 'schemas', path);
  mkdirSync(dirname(file), { recursive: true });
  const { definitions, ...head } = value as JsonObject;
  // One definition a line: compact, and a diff between two versions can still be read.
  const lines = Object.entries(definitions as JsonObject)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, definition]) => `${JSON.stringify(name)}:${JSON.stringify(definition)}`);
  writeFileSync(file, `${JSON.stringify(head).slice(0, -1)},"definitions":{\n${lines.join(',\n')}\n}}\n`);
  console.log(`schemas/${path}: ${lines.length} definitions`);
}

function refreshKubernetes(): void {
  const { swagger, sha256 } = readSwagger(KUBERNETES);
  const kinds = kindsOf(swagger);
  const kept = closure(swagger.definitions, Object.values(kinds));
  const definitions: JsonObject = {};
  for (const name of kept) definitions[name] = stripProse(swagger.definitions[name]!);
  const minor = KUBERNETES.split('.').slice(0, 2).join('.');
  write(`kubernetes/${minor}.json`, {
    source: `k8s.io/kubernetes ${KUBERNETES} api/openapi-spec/swagger.json`,
    sha256,
    kinds,
    definitions,
  });
}

/**
 * What kustomize needs to know to merge: for each field whether it is another object, a list of objects, and the
 * keys by which that list's items are matched. Fields that hold plain values are left out.
 */
function refreshMergeKeys(): void {
  const { swagger, sha256 } = readSwagger(KUSTOMIZE_OPENAPI);
  const refName = (schema: JsonObject | undefined): string | undefined =>
    (schema?.['$ref'] as string | undefined)?.replace('#/definitions/', '');
  const facts: JsonObject = {};
  for (const [name, definition] of Object.entries(swagger.definitions)) {
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
  const kinds = kindsOf(swagger);
  const graph = Object.fromEntries(
    Object.entries(facts).map(([name, fields]) => [
      name,
      Object.values(fields as JsonObject).map((field) => ({ $ref: (field as JsonObject)['type'] ?? '' })),
    ]),
  );
  const kept = closure(graph as Record<string, Json>, Object.values(kinds));
  // A type none of whose fields leads to a keyed list merges by plain recursion: no fact needed.
  const keyed = new Set<string>();
  for (let grew = true; grew; ) {
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
  write('kustomize/merge-keys.json', {
    source: `k8s.io/kubernetes ${KUSTOMIZE_OPENAPI} api/openapi-spec/swagger.json`,
    sha256,
    kinds: Object.fromEntries(Object.entries(kinds).filter(([, name]) => keyed.has(name))),
    definitions,
  });
}

refreshKubernetes();
refreshMergeKeys();
