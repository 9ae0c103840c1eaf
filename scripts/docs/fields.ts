/** The table of registry.yaml's fields. */
import { readFileSync } from 'node:fs';
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

/** @returns a table of the fields in schemas/registry.schema.json. */
export function fieldTable(): string {
  const schema = JSON.parse(readFileSync(join(import.meta.dirname, '../../schemas/registry.schema.json'), 'utf8')) as Field & { $defs: Record<string, Field> };
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
