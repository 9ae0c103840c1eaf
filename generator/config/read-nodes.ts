/** The nodes of a YAML document as plain values, with the place of each. */
import { type Document, isAlias, isMap, isScalar, isSeq, type Node, Scalar, type YAMLMap } from 'yaml';
import { child, dotted } from './pointer.js';

/** Values that aliases may expand to: far more than any real file, far less than a "billion laughs" needs. */
const MAX_ALIASED_VALUES = 10_000;
const MAX_DEPTH = 50;
export const NESTED_TOO_DEEP = `values are nested more than ${MAX_DEPTH} levels deep; is it the right file?`;

/** What is known of the source of one value. */
export interface Source {
  /** Offsets into the text: of the key (of the value itself in a list) and of the value. */
  key: number;
  value: number;
  /** How a plain, unquoted scalar is written; undefined for all else. */
  plain?: string;
}

/** Turns a document's nodes into plain values, noting the place of each. */
export class NodeReader {
  readonly #sources: Map<string, Source>;
  readonly #report: (offset: number, path: string, message: string) => void;
  readonly #lineOf: (offset: number) => number;
  readonly #open = new Set<Node>();
  #aliased = 0;
  #inAlias = 0;
  #document!: Document.Parsed;

  constructor(
    sources: Map<string, Source>,
    report: (offset: number, path: string, message: string) => void,
    lineOf: (offset: number) => number,
  ) {
    this.#sources = sources;
    this.#report = report;
    this.#lineOf = lineOf;
  }

  read(document: Document.Parsed): unknown {
    this.#document = document;
    return this.#value(document.contents, '', document.contents?.range?.[0] ?? 0, 0);
  }

  /** @returns the node's value, or undefined where it could not be read, which is then reported already. */
  #value(node: unknown, pointer: string, keyOffset: number, depth: number): unknown {
    const range = (node as Node | null)?.range;
    const offset = range?.[0] ?? keyOffset;
    const source: Source = { key: keyOffset, value: offset };
    if (isScalar(node) && node.type === Scalar.PLAIN) source.plain = node.source ?? '';
    this.#sources.set(pointer, source);
    if (this.#inAlias > 0 && ++this.#aliased === MAX_ALIASED_VALUES) {
      this.#report(
        offset,
        '',
        `aliases expand to more than ${MAX_ALIASED_VALUES} values; write them out, or use "extends"`,
      );
    }
    if (this.#aliased >= MAX_ALIASED_VALUES) return undefined;
    if (depth > MAX_DEPTH) {
      this.#report(offset, '', NESTED_TOO_DEEP);
      return undefined;
    }
    if (isAlias(node)) return this.#alias(node, pointer, keyOffset, depth);
    if (isMap(node)) return this.#map(node, pointer, depth);
    if (isSeq(node)) {
      return node.items.map((item, index) =>
        this.#value(item, child(pointer, index), (item as Node | null)?.range?.[0] ?? offset, depth + 1),
      );
    }
    return isScalar(node) ? node.value : null;
  }

  #alias(node: import('yaml').Alias, pointer: string, keyOffset: number, depth: number): unknown {
    const target = node.resolve(this.#document);
    const offset = node.range?.[0] ?? keyOffset;
    if (!target) {
      this.#report(
        offset,
        dotted(pointer),
        `* begins an alias in YAML, and there is no anchor "&${node.source}" before it; write text in quotes: "*${node.source}"`,
      );
      return undefined;
    }
    if (this.#open.has(target)) {
      this.#report(
        offset,
        dotted(pointer),
        `the alias "*${node.source}" is inside the value that it refers to; write the value here`,
      );
      return undefined;
    }
    this.#inAlias++;
    const value = this.#value(target, pointer, keyOffset, depth + 1);
    this.#inAlias--;
    // The place of a value is that of the alias, not of the anchor.
    this.#sources.set(pointer, { ...this.#sources.get(pointer)!, key: keyOffset, value: offset });
    return value;
  }

  #map(node: YAMLMap, pointer: string, depth: number): Record<string, unknown> {
    this.#open.add(node);
    const result: Record<string, unknown> = Object.create(null);
    for (const { key, value } of node.items) {
      const offset = (key as Node | null)?.range?.[0] ?? node.range?.[0] ?? 0;
      if (!isScalar(key) || typeof key.value !== 'string') {
        this.#report(offset, dotted(pointer), 'a key must be a string; write it in quotes');
        continue;
      }
      if (key.value === '<<') {
        this.#report(offset, dotted(pointer), 'merge keys ("<<") are not supported; use "extends" in an overlay');
        continue;
      }
      const first = this.#sources.get(child(pointer, key.value));
      if (first && key.value in result) {
        this.#report(
          offset,
          dotted(pointer),
          `duplicate key "${key.value}", first at line ${this.#lineOf(first.key)}; remove one of them`,
        );
        continue;
      }
      const read = this.#value(value, child(pointer, key.value), offset, depth + 1);
      if (read !== undefined) result[key.value] = read;
    }
    this.#open.delete(node);
    return result;
  }
}
