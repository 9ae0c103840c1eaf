/** JSON as the scripts pass it around, and the few things that they all do with it. */
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type JsonObject = { [key: string]: Json };

export const root = join(import.meta.dirname, '../..');

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** @returns the value with the keys of every object in order, so that equal values have equal text. */
export function sorted<T extends Json>(value: T): T {
  if (Array.isArray(value)) return value.map(sorted) as T;
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, item]) => [key, sorted(item)]),
  ) as T;
}

/** @returns the SHA-256 of a source's text. */
export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/**
 * Writes a file below schemas/ with one definition a line: compact, and a diff between two versions can still be read.
 *
 * @param head what stands before the definitions
 */
export function writeDefinitions(path: string, head: JsonObject, definitions: JsonObject): void {
  const file = join(root, 'schemas', path);
  mkdirSync(dirname(file), { recursive: true });
  const lines = Object.entries(definitions)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, definition]) => `${JSON.stringify(name)}:${JSON.stringify(sorted(definition))}`);
  // The head likewise: one source, one kind a line.
  const parts = Object.entries(head).map(([key, value]) => ` ${JSON.stringify(key)}: ${linesOf(value)}`);
  const text = `{\n${parts.join(',\n')},\n "definitions": {\n${lines.join(',\n')}\n}}\n`;
  writeFileSync(file, text);
  console.log(`schemas/${path}: ${lines.length} definitions, ${Math.round(text.length / 1024)} kB`);
}

function linesOf(value: Json): string {
  if (Array.isArray(value)) return `[\n${value.map((item) => `  ${JSON.stringify(item)}`).join(',\n')}\n ]`;
  if (!isObject(value)) return JSON.stringify(value);
  return `{\n${Object.entries(value)
    .map(([key, item]) => `  ${JSON.stringify(key)}: ${JSON.stringify(item)}`)
    .join(',\n')}\n }`;
}
