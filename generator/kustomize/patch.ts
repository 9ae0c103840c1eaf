/**
 * Derives the smallest strategic-merge patch that turns one value into another, the way kustomize 5 merges:
 * - maps merge by key, and null removes a key;
 * - a list with merge keys merges by item; the patch's items come first, in the patch's order, the others follow;
 * - every other list is replaced.
 *
 * @see https://github.com/kubernetes-sigs/kustomize/tree/master/kyaml/yaml/walk
 */
import { commentOn, explain } from '../model/index.js';
import { factsOf } from './merge-keys.js';

type Fields = Record<string, unknown>;

/** Nothing to change. */
export const SAME = Symbol('same');

/**
 * @param type the type of both maps, for the merge keys of their lists
 * @returns the patch, or SAME
 */
export function diffMaps(from: Fields, to: Fields, type: string | undefined): Fields | typeof SAME {
  const patch: Fields = {};
  for (const [field, wanted] of Object.entries(to)) {
    const change = field in from ? diffValues(from[field], wanted, factsOf(type, field)) : wanted;
    if (change === SAME) continue;
    patch[field] = change;
    const comment = commentOn(to, field);
    if (comment) explain(patch, { [field]: comment });
  }
  for (const field of Object.keys(from)) {
    if (!(field in to)) patch[field] = null;
  }
  return Object.keys(patch).length > 0 ? patch : SAME;
}

function diffValues(from: unknown, to: unknown, facts: { type?: string; keys?: string[] }): unknown {
  if (Array.isArray(from) && Array.isArray(to)) return diffLists(from, to, facts);
  if (isMap(from) && isMap(to)) {
    // Nulls for every key would leave no map at all.
    if (Object.keys(to).length === 0 && Object.keys(from).length > 0) return { $patch: 'replace' };
    return diffMaps(from, to, facts.type);
  }
  return Object.is(from, to) ? SAME : to;
}

function isMap(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function diffLists(from: unknown[], to: unknown[], { type, keys }: { type?: string; keys?: string[] }): unknown {
  if (isEqual(from, to)) return SAME;
  if (!keys || !isKeyed(from, keys) || !isKeyed(to, keys)) return to;
  if (to.length === 0) return [{ $patch: 'replace' }];
  return diffKeyedLists(from, to, keys, type);
}

/** Whether all items are maps that the keys tell apart. The first key is the one that every item must have. */
function isKeyed(list: unknown[], keys: string[]): list is Fields[] {
  if (!list.every((item) => isMap(item) && item[keys[0]!] !== undefined)) return false;
  return new Set(list.map((item) => identity(item as Fields, keys))).size === list.length;
}

function identity(item: Fields, keys: string[]): string {
  return JSON.stringify(keys.map((key) => item[key] ?? null));
}

function pickKeys(item: Fields, keys: string[]): Fields {
  return Object.fromEntries(keys.filter((key) => item[key] !== undefined).map((key) => [key, item[key]]));
}

/**
 * The patch names the shortest run of first items after which the rest follows by itself: the rest must stand in
 * `from` unchanged and in the same order, after what the patch names or deletes is taken out.
 */
function diffKeyedLists(from: Fields[], to: Fields[], keys: string[], type: string | undefined): unknown[] {
  const before = new Map(from.map((item) => [identity(item, keys), item]));
  const wanted = to.map((item) => identity(item, keys));
  const deleted = from.filter((item) => !wanted.includes(identity(item, keys)));
  const changes = to.map((item, index) => {
    const old = before.get(wanted[index]!);
    return old ? diffMaps(old, item, type) : item;
  });
  let length = changes.findLastIndex((change) => change !== SAME) + 1;
  const left = [...before.keys()].filter((id) => wanted.includes(id));
  while (
    !isEqual(
      left.filter((id) => !wanted.slice(0, length).includes(id)),
      wanted.slice(length),
    )
  )
    length++;

  const named = to.slice(0, length).map((item, index) => {
    const change = changes[index]!;
    if (!before.has(wanted[index]!)) return item;
    if (change === SAME) return pickKeys(item, keys);
    const patch = { ...pickKeys(item, keys), ...change };
    return patch;
  });
  return [...named, ...deleted.map((item) => ({ ...pickKeys(item, keys), $patch: 'delete' }))];
}

/** Whether two values are equal, the order of a map's keys aside. */
export function isEqual(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((item, index) => isEqual(item, b[index]));
  }
  if (!isMap(a) || !isMap(b)) return false;
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => name in b && isEqual(a[name], b[name]));
}
