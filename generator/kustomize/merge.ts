/**
 * Applies a strategic-merge patch as kustomize 5 does: the way back from what patch.ts derives. It knows what this
 * generator writes; overlays of others are the real kustomize's to build.
 *
 * @see https://github.com/kubernetes-sigs/kustomize/tree/master/kyaml/yaml/walk
 */
import { factsOf } from './merge-keys.js';

type Fields = Record<string, unknown>;

/**
 * @param type the type of both maps, for the merge keys of their lists
 * @returns the merged map; both arguments stay as they are
 */
export function mergeMaps(from: Fields, patch: Fields, type: string | undefined): Fields {
  const { $patch: directive, ...changes } = patch;
  const merged: Fields = directive === 'replace' ? {} : { ...from };
  for (const [field, change] of Object.entries(changes)) {
    if (change === null) delete merged[field];
    else merged[field] = mergeValues(merged[field], change, factsOf(type, field));
  }
  return merged;
}

function mergeValues(from: unknown, change: unknown, { type, keys }: { type?: string; keys?: string[] }): unknown {
  if (isMap(change)) return mergeMaps(isMap(from) ? from : {}, change, type);
  if (Array.isArray(change) && keys && change.every(isMap))
    return mergeLists(Array.isArray(from) ? (from as Fields[]) : [], change, keys, type);
  return change;
}

/** The patch's items come first, in its order; then those that it does not name. */
function mergeLists(from: Fields[], patch: Fields[], keys: string[], type: string | undefined): Fields[] {
  if (patch.some((item) => item['$patch'] === 'replace')) return patch.filter((item) => item['$patch'] !== 'replace');
  const same = (one: Fields, other: Fields): boolean => keys.every((key) => one[key] === other[key]);
  const named = patch
    .filter((item) => item['$patch'] !== 'delete')
    .map((item) => mergeMaps(from.find((old) => same(old, item)) ?? {}, item, type));
  return [...named, ...from.filter((old) => !patch.some((item) => same(old, item)))];
}

function isMap(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
