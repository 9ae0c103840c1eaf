/** Precompiles the validators: registry.yaml's, and one for every kind that schemas/ knows, in groups that load apart. */
import { _ } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import fastGlob from 'fast-glob';
import { parse } from 'yaml';
import {
  customSchema,
  fileSchema,
  identityProperties,
  OBJECT_META,
} from '../../generator/checks/schema/json-schema/index.js';
import { type Schema } from '../../generator/checks/schema/json-schema/subschemas.js';

import { type CelSchemas, celSchemas, references } from './cel-schemas.js';
import { convertDefinitions } from './definitions.js';
import { compileGroup, standaloneCode, withImports } from './standalone.js';
import { readJson, readText, root } from './stored.js';

/** What is known of a kind before its validator is loaded. */
export interface KindEntry {
  /** The module that has its validator. */
  group: string;
  cluster?: true;
  /** First and last minor that serve it, where that is not all of them. */
  minors?: [number, number];
  deprecated?: string;
}

/** A module of generated code: name -> text. */
type Modules = Record<string, string>;

/** Compiles registry.yaml's schema. Its formats are functions of ours, which the compiled code imports. */
export function compileConfigSchema(): string {
  const schema = withoutProse(readJson<Schema>('schemas/registry.schema.json'));
  const ajv = new Ajv2020({
    allErrors: true,
    verbose: true,
    strictTypes: false,
    formats: Object.fromEntries(formatNames(schema).map((name) => [name, () => true])),
    code: { source: true, esm: true, formats: _`formats` },
  });
  return `import { formats } from '../config/formats.js';\n${withImports(standaloneCode(ajv, ajv.compile(schema)))}`;
}

/** What is for people is not read by the program. */
function withoutProse(schema: Schema): Schema {
  return Object.fromEntries(
    Object.entries(schema)
      .filter(
        ([key, value]) =>
          !(key === 'examples' || ((key === 'description' || key === 'title') && typeof value === 'string')),
      )
      .map(([key, value]) => [
        key,
        typeof value === 'object' && value !== null && !Array.isArray(value) && key !== 'default'
          ? withoutProse(value as Schema)
          : value,
      ]),
  );
}

function formatNames(schema: unknown, names = new Set<string>()): string[] {
  if (schema && typeof schema === 'object') {
    const { format } = schema as Schema;
    if (typeof format === 'string') names.add(format);
    Object.values(schema).forEach((value) => formatNames(value, names));
  }
  return [...names];
}

interface KubernetesFile {
  sources: { minor: number; version: string }[];
  kinds: Record<string, { definition: string; cluster?: true; minors?: [number, number] }>;
  definitions: Record<string, Schema>;
}

interface CrdFile {
  kinds: Record<string, { cluster?: true; deprecated?: string }>;
  definitions: Record<string, Schema>;
}

/** @returns modules for files that are no Kubernetes objects: the registry's config.yml, and kustomization.yaml. */
export function compileFiles(): Modules {
  interface Stored {
    definitions: Record<string, Schema>;
    versions?: Record<string, Schema>;
    root?: Schema;
  }
  const read = (path: string): Stored => parse(readText(path), { merge: true }) as Stored;
  const compile = ({ definitions, versions, root: only }: Stored): string => {
    const strict = Object.fromEntries(Object.entries(definitions).map(([name, schema]) => [name, fileSchema(schema)]));
    return compileGroup(
      Object.fromEntries(
        Object.entries(versions ?? { kustomization: only! }).map(([name, schema]) => [name, fileSchema(schema)]),
      ),
      strict,
      { kinds: {}, definitions: {} },
    );
  };
  return {
    'file-registry.js': compile(read('schemas/registry/config.yaml')),
    'file-kustomization.js': compile(read('schemas/kustomize/kustomization.schema.yaml')),
  };
}

/** @returns a module for each group of kinds, and the table that says which kind is in which. */
export function compileKinds(): Modules {
  const kubernetes = readJson<KubernetesFile>('schemas/kubernetes/definitions.json');
  const emitted = new Set(readJson<string[]>('schemas/emitted-kinds.json'));
  const definitions = convertDefinitions(kubernetes.definitions);
  const table: Record<string, KindEntry> = {};
  const groups: Record<string, Record<string, Schema>> = { core: {}, kubernetes: {} };
  const cel: Record<string, CelSchemas> = {};

  for (const [id, { definition, cluster, minors }] of Object.entries(kubernetes.kinds)) {
    const group = emitted.has(id) ? 'core' : 'kubernetes';
    table[id] = { group, ...(cluster ? { cluster } : {}), ...(minors ? { minors } : {}) };
    groups[group]![id] = objectSchema(definitions[definition]!, id);
  }
  for (const path of fastGlob.sync('schemas/crds/*.json', { cwd: root }).sort()) {
    const { kinds, definitions: own } = readJson<CrdFile>(path);
    const project = path.replace(/^.*\/|\.json$/g, '');
    for (const [id, { cluster, deprecated }] of Object.entries(kinds)) {
      const group = emitted.has(id) ? 'core' : project;
      table[id] = { group, ...(cluster ? { cluster } : {}), ...(deprecated === undefined ? {} : { deprecated }) };
      (groups[group] ??= {})[id] = customSchema(own[id]!, id);
    }
    for (const [name, schema] of Object.entries(own)) if (!kinds[name]) definitions[name] = customSchema(schema);
    cel[project] = celSchemas(own, Object.keys(kinds));
  }
  for (const id of emitted) if (!table[id]) throw new Error(`schemas/ has no definition for ${id}`);
  const modules: Modules = {};
  for (const [group, kinds] of Object.entries(groups))
    modules[`kinds-${group}.js`] = compileGroup(kinds, definitions, cel[group] ?? { kinds: {}, definitions: {} });
  const minors = kubernetes.sources.map(({ minor }) => minor);
  modules['kinds.js'] = [
    `export const minors = ${JSON.stringify(minors)};`,
    `export const kinds = ${JSON.stringify(table)};`,
    `export const groups = {${Object.keys(groups)
      .map((group) => `${JSON.stringify(group)}: () => import('./kinds-${group}.js')`)
      .join(', ')}};`,
    '',
  ].join('\n');
  return modules;
}

/** @returns the definitions that metadata needs, for the user's own CRDs, which are compiled at run time. */
export function compileObjectMeta(): string {
  const { definitions } = readJson<KubernetesFile>('schemas/kubernetes/definitions.json');
  const converted = convertDefinitions(definitions);
  const kept: Record<string, Schema> = {};
  const visit = (name: string): void => {
    if (kept[name]) return;
    kept[name] = converted[name]!;
    references(converted[name]!).forEach(visit);
  };
  visit(OBJECT_META);
  return `export const objectMeta = ${JSON.stringify(kept)};\n`;
}

function objectSchema(definition: Schema, id: string): Schema {
  const at = id.lastIndexOf('/');
  const identity = identityProperties(id.slice(0, at), id.slice(at + 1));
  const required = [
    ...new Set([...((definition['required'] as string[] | undefined) ?? []), 'apiVersion', 'kind', 'metadata']),
  ];
  return {
    ...definition,
    type: 'object',
    properties: { ...(definition['properties'] as object), ...identity },
    required,
  };
}
