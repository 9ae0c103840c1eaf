/** The table of registry.yaml's fields. */
import { type Field, fieldsOfSchema } from '../../generator/config/fields.js';

/** @returns a table of the fields in schemas/registry.schema.json. */
export function fieldTable(): string {
  const rows = fieldsOfSchema().map(
    (field) =>
      `| \`${field.path}\` | ${typeOf(field)} | ${defaultOf(field)} | ${field.description.replaceAll('|', '\\|')} |`,
  );
  return ['| field | type | default | what it is |', '|---|---|---|---|', ...rows, ''].join('\n');
}

function typeOf({ type, values }: Field): string {
  return values ? values.map((value) => `\`${value}\``).join(', ') : type;
}

function defaultOf({ type, default: value, required }: Field): string {
  if (required) return 'required';
  if (value === undefined || type === 'map' || (Array.isArray(value) && value.length === 0)) return '';
  return value === '' ? 'empty' : `\`${String(value)}\``;
}
