/** Writes README.md's table of fields from schemas/registry.schema.json: npm run readme-table. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

interface Field {
  $ref?: string;
  type?: string;
  enum?: string[];
  description?: string;
  default?: unknown;
  properties?: Record<string, Field>;
  items?: Field;
  required?: string[];
}

const root = join(import.meta.dirname, '..');
const BEGIN = '<!-- fields: derived from schemas/registry.schema.json by `npm run readme-table` -->';
const END = '<!-- /fields -->';

/** @returns README.md with its table of fields as the schema has them now. */
export function withFieldTable(readme: string): string {
  const [before, rest] = readme.split(BEGIN);
  const after = rest?.split(END)[1];
  if (before === undefined || after === undefined) throw new Error('README.md has lost the marks of its table of fields');
  return `${before}${BEGIN}\n${table()}${END}${after}`;
}

function table(): string {
  const schema = JSON.parse(readFileSync(join(root, 'schemas/registry.schema.json'), 'utf8')) as Field & { $defs: Record<string, Field> };
  const rows: string[] = [];
  const add = (path: string, field: Field, parent: Field): void => {
    const resolved = field.$ref ? schema.$defs[field.$ref.replace('#/$defs/', '')]! : field;
    const { properties, items, description = '' } = resolved;
    rows.push(`| \`${path}\` | ${typeOf(resolved)} | ${defaultOf(path, resolved, parent)} | ${description.replaceAll('|', '\\|')} |`);
    for (const [name, inner] of Object.entries(properties ?? {})) add(`${path}.${name}`, inner, resolved);
    for (const [name, inner] of Object.entries(items?.properties ?? {})) add(`${path}[].${name}`, inner, resolved);
  };
  for (const [name, field] of Object.entries(schema.properties!)) add(name, field, schema);
  add('overlays.NAME.extends', schema.$defs['overlay']!.properties!['extends']!, schema);
  return ['| field | type | default | what it is |', '|---|---|---|---|', ...rows, ''].join('\n');
}

function typeOf({ type, enum: values }: Field): string {
  if (values) return values.filter((value) => value !== '').map((value) => `\`${value}\``).join(', ');
  return { string: 'text', boolean: 'true or false', integer: 'number', object: 'map', array: 'list' }[type!]!;
}

function defaultOf(path: string, field: Field, parent: Field): string {
  if (parent.required?.includes(path.split('.').at(-1)!)) return 'required';
  if (field.default === null || field.type === 'object' || (Array.isArray(field.default) && field.default.length === 0)) return '';
  return field.default === '' ? 'empty' : `\`${String(field.default)}\``;
}

if (process.argv[1] === import.meta.filename) {
  const file = join(root, 'README.md');
  writeFileSync(file, withFieldTable(readFileSync(file, 'utf8')));
}
