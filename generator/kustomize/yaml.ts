import { Document, Pair, Scalar, YAMLMap, YAMLSeq } from 'yaml';
import { commentOn } from '../model/index.js';

/** A file of the tree. */
export interface TreeFile {
  readonly text: string;
  /** What the text is the YAML of; undefined for the files of ConfigMaps. */
  readonly document?: object;
}

/** A file of YAML, whose text is made when it is asked for. */
export class YamlFile implements TreeFile {
  readonly document: object;
  readonly #header: string[];
  #text: string | undefined;

  /** @param header comment lines at the top of the file */
  constructor(document: object, header: string[]) {
    this.document = document;
    this.#header = header;
  }

  get text(): string {
    return (this.#text ??= toYaml(this.document, this.#header));
  }
}

/** @returns whether two values are written as the same YAML: comments and the order of keys count */
export function isWrittenAlike(one: unknown, other: unknown): boolean {
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) return one === other;
  const [fields, others] = [Object.entries(one), Object.entries(other)];
  return (
    Array.isArray(one) === Array.isArray(other) &&
    fields.length === others.length &&
    fields.every(([key, value], index) => {
      const [otherKey, otherValue] = others[index]!;
      return key === otherKey && commentOn(one, key) === commentOn(other, key) && isWrittenAlike(value, otherValue);
    })
  );
}

/** Columns at which a comment is wrapped, not counting its indentation. */
const COMMENT_WIDTH = 100;

/**
 * Writes a value as YAML: keys in the order of the value, comments where the model has them. Text that YAML 1.1
 * readers, such as kubectl, would take for something else is quoted.
 *
 * @param header comment lines at the top of the file
 */
export function toYaml(value: object, header: string[] = []): string {
  const document = new Document(undefined, { version: '1.2', compat: 'yaml-1.1' });
  document.contents = toNode(value) as never;
  const body = document.toString({ lineWidth: 0 });
  return header.length > 0 ? `${header.map((line) => `# ${line}\n`).join('')}${body}` : body;
}

function toNode(value: unknown): Scalar | YAMLMap | YAMLSeq {
  if (Array.isArray(value)) {
    const seq = new YAMLSeq();
    seq.items = value.map((item) => {
      const node = toNode(item);
      // A comment on the first field of an item reads better before the item's dash.
      const first = node instanceof YAMLMap ? (node.items[0]?.key as Scalar | undefined) : undefined;
      if (first?.commentBefore) {
        node.commentBefore = first.commentBefore;
        first.commentBefore = null;
      }
      return node;
    });
    return seq;
  }
  if (typeof value !== 'object' || value === null) return new Scalar(value);
  const map = new YAMLMap();
  for (const [key, item] of Object.entries(value)) {
    const keyNode = new Scalar(key);
    const comment = commentOn(value, key);
    if (comment) keyNode.commentBefore = wrap(comment);
    map.items.push(new Pair(keyNode, toNode(item)));
  }
  return map;
}

function wrap(text: string): string {
  const lines = [''];
  for (const word of text.split(' ')) {
    const line = lines.at(-1)!;
    if (line.length + word.length >= COMMENT_WIDTH) lines.push(` ${word}`);
    else lines[lines.length - 1] = `${line} ${word}`;
  }
  return lines.join('\n');
}
