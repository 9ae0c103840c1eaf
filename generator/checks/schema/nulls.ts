/** What null means to an API server, and to Go's YAML: not set. */

/** Fields that are maps of text or of quantities: a null in them is an empty text, or none of it. */
const MAPS = new Set([
  'labels',
  'annotations',
  'matchLabels',
  'data',
  'stringData',
  'binaryData',
  'nodeSelector',
  'selector',
  'limits',
  'requests',
  'hard',
  'capacity',
  'default',
  'defaultRequest',
  'max',
  'min',
]);

/** Fields of a selector, where that is no map of labels. */
const SELECTOR_FIELDS = new Set(['matchLabels', 'matchExpressions']);

/** @returns the value as the API server reads it: a field that is null is not set, and a list's item that is null is empty. */
export function withoutNulls(value: unknown, field = ''): unknown {
  if (typeof value !== 'object' || value === null || !hasNull(value)) return value;
  if (Array.isArray(value)) {
    const empty = value.some((item) => typeof item === 'object' && item !== null) ? {} : '';
    return value.map((item) => (item === null ? empty : withoutNulls(item)));
  }
  const isTextMap = MAPS.has(field) && !Object.values(value).some((item) => typeof item === 'object' && item !== null);
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, item]) =>
      item === null ? (isTextMap && !SELECTOR_FIELDS.has(key) ? [[key, '']] : []) : [[key, withoutNulls(item, key)]],
    ),
  );
}

function hasNull(value: object): boolean {
  for (const item of Object.values(value)) {
    if (item === null || (typeof item === 'object' && hasNull(item as object))) return true;
  }
  return false;
}
