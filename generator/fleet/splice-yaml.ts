/** Changes the text of a YAML map at one entry: what is not of the entry stays byte for byte. */
import { isCollection, isMap, isScalar, type Node, type Pair, Scalar, stringify, type YAMLMap } from 'yaml';

/** A file in which a value is left out is wrong, and not edited. */
export type Entry = Pair<Scalar, Node> & { value: Node };

/** Words that YAML 1.1 takes for something else than text are quoted; lines are as long as they are. */
const STYLE = { compat: 'yaml-1.1', lineWidth: 0 } as const;
/** All on one line. */
const FLOW = { ...STYLE, collectionStyle: 'flow', doubleQuotedMinMultiLineLength: Number.MAX_SAFE_INTEGER } as const;

/** @returns the text with an entry more, after the last one of a map, by each way there is, the best first. @param step spaces by which a map is indented */
export function withEntry(text: string, map: YAMLMap, key: string, value: unknown, step: number): string[] {
  const last = map.items.at(-1) as Entry | undefined;
  if (map.flow) return [inFlow(text, map, last, entryInLine(key, value, hasPadding(text, map)))];
  if (!last) return [];
  const indent = indentAt(text, startOf(map.items[0] as Entry));
  const at = endOf(last);
  return [
    withLines(text, at, linesOf({ [key]: value }, indent, step)),
    withLines(text, at, [`${indent}${entryInLine(key, value, true)}`]),
  ];
}

/** @returns the text with another value of an entry, by each way there is, the best first. */
export function withValue(text: string, map: YAMLMap, entry: Entry, value: unknown, step: number): string[] {
  const { value: node } = entry;
  const oneLine = isScalar(node) && !isNested(value) ? scalarText(value, node, map.flow === true) : inLine(value, true);
  const [start, end] = [node.range![0], endOf(entry)];
  if (isCollection(node) && !node.flow) {
    const indent = indentAt(text, start);
    const block = linesOf(value, indent, step).join(lineBreakAt(text, start)).slice(indent.length);
    return [
      ...(isNested(value) ? [splice(text, start, end, block)] : []),
      splice(text, afterColon(text, entry), end, ` ${oneLine}`),
    ];
  }
  // The text of a block scalar includes the end of its last line.
  return [splice(text, start, end, text[end - 1] === '\n' ? `${oneLine}${lineBreakAt(text, start)}` : oneLine)];
}

/** @returns the text without an entry of a map. @param holder the entry whose value the map is: as an empty one, where it has no other entry */
export function withoutEntry(text: string, map: YAMLMap, entry: Entry, holder: Entry | undefined): string | undefined {
  const isAlone = map.items.length === 1;
  if (map.flow) return isAlone ? emptied(text, map, entry) : outOfFlow(text, map, entry);
  const rest = splice(text, text.lastIndexOf('\n', startOf(entry) - 1) + 1, afterLine(text, endOf(entry)), '');
  if (!isAlone) return rest;
  if (!holder) return undefined;
  const at = afterColon(text, holder);
  return splice(rest, at, at, ' {}');
}

/** @returns by how many spaces a map is indented below its key. */
export function stepOf(text: string, root: YAMLMap): number {
  const inner = root.items
    .map(({ value }) => value)
    .find((value) => isMap(value) && !value.flow && value.items.length > 0) as YAMLMap | undefined;
  return inner
    ? Math.max(
        1,
        indentAt(text, startOf(inner.items[0] as Entry)).length -
          indentAt(text, startOf(root.items[0] as Entry)).length,
      )
    : 2;
}

function inFlow(text: string, map: YAMLMap, last: Entry | undefined, added: string): string {
  const [start, end] = map.range!;
  if (!last)
    return text.slice(start + 1, end - 1).trim() === ''
      ? splice(text, start, end, `{ ${added} }`)
      : splice(text, end - 1, end - 1, ` ${added} `);
  const at = endOf(last);
  const line = ownLine(text, map, last);
  if (!line) return splice(text, at, at, `, ${added}`);
  const more = `${lineBreakAt(text, at)}${indentAt(text, startOf(last))}${added}${line.hasComma ? ',' : ''}`;
  return splice(text, at, line.end, `${line.hasComma ? '' : ','}${text.slice(at, line.end)}${more}`);
}

function outOfFlow(text: string, map: YAMLMap, entry: Entry): string {
  const line = ownLine(text, map, entry);
  if (line) return splice(text, line.start, afterLine(text, line.end), '');
  const [start, end] = [startOf(entry), endOf(entry)];
  const before = entry === map.items.at(-1) ? endOf(map.items.at(-2) as Entry) : start;
  if (before < start && !text.slice(before, start).includes('#')) return splice(text, before, end, '');
  return splice(text, start, end + lengthOf(/^\s*,[ \t]*/, text, end), '');
}

