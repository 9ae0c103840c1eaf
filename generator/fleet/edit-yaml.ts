/** Changes single values of a YAML file, and leaves every other byte of it as it is. */
import { isDeepStrictEqual } from 'node:util';
import { isMap, isScalar, parseDocument, type YAMLMap } from 'yaml';
import { type Entry, stepOf, withEntry, withoutEntry, withValue } from './splice-yaml.js';

/** A value that is set, or taken away where it is undefined. */
export interface Edit {
  path: string[];
  value: unknown;
}

/** Some editors put it before all else; it is no part of the first line. */
const BYTE_ORDER_MARK = '\uFEFF';

/**
 * @param text a file without syntax errors, in which each key has a value
 * @throws Error where the change of a value would change others too, as where it is anchored
 */
export function editYaml(text: string, edits: readonly Edit[]): string {
  const mark = text.startsWith(BYTE_ORDER_MARK) ? BYTE_ORDER_MARK : '';
  return `${mark}${edits.reduce(editOne, text.slice(mark.length))}`;
}

function editOne(text: string, { path, value }: Edit): string {
  const document = parseDocument(text);
  const expected = changed(document.toJS(), path, value);
  const found = isMap(document.contents)
    ? candidates(text, document.contents as YAMLMap, path, value).find((candidate) => isSame(candidate, expected))
    : undefined;
  if (found !== undefined) return found;
  throw new Error(
    `${path.join('.')} cannot be changed without changing what else is in the file, as where an anchor (&) or an alias (*) is there; change it by hand`,
  );
}

function isSame(text: string, expected: unknown): boolean {
  const document = parseDocument(text);
  return document.errors.length === 0 && isDeepStrictEqual(document.toJS(), expected);
}

/** @returns a copy with the value set or taken away, and with it the maps that it leaves empty, but for the overlay itself. */
function changed(root: unknown, path: readonly string[], value: unknown, depth = 0): unknown {
  const [key, ...rest] = path;
  const copy = { ...(root as Record<string, unknown> | null) };
  if (rest.length > 0) {
    const inner = changed(copy[key!], rest, value, depth + 1);
    if (value === undefined && depth >= 2 && Object.keys(inner as object).length === 0) delete copy[key!];
    else copy[key!] = inner;
  } else if (value === undefined) delete copy[key!];
  else copy[key!] = value;
  return copy;
}

/** @returns the texts that may be what is asked for: which of them is, is seen by reading it. */
function candidates(text: string, root: YAMLMap, path: readonly string[], value: unknown): string[] {
  const way = wayTo(root, path);
  const { map, entry } = way.at(-1)!;
  if (value === undefined) return way.length === path.length && entry ? without(text, way) : [];
  const [key, ...below] = path.slice(way.length - 1);
  const nested = below.reduceRight<unknown>((inner, name) => ({ [name]: inner }), value);
  const step = stepOf(text, root);
  return entry ? withValue(text, map, entry, nested, step) : withEntry(text, map, key!, nested, step);
}

/** A map on the way to a value, and its entry for the next key. */
interface Step {
  map: YAMLMap;
  entry: Entry | undefined;
}

/** @returns the maps on the way, as far as there are any. */
function wayTo(map: YAMLMap, [key, ...rest]: readonly string[]): Step[] {
  const entry = map.items.find((item) => isScalar(item.key) && item.key.value === key) as Entry | undefined;
  return [{ map, entry }, ...(rest.length > 0 && isMap(entry?.value) ? wayTo(entry.value, rest) : [])];
}

/** Takes a value away, and with it the maps that it leaves empty, but for the overlay itself. */
function without(text: string, way: readonly Step[]): string[] {
  if (way.length > 3 && way.at(-1)!.map.items.length === 1) return without(text, way.slice(0, -1));
  const { map, entry } = way.at(-1)!;
  return [withoutEntry(text, map, entry!, way.at(-2)?.entry)].flatMap((candidate) => candidate ?? []);
}
