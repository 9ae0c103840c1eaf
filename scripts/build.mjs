// Builds what npm starts: precompiles the validators, then bundles the command line. Runs when the package is installed.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { build } from 'esbuild';
import fastGlob from 'fast-glob';
import { _ } from 'ajv/dist/compile/codegen/index.js';
import Ajv from 'ajv';
import Ajv2020 from 'ajv/dist/2020.js';
import standaloneCode from 'ajv/dist/standalone/index.js';

const root = join(import.meta.dirname, '..');
const generated = join(root, 'generator/generated');
const readJson = (path) => JSON.parse(readFileSync(join(root, path), 'utf8'));

/** Compiles registry.yaml's schema. Its formats are functions of ours, which the compiled code imports. */
function compileConfigSchema() {
  const schema = readJson('schemas/registry.schema.json');
  const ajv = new Ajv2020.default({
    allErrors: true,
    verbose: true,
    strictTypes: false,
    formats: Object.fromEntries(formatNames(schema).map((name) => [name, () => true])),
    code: { source: true, esm: true, formats: _`formats` },
  });
  return `import { formats } from '../config/formats.js';\n${withImports(standaloneCode.default(ajv, ajv.compile(schema)))}`;
}

/** ajv writes modules that still call require for its own runtime; here they import it. */
function withImports(code) {
  const imports = new Map();
  const body = code.replace(/require\("([^"]+)"\)\.default/g, (_, path) => {
    if (!imports.has(path)) imports.set(path, `runtime${imports.size}`);
    return `(${imports.get(path)}.default ?? ${imports.get(path)})`;
  });
  if (body.includes('require(')) throw new Error('ajv calls require in a form not known here');
  return [...imports].map(([path, name]) => `import ${name} from '${path}.js';\n`).join('') + body;
}

function formatNames(schema, names = new Set()) {
  if (schema && typeof schema === 'object') {
    if (typeof schema.format === 'string') names.add(schema.format);
    Object.values(schema).forEach((value) => formatNames(value, names));
  }
  return [...names];
}

/**
 * The official OpenAPI leaves unknown fields open and knows two types that JSON schema doesn't. Here unknown fields
 * become errors, as the API server's strict field validation makes them.
 */
function strict(schema, { kind, apiVersion } = {}) {
  if (Array.isArray(schema)) return schema.map((item) => strict(item));
  if (schema === null || typeof schema !== 'object') return schema;
  const out = {};
  for (const [key, value] of Object.entries(schema)) {
    if (key.startsWith('x-kubernetes-') || key === 'format' || key === 'default') continue;
    out[key] =
      key === 'properties'
        ? Object.fromEntries(Object.entries(value).map(([name, property]) => [name, strict(property)]))
        : strict(value);
  }
  if (schema.format === 'int-or-string') out.type = ['integer', 'string'];
  if (schema.properties && !schema.additionalProperties) out.additionalProperties = false;
  if (kind) {
    out.properties = { ...out.properties, apiVersion: { const: apiVersion }, kind: { const: kind } };
    out.required = [...new Set([...(out.required ?? []), 'apiVersion', 'kind', 'metadata'])];
  }
  return out;
}

/** Quantities may be written as numbers. */
const overrides = { 'io.k8s.apimachinery.pkg.api.resource.Quantity': { type: ['string', 'number'] } };

/** Compiles one validator for each kind that a feature emits, sharing the functions of common definitions. */
function compileKubernetesSchemas() {
  const [latest] = fastGlob.sync('schemas/kubernetes/*.json', { cwd: root }).sort().reverse();
  const sources = [readJson(latest), readJson('schemas/gke/crds.json')];
  const kinds = Object.assign({}, ...sources.map((source) => source.kinds));
  const emitted = readJson('schemas/emitted-kinds.json');
  const definitions = {};
  for (const source of sources) {
    for (const [name, definition] of Object.entries(source.definitions)) {
      definitions[name] = overrides[name] ?? strict(definition);
    }
  }
  for (const id of emitted) {
    const at = id.lastIndexOf('/');
    if (!kinds[id]) throw new Error(`schemas/ has no definition for ${id}`);
    definitions[kinds[id]] = strict(sources.map((source) => source.definitions[kinds[id]]).find(Boolean), {
      apiVersion: id.slice(0, at),
      kind: id.slice(at + 1),
    });
  }
  const ajv = new Ajv.default({
    allErrors: true,
    strict: false,
    inlineRefs: false,
    code: { source: true, esm: true, lines: false },
  });
  ajv.addSchema({ $id: 'kubernetes', definitions });
  const exports = {};
  emitted.forEach((id, index) => {
    ajv.addSchema({ $id: `kind${index}`, $ref: `kubernetes#/definitions/${kinds[id]}` });
    exports[`validate${index}`] = `kind${index}`;
  });
  const table = emitted.map((id, index) => `${JSON.stringify(id)}: validate${index}`).join(', ');
  return `${withImports(standaloneCode.default(ajv, exports))}\nexport const validators = {${table}};\n`;
}

rmSync(join(root, 'dist'), { recursive: true, force: true });
mkdirSync(generated, { recursive: true });
writeFileSync(join(generated, 'config-validator.js'), compileConfigSchema());
writeFileSync(join(generated, 'kubernetes-validators.js'), compileKubernetesSchemas());
const validate = "import type { ValidateFunction } from 'ajv';\n";
writeFileSync(join(generated, 'config-validator.d.ts'), `${validate}declare const validate: ValidateFunction;\nexport default validate;\n`);
writeFileSync(
  join(generated, 'kubernetes-validators.d.ts'),
  `${validate}/** By apiVersion/Kind. */\nexport declare const validators: Record<string, ValidateFunction>;\n`,
);

const { version } = readJson('package.json');
await build({
  absWorkingDir: root,
  entryPoints: { 'registry-gitops': 'generator/cli/main.ts', 'commit-tree': 'generator/tree/commit-tree.ts' },
  outdir: 'dist',
  bundle: true,
  splitting: true,
  minify: true,
  keepNames: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  define: { 'process.env.REGISTRY_GITOPS_VERSION': JSON.stringify(version) },
  // Some dependencies are CommonJS and call require for Node's own modules.
  banner: { js: "import{createRequire as __cr}from'node:module';const require=__cr(import.meta.url);" },
  logLevel: 'warning',
});
