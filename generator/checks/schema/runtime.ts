/** Functions that the precompiled validators call. */

/** Keys that the API server fills in before it compares: two ports differ by protocol, and it is TCP unless said. */
const DEFAULTS: Record<string, string> = { protocol: 'TCP' };

/**
 * @param keys by which the items of a list are distinguished (x-kubernetes-list-map-keys), separated by commas
 * @returns the index of the first item whose keys another item before it has, or -1
 */
export function duplicateItem(list: readonly unknown[], keys: string): number {
  if (list.length < 2) return -1;
  const names = keys.split(',');
  const seen = new Set<string>();
  for (const [index, item] of list.entries()) {
    if (typeof item !== 'object' || item === null) continue;
    const identity = JSON.stringify(
      names.map((key) => (item as Record<string, unknown>)[key] ?? DEFAULTS[key] ?? null),
    );
    if (seen.has(identity)) return index;
    seen.add(identity);
  }
  return -1;
}

/** @returns how many of some fields, separated by commas, are set. null is "not set". */
export function countSet(data: Record<string, unknown>, fields: string): number {
  return fields.split(',').filter((field) => data[field] !== undefined && data[field] !== null).length;
}

/**
 * Adds an error to a list that is null as long as it is empty: the compiled validators call it.
 *
 * @returns the list
 * @public
 */
export function failed<T>(errors: T[] | null, error: T): T[] {
  if (errors === null) return [error];
  errors.push(error);
  return errors;
}
