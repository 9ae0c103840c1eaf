/** Validators as code that needs no ajv where it runs. */
import { type AnySchema, Ajv, _ } from 'ajv';
import standalone from 'ajv/dist/standalone/index.js';
import { addKeywords } from '../../generator/checks/schema/keywords.js';
import { formats } from '../../generator/checks/schema/formats/index.js';
import type { Schema } from '../../generator/checks/schema/json-schema/subschemas.js';
import type { CelSchemas } from './cel-schemas.js';

/** Of ajv's own module, which is CommonJS. */
export const standaloneCode = (standalone as unknown as { default: typeof standalone }).default;

/** @returns a module with a validator for each kind, by its id, which share the definitions */
export function compileGroup(
  kinds: Record<string, Schema>,
  definitions: Record<string, Schema>,
  cel: CelSchemas,
): string {
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
export function withImports(code: string): string {
  const imports = new Map<string, string>();
  const body = code.replace(/require\("([^"]+)"\)\.default/g, (_, path: string) => {
    if (!imports.has(path)) imports.set(path, `runtime${imports.size}`);
    return `(${imports.get(path)}.default ?? ${imports.get(path)})`;
  });
  if (body.includes('require(')) throw new Error('ajv calls require in a form not known here');
  return [...imports].map(([path, name]) => `import ${name} from '${path}.js';\n`).join('') + body;
}
