/** How messages show values, types and minors. */
import type { Target } from '../keywords.js';

const TYPE_NAMES: Record<string, string> = {
  string: 'text',
  boolean: 'true or false',
  integer: 'a whole number',
  number: 'a number',
  object: 'a map of fields',
  array: 'a list',
  null: 'nothing',
};

/** @returns the name of a schema's type or types, without null. */
export function typeName(type: string | string[]): string {
  return [type]
    .flat()
    .filter((name) => name !== 'null')
    .map((name) => TYPE_NAMES[name] ?? name)
    .join(' or ');
}

/** @returns a value as a person would name it, on one line and cut to a sensible length. */
export function describe(data: unknown): string {
  if (data === null || data === undefined) return 'nothing';
  if (Array.isArray(data)) return 'a list';
  if (typeof data === 'object') return 'a map';
  const text = typeof data === 'number' ? String(data) : JSON.stringify(data);
  return text.length > 80 ? `${text.slice(0, 77)}..."` : text;
}

/** @returns the minors as a person names them: 1.34, or 1.32 to 1.37. */
export function rangeName({ first, last }: Target): string {
  return first === last ? `1.${first}` : `1.${first} to 1.${last}`;
}
