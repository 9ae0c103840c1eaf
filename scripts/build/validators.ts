/** Precompiles the validators: registry.yaml's, and one for every kind that schemas/ knows, in groups that load apart. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type AnySchema, Ajv, _ } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import standalone from 'ajv/dist/standalone/index.js';
import fastGlob from 'fast-glob';
import { parse } from 'yaml';
import { addKeywords } from '../../generator/checks/schema/keywords.js';
import { formats } from '../../generator/checks/schema/formats/index.js';
import {
  builtinSchema,
  customSchema,
  fileSchema,
  identityProperties,
  OBJECT_META,
} from '../../generator/checks/schema/json-schema/index.js';
import { isSchema, mapSubschemas, type Schema } from '../../generator/checks/schema/json-schema/subschemas.js';

const root = join(import.meta.dirname, '../..');
const readText = (path: string): string => readFileSync(join(root, path), 'utf8');
const readJson = <T>(path: string): T => JSON.parse(readText(path)) as T;
const standaloneCode = (standalone as unknown as { default: typeof standalone }).default;

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

/** What CEL rules need of a schema: the rules, and the types, defaults and names of what they look at. */
interface CelSchemas {
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

function celSchemas(own: Record<string, Schema>, ids: string[]): CelSchemas {
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

function references(schema: Schema): string[] {
  return [...JSON.stringify(schema).matchAll(/"\$ref":"([^"]+)"/g)].map(([, name]) => name!);
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

/** Definitions as JSON schemas, with what the API server's Go code asks beyond them. */
function convertDefinitions(stored: Record<string, Schema>): Record<string, Schema> {
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

function compileGroup(kinds: Record<string, Schema>, definitions: Record<string, Schema>, cel: CelSchemas): string {
  const ajv = new Ajv({
    allErrors: true,
    strict: false,
    inlineRefs: false,
    passContext: true,
    // Said by checks/schema/errors/messages.ts, from keyword and parameters.
    messages: false,
    unicodeRegExp: false,
    formats,
    code: { source: true, esm: true, lines: false, formats: _`formats` },
  });
  addKeywords(ajv);
  const local = (schema: unknown): unknown => {
    if (Array.isArray(schema)) return schema.map(local);
    if (typeof schema !== 'object' || schema === null) return schema;
    return Object.fromEntries(
      Object.entries(schema).map(([key, value]) => [
        key,
        key === '$ref' && typeof value === 'string' ? `shared#/definitions/${value}` : local(value),
      ]),
    );
  };
  ajv.addSchema({ $id: 'shared', definitions: local(definitions) as Record<string, AnySchema> });
  const exports: Record<string, string> = {};
  const ids = Object.keys(kinds);
  for (const [index, id] of ids.entries()) {
    ajv.addSchema({ $id: `kind${index}`, ...(local(kinds[id]) as object) });
    exports[`check_${index}`] = `kind${index}`;
  }
  // Where in the schema an error comes from tells alternatives from the rest; else it is of no use, and much code.
  const code = shorten(
    withImports(standaloneCode(ajv, exports)).replace(/,schemaPath:"((?:[^"\\]|\\.)*)"/g, (whole, path: string) =>
      /\/(any|one)Of\//.test(path) ? whole : '',
    ),
  );
  return [
    `import { formats } from '../checks/schema/formats/index.js';`,
    `import { countSet, duplicateItem, failed } from '../checks/schema/runtime.js';`,
    code,
    `export const cel = ${JSON.stringify(cel)};`,
    `export const validators = {${ids.map((id, index) => `${JSON.stringify(id)}: check_${index}`).join(', ')}};`,
    '',
  ].join('\n');
}

/**
 * ajv writes out at each place how an error is added to the list, and hands down more of the surroundings than anything
 * here asks for: half of the code, which is read at every start. Here each place calls a function, and hands down the
 * path alone.
 */
function shorten(code: string): string {
  const shortened = code
    .replace(
      /if\(vErrors === null\)\{\s*vErrors = \[(err\d+)\];\s*\}\s*else \{\s*vErrors\.push\(\1\);\s*\}/g,
      'vErrors = failed(vErrors, $1);',
    )
    .replace(/\{instancePath="", parentData, parentDataProperty, rootData=data\}=\{\}/g, 'instancePath=""')
    .replace(/\{instancePath:([^{}]+?),parentData:[^{}]+?,parentDataProperty:[^{}]+?,rootData\}/g, '$1')
    .replace(/\{instancePath,parentData,parentDataProperty,rootData\}/g, 'instancePath');
  for (const left of ['parentDataProperty', 'rootData', 'vErrors.push'])
    if (shortened.includes(left)) throw new Error(`ajv writes code in a form not known here: ${left}`);
  return shortened;
}

/** ajv writes modules that still call require for its own runtime; here they import it. */
function withImports(code: string): string {
  const imports = new Map<string, string>();
  const body = code.replace(/require\("([^"]+)"\)\.default/g, (_, path: string) => {
    if (!imports.has(path)) imports.set(path, `runtime${imports.size}`);
    return `(${imports.get(path)}.default ?? ${imports.get(path)})`;
  });
  if (body.includes('require(')) throw new Error('ajv calls require in a form not known here');
  return [...imports].map(([path, name]) => `import ${name} from '${path}.js';\n`).join('') + body;
}