/** @returns the text with nothing in a map but its comments. */
function emptied(text: string, map: YAMLMap, entry: Entry): string {
  const [start, end] = map.range!;
  const [from, last] = [startOf(entry), endOf(entry)];
  const to = last + lengthOf(/^\s*,/, text, last);
  const isBare = `${text.slice(start + 1, from)}${text.slice(to, end - 1)}`.trim() === '';
  return isBare ? splice(text, start, end, '{}') : splice(text, from, to, '');
}

/** @returns the line of an entry of a flow map, where nothing but a comma and a comment is beside it. */
function ownLine(
  text: string,
  map: YAMLMap,
  entry: Entry,
): { start: number; end: number; hasComma: boolean } | undefined {
  const start = text.lastIndexOf('\n', startOf(entry) - 1) + 1;
  const after = /^[ \t]*(,?)[ \t]*(#.*)?(?=\r?\n)/.exec(text.slice(endOf(entry)));
  if (!after || start <= map.range![0] || text.slice(start, startOf(entry)).trim() !== '') return undefined;
  return { start, end: lineEnd(text, endOf(entry)), hasComma: after[1] === ',' };
}

/** @returns the text with further lines behind the one that a place is in. */
function withLines(text: string, place: number, lines: string[]): string {
  const at = lineEnd(text, place);
  return splice(text, at, at, lines.map((line) => `${lineBreakAt(text, at)}${line}`).join(''));
}

function linesOf(value: unknown, indent: string, step: number): string[] {
  return stringify(value, { ...STYLE, indent: step })
    .trimEnd()
    .split('\n')
    .map((line) => `${indent}${line}`);
}

function inLine(value: unknown, padding: boolean): string {
  return stringify([value], { ...FLOW, flowCollectionPadding: padding })
    .trim()
    .slice(1, -1)
    .trim();
}

function entryInLine(key: string, value: unknown, padding: boolean): string {
  return inLine({ [key]: value }, padding)
    .slice(1, -1)
    .trim();
}

/** @returns the text of a scalar on one line, quoted as the one whose place it takes. */
function scalarText(value: unknown, like: Scalar, isFlow: boolean): string {
  if (typeof value === 'string' && value.includes('\n')) return inLine(value, true);
  const node = new Scalar(value);
  if (typeof value === 'string' && (like.type === Scalar.QUOTE_DOUBLE || like.type === Scalar.QUOTE_SINGLE))
    node.type = like.type;
  return isFlow ? inLine(node, true) : stringify(node, STYLE).trimEnd();
}

function isNested(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length > 0;
}

function hasPadding(text: string, map: YAMLMap): boolean {
  return map.items.length === 0 || /\s/.test(text[map.range![0] + 1]!);
}

function startOf({ key }: Entry): number {
  return key.range![0];
}

function afterColon(text: string, { key }: Entry): number {
  const end = key.range![1];
  return end + lengthOf(/^\s*:/, text, end);
}

function endOf({ value }: Entry): number {
  return endOfNode(value);
}

/** The range of a block collection may include comments behind it. */
function endOfNode(node: Node): number {
  if (!isCollection(node) || node.flow) return node.range![1];
  return isMap(node) ? endOf(node.items.at(-1) as Entry) : endOfNode(node.items.at(-1) as Node);
}

/** @returns where the line ends that a place is in, or, of what includes its end of line, behind. */
function lineEnd(text: string, from: number): number {
  const at = text[from - 1] === '\n' ? from - 1 : text.indexOf('\n', from);
  return at < 0 ? text.length : text[at - 1] === '\r' ? at - 1 : at;
}

function afterLine(text: string, from: number): number {
  const newLine = text.indexOf('\n', lineEnd(text, from));
  return newLine < 0 ? text.length : newLine + 1;
}

/** @returns how the line ends that a place is in; that of the first one, where it is the last. */
function lineBreakAt(text: string, at: number): string {
  return /\r?\n/.exec(text.slice(at))?.[0] ?? /\r?\n/.exec(text)?.[0] ?? '\n';
}

/** @returns the spaces that stand for all that is before a place in its line. */
function indentAt(text: string, at: number): string {
  return ' '.repeat(at - (text.lastIndexOf('\n', at - 1) + 1));
}

function lengthOf(what: RegExp, text: string, from: number): number {
  return what.exec(text.slice(from))?.[0].length ?? 0;
}

function splice(text: string, start: number, end: number, by: string): string {
  return `${text.slice(0, start)}${by}${text.slice(end)}`;
}
