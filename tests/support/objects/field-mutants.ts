/** Every field of an object, one after another, removed, emptied, of another type, or of a value that it should not have. */
import type { KubernetesObject } from '../../../generator/model/index.js';

export interface Mutant {
  object: KubernetesObject;
  /** Where it was changed, and how. */
  path: (string | number)[];
  change: string;
}

const TEXTS = [
  'Not Valid!',
  ' x',
  'UPPER',
  'a'.repeat(300),
  '/',
  '..',
  '-1',
  '0',
  '99999',
  '1.5',
  'x-y',
  'a_b',
  'a=b',
  '1Gi',
  '50%',
  'é',
  'a\nb',
  '',
];
const NUMBERS = [-1, 0, 1, 99999, 2 ** 31, 2 ** 33, 1.5];
/** What names the object for the API server is not what is asked about. */
const KEPT = new Set(['apiVersion', 'kind', 'metadata.name', 'metadata.namespace']);

/** @returns each distinct mutant of an object. */
export function fieldMutants(object: KubernetesObject): Mutant[] {
  const mutants: Mutant[] = [];
  const seen = new Set<string>();
  const add = (path: (string | number)[], change: string, value: unknown): void => {
    const what = JSON.stringify([path, value]) + String(value === undefined);
    if (seen.has(what)) return;
    seen.add(what);
    mutants.push({ object: withValue(object, path, value), path, change });
  };
  const visit = (value: unknown, path: (string | number)[]): void => {
    if (KEPT.has(path.join('.'))) return;
    if (path.length > 0) {
      add(path, 'removed', undefined);
      add(path, 'null', null);
    }
    if (Array.isArray(value)) {
      for (const [change, other] of [
        ['empty', []],
        ['text', 'text'],
        ['map', {}],
        ['null item', [...value, null]],
        ['empty item', [...value, {}]],
        ['text item', [...value, 'x']],
      ] as const)
        add(path, change, other);
      if (value.length > 0) add(path, 'first item again', [...value, structuredClone(value[0])]);
      value.forEach((item, index) => visit(item, [...path, index]));
    } else if (typeof value === 'object' && value !== null) {
      if (path.length > 0)
        for (const [change, other] of [
          ['empty', {}],
          ['text', 'text'],
          ['list', []],
        ] as const)
          add(path, change, other);
      add(path, 'unknown field', { ...value, surprise: 1 });
      for (const [key, inner] of Object.entries(value)) visit(inner, [...path, key]);
    } else if (typeof value === 'string') {
      for (const [change, other] of [
        ['number', 1],
        ['boolean', true],
        ['map', {}],
      ] as const)
        add(path, change, other);
      for (const text of TEXTS) add(path, JSON.stringify(text.slice(0, 12)), text);
    } else if (typeof value === 'number') {
      for (const [change, other] of [
        ['text', 'x'],
        ['number as text', String(value)],
        ['boolean', true],
      ] as const)
        add(path, change, other);
      for (const number of NUMBERS) add(path, String(number), number);
    } else if (typeof value === 'boolean') {
      for (const [change, other] of [
        ['text', 'yes'],
        ['number', 1],
        ['the other', !value],
      ] as const)
        add(path, change, other);
    }
  };
  visit(object, []);
  return mutants;
}

/** @returns a copy with another value at a path; undefined removes it. All beside the path is the original's. */
function withValue<T>(root: T, path: readonly (string | number)[], value: unknown): T {
  const [key, ...rest] = path;
  if (key === undefined) return value as T;
  const copy: any = Array.isArray(root) ? [...root] : { ...root };
  if (rest.length > 0) copy[key] = withValue(copy[key], rest, value);
  else if (value !== undefined) copy[key] = value;
  else if (Array.isArray(copy)) copy.splice(Number(key), 1);
  else delete copy[key];
  return copy as T;
}
