/**
 * Compares what is written with what an API server gives back, which may fill in more.
 *
 * @returns where something written is not there, or is written in another way: path and both texts
 */
export function notKept(written: unknown, kept: unknown, path = ''): string[] {
  const differs = [`${path}: ${text(written)} is written, and ${text(kept)} is kept`];
  if (Array.isArray(written)) {
    if (!Array.isArray(kept) || kept.length !== written.length) return differs;
    return written.flatMap((item, index) => notKept(item, kept[index], `${path}[${index}]`));
  }
  if (typeof written !== 'object' || written === null) return written !== null && written === kept ? [] : differs;
  if (typeof kept !== 'object' || kept === null || Array.isArray(kept)) return differs;
  return Object.entries(written).flatMap(([key, value]) =>
    notKept(value, (kept as Record<string, unknown>)[key], path ? `${path}.${key}` : key),
  );
}

const text = (value: unknown): string => (value === undefined ? 'nothing' : JSON.stringify(value));
