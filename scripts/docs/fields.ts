/** The tables of registry.yaml's fields. */
import { type Field, fieldsOfSchema } from '../../generator/config/fields.js';

const HEAD = ['| field | type | default | example | what it is |', '|---|---|---|---|---|'];
/** Characters of an example that fits into a table. */
const EXAMPLE = 48;

/** @returns the fields in schemas/registry.schema.json: those without fields of their own, then a table for each map. */
export function fieldTable(): string {
  const groups = new Map<string, Field[]>();
  for (const field of fieldsOfSchema()) {
    const top = field.path.split(/[.[]/, 1)[0]!;
    groups.set(top, [...(groups.get(top) ?? []), field]);
  }
  const single = [...groups.values()].filter((group) => group.length === 1).flat();
  const maps = [...groups].filter(([, group]) => group.length > 1);
  return ['At the top', ...maps.map(([name]) => name)]
    .map((title) => ['', `## ${title}`, '', ...HEAD, ...(groups.get(title) ?? single).map(row), ''].join('\n'))
    .join('')
    .concat('\n');
}

function row(field: Field): string {
  return `| \`${field.path}\` | ${typeOf(field)} | ${defaultOf(field)} | ${exampleOf(field)} | ${field.description.replaceAll('|', '\\|')} |`;
}

function typeOf({ type, values, expected }: Field): string {
  if (values) return values.map((value) => `\`${value}\``).join(', ');
  return type === 'integer' && expected ? `${type} ${expected}` : type;
}

function defaultOf({ type, default: value, required }: Field): string {
  if (required) return 'required';
  if (value === undefined || type === 'map' || (Array.isArray(value) && value.length === 0)) return '';
  return value === '' ? 'empty' : `\`${String(value)}\``;
}

/** @returns an example, where it is short and shows more than type and default do; `explain` shows all. */
function exampleOf({ type, values, default: value, examples }: Field): string {
  if (values || type === 'boolean' || type === 'map') return '';
  const text = (example: unknown): string => (typeof example === 'object' ? JSON.stringify(example) : String(example));
  const fitting = examples.map(text).find((example) => example !== text(value) && example.length <= EXAMPLE);
  return fitting === undefined ? '' : `\`${fitting}\``;
}
