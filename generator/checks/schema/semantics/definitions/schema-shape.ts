/** The parts of a schema, as far as they have the shape that they should have. */
import type { Fields } from '../report.js';

export function isSchema(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isEmpty(value: unknown): boolean {
  return value === '' || (isSchema(value) && Object.keys(value).length === 0);
}

/*
 * items may be a list, and additionalProperties a boolean, so no schema looks at the shape of what is in them, nor does
 * the API server where it merges: what is of another shape is none here.
 */

export function mapOf(value: unknown): Record<string, Fields> {
  return isSchema(value)
    ? Object.fromEntries(Object.entries(value).filter((entry): entry is [string, Fields] => isSchema(entry[1])))
    : {};
}

export function listOf<T>(value: unknown): T[] {
  return Array.isArray(value) ? (value as T[]).filter((item) => item !== null) : [];
}
