/** Changes single values of a YAML file, and leaves every other byte of it as it is wherever that can be done. */
import { isDeepStrictEqual } from 'node:util';
import { type Document, isMap, isScalar, type Node, type Pair, parseDocument, Scalar, stringify, type YAMLMap } from 'yaml';

/** A value that is set, or taken away where it is undefined. */
export interface Edit {
  path: string[];
  value: unknown;
}

/** Words that YAML 1.1 takes for something else than text are quoted; lines are as long as they are. */
const STYLE = { compat: 'yaml-1.1', lineWidth: 0 } as const;

/**
 * @param text a file without syntax errors
 * @throws Error where the change of a value would change others too, as where it is anchored
 */
export function editYaml(text: string, edits: readonly Edit[]): string {
  return edits.reduce((current, edit) => editOne(current, edit), text);
}

function editOne(text: string, edit: Edit): string {
  const document = parseDocument(text);
  const expected = changed(document.toJS(), edit.path, edit.value);
  const holds = (candidate: string | undefined): candidate is string => candidate !== undefined && isSame(candidate, expected);
  const spliced = edit.value === undefined ? withoutLines(text, document, edit.path) : withValue(text, document, edit);
  if (holds(spliced)) return spliced;
  // Flow style, block scalars and what is rarer still: the library writes the file anew, with its comments.
  if (edit.value === undefined) document.deleteIn(edit.path);
  else document.setIn(edit.path, document.createNode(edit.value));
  for (let path = edit.path.slice(0, -1); edit.value === undefined && path.length > 2 && isEmpty(document.getIn(path)); path = path.slice(0, -1)) document.deleteIn(path);
  const written = document.toString(STYLE);
  if (holds(written)) return written;
  throw new Error(`${edit.path.join('.')} cannot be changed without changing other values, as an anchor (&) or an alias (*) is there; change it by hand`);
}

function isSame(text: string, expected: unknown): boolean {
  const document = parseDocument(text);
  return document.errors.length === 0 && isDeepStrictEqual(document.toJS(), expected);
}

function isEmpty(node: unknown): boolean {
  return isMap(node) && node.items.length === 0;
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

const pairOf = (map: YAMLMap, key: string): Pair<Node, Node | null> | undefined => map.items.find((pair) => isScalar(pair.key) && pair.key.value === key) as Pair<Node, Node | null> | undefined;

/** @returns the deepest block map on the way to a path, and what of the path is below it. */
function deepest(document: Document.Parsed, path: readonly string[]): { map: YAMLMap; rest: string[] } | undefined {
  let map: unknown = document.contents;
  for (let at = 0; isMap(map) && !map.flow; at++) {
    const value = pairOf(map as YAMLMap, path[at]!)?.value;
    if (at === path.length - 1 || value === undefined) return { map: map as YAMLMap, rest: path.slice(at) };
    map = value;
  }
  return undefined;
}

function withValue(text: string, document: Document.Parsed, { path, value }: Edit): string | undefined {
  const node = document.getIn(path, true);
  if (isScalar(node) && node.range && node.range[0] < node.range[1]) return `${text.slice(0, node.range[0])}${scalarText(value, node)}${text.slice(node.range[1])}`;
  const found = deepest(document, path);
  if (!found) return undefined;
  const { map, rest } = found;
  const [first, last] = [map.items[0], map.items.at(-1)] as [Pair<Node, Node | null> | undefined, Pair<Node, Node | null> | undefined];
  if (rest.length === 1 && pairOf(map, rest[0]!)) return undefined;
  const start = first?.key?.range?.[0];
  const end = last?.value?.range?.[1] ?? last?.key.range?.[1];
  if (start === undefined || end === undefined) return undefined;
  const indent = ' '.repeat(start - (text.lastIndexOf('\n', start - 1) + 1));
  const lines = stringify(rest.reduceRight<unknown>((inner, key) => ({ [key]: inner }), value), STYLE).trimEnd().split('\n').map((line) => `${indent}${line}`);
  const newLine = text[end - 1] === '\n' ? end - 1 : text.indexOf('\n', end);
  const at = newLine < 0 ? text.length : newLine;
  return `${text.slice(0, at)}\n${lines.join('\n')}${text.slice(at)}`;
}

/** @returns the text of a scalar, quoted as the one whose place it takes. */
function scalarText(value: unknown, like: Scalar): string | undefined {
  const node = new Scalar(value);
  if (typeof value === 'string' && (like.type === Scalar.QUOTE_DOUBLE || like.type === Scalar.QUOTE_SINGLE)) node.type = like.type;
  return stringify(node, STYLE).trimEnd();
}

/** @returns the text without the lines of a value, where it has lines of its own and others stay beside it. */
function withoutLines(text: string, document: Document.Parsed, path: readonly string[]): string | undefined {
  const above = document.getIn(path.slice(0, -1));
  if (isMap(above) && above.items.length === 1) return path.length > 3 ? withoutLines(text, document, path.slice(0, -1)) : undefined;
  const found = deepest(document, path);
  if (!found || found.rest.length !== 1) return undefined;
  const pair = pairOf(found.map, found.rest[0]!);
  const start = pair?.key.range?.[0];
  const end = pair?.value?.range?.[1] ?? pair?.key.range?.[1];
  if (start === undefined || end === undefined) return undefined;
  const lineStart = text.lastIndexOf('\n', start - 1) + 1;
  const newLine = text[end - 1] === '\n' ? end - 1 : text.indexOf('\n', end);
  return `${text.slice(0, lineStart)}${newLine < 0 ? '' : text.slice(newLine + 1)}`;
}
