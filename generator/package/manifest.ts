/** What a package.json says of a package, as far as it is of use here. */

/** The package that this program is. Scoped, so that no registry is ever asked for a name that anyone may take. */
export const PACKAGE = '@registry-gitops/cli';

/** Fields of a package.json, by name. */
export type Fields = Record<string, unknown>;

/** The package.json of this program. */
export interface Manifest extends Fields {
  name: string;
  version: string;
  bin: Record<string, string>;
  engines: Record<string, string>;
  license: string;
  /** Patterns of what it consists of; those with a ! take away. */
  files: string[];
}

/** @returns the fields of a package.json. @throws Error if the text is not one */
export function parseFields(text: string): Fields {
  const value = JSON.parse(text) as unknown;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error('it is not an object');
  return value as Fields;
}

/** @returns a field that is itself an object; empty if there is none. */
export function fieldsOf(fields: Fields, name: string): Fields {
  const value = fields[name];
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {};
}

/** @returns the text of a JSON file, indented as it was before. */
export function jsonText(value: Fields, before = ''): string {
  const indent = /^[ \t]+(?=")/m.exec(before)?.[0] ?? '  ';
  return `${JSON.stringify(value, null, indent)}\n`;
}
