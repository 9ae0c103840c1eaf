import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseAllDocuments,
  Scalar,
  type YAMLError,
  type YAMLMap,
} from 'yaml';
import { child, dotted } from './pointer.js';
import type { Problem } from './problem.js';

/** Bytes. A registry.yaml with 1,000 overlays has about a tenth of this. */
export const MAX_BYTES = 1024 * 1024;
/** Values that aliases may expand to: far more than any real file, far less than a "billion laughs" needs. */
const MAX_ALIASED_VALUES = 10_000;
const MAX_DEPTH = 50;
/** More brackets or dashes in a row than any real file has: told at once, as the parser would take seconds over them. */
const ENDLESS_NESTING = /(?:[[{]\s*|- ){100}/;

/** What is known of the source of one value. */
interface Source {
  /** Offsets into the text: of the key (of the value itself in a list) and of the value. */
  key: number;
  value: number;
  /** How a plain, unquoted scalar is written; undefined for all else. */
  plain?: string;
}

/** A YAML file as plain values, with the place of each. */
export class SourceFile {
  readonly value: unknown;
  readonly problems: Problem[] = [];
  readonly #file: string;
  readonly #lines = new LineCounter();
  readonly #sources = new Map<string, Source>();

  /**
   * @param file the name that problems are told under
   * @param bytes the file's contents
   */
  constructor(file: string, bytes: Uint8Array) {
    this.#file = file;
    this.value = this.#read(bytes);
  }

  /** Whether the file itself holds a value at this pointer. */
  has(pointer: string): boolean {
    return this.#sources.has(pointer);
  }

  /** @returns how the scalar at this pointer is written, if it is written without quotes. */
  plainText(pointer: string): string | undefined {
    return this.#sources.get(pointer)?.plain;
  }

  /** All pointers, in the order of the file. */
  pointers(): Iterable<string> {
    return this.#sources.keys();
  }

  /**
   * @param pointer where the problem is
   * @param at whether to point to the key or to its value
   * @param path the path to show, where it isn't the pointer's own
   */
  problem(pointer: string, message: string, at: 'key' | 'value' = 'value', path = dotted(pointer)): Problem {
    return this.#problemAt(this.#sources.get(pointer)?.[at] ?? 0, path, message);
  }

  #problemAt(offset: number, path: string, message: string): Problem {
    const { line, col } = this.#lines.linePos(offset);
    return { file: this.#file, line: Math.max(line, 1), column: Math.max(col, 1), path, message };
  }

  #fail(message: string, offset = 0): undefined {
    this.problems.push(this.#problemAt(offset, '', message));
    return undefined;
  }

  #read(bytes: Uint8Array): unknown {
    if (bytes.length > MAX_BYTES) {
      return this.#fail(`the file is ${bytes.length} bytes; at most ${MAX_BYTES} are read. Is it the right file?`);
    }
    if (bytes[0] === 0xff || bytes[0] === 0xfe) {
      return this.#fail('the file is UTF-16; save it as UTF-8');
    }
    const text = decodeUtf8(bytes);
    if (text === undefined || text.includes('\0')) {
      return this.#fail('the file is not text in UTF-8; is it the right file?');
    }
    const conflict = /^<{7} /m.exec(text);
    if (conflict) {
      for (const { index } of text.matchAll(/^/gm)) this.#lines.addNewLine(index);
      return this.#fail('a merge conflict begins here; resolve it', conflict.index);
    }
    if (ENDLESS_NESTING.test(text)) return this.#fail(`values are nested more than ${MAX_DEPTH} deep`);
    let documents: Document.Parsed[];
    try {
      documents = [
        ...parseAllDocuments(text, {
          lineCounter: this.#lines,
          prettyErrors: false,
          // Checked below: the parser compares every key with every other.
          uniqueKeys: false,
        }),
      ];
    } catch (error) {
      if (error instanceof RangeError) return this.#fail(`values are nested more than ${MAX_DEPTH} deep`);
      throw error;
    }
    const [document, second] = documents;
    const isNothing = (value: unknown): boolean => !value || (isScalar(value) && value.value === null);
    if (!document || (isNothing(document.contents) && document.errors.length === 0)) {
      return this.#fail('the file is empty; `registry-gitops init` writes one to start from');
    }
    if (second) {
      const start = text.indexOf('---', document.range[1]);
      this.#fail(
        'a second document begins here; one registry.yaml describes one registry, with its variants under "overlays"',
        start < 0 ? second.range[0] : start,
      );
    }
    if (document.directives.yaml.explicit && document.directives.yaml.version !== '1.2') {
      this.#fail('the %YAML directive asks for an older YAML, in which `no` and `on` are booleans; remove it');
    }
    for (const error of tellable(document.errors)) this.#syntaxError(error);
    for (const warning of document.warnings) {
      this.#fail(`${warning.message.replace('Unresolved tag: ', 'the tag ')} is not known; remove it`, warning.pos[0]);
    }
    // What a syntax error leaves behind would be a guess.
    if (document.errors.length > 0) return undefined;
    return new Reader(
      this.#sources,
      (offset, path, message) => this.problems.push(this.#problemAt(offset, path, message)),
      (offset) => this.#lines.linePos(offset).line,
    ).read(document);
  }

  #syntaxError({ code, message, pos: [offset] }: YAMLError): void {
    const told =
      code === 'TAB_AS_INDENT'
        ? 'a tab indents this line; YAML takes spaces only'
        : `this is not YAML: ${message.replace(/^./, (first) => first.toLowerCase())}`;
    this.#fail(told, offset);
  }
}

/** @returns the errors without those that only follow from a tab before them. */
function tellable(errors: readonly YAMLError[]): YAMLError[] {
  const isTab = ({ code }: YAMLError): boolean => code === 'TAB_AS_INDENT';
  const first = errors.find(isTab)?.pos[0] ?? Infinity;
  return errors.filter((error) => isTab(error) || error.pos[0] < first);
}

function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** Turns a document's nodes into plain values, noting the place of each. */
class Reader {
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
      this.#report(offset, '', `values are nested more than ${MAX_DEPTH} deep`);
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
      this.#report(offset, dotted(pointer), `no anchor "&${node.source}" stands before this alias`);
      return undefined;
    }
    if (this.#open.has(target)) {
      this.#report(
        offset,
        dotted(pointer),
        `the alias "*${node.source}" stands inside the value that it names, without end`,
      );
      return undefined;
    }
    this.#inAlias++;
    const value = this.#value(target, pointer, keyOffset, depth + 1);
    this.#inAlias--;
    // What an alias brings in is read where the alias stands.
    this.#sources.set(pointer, { ...this.#sources.get(pointer)!, key: keyOffset, value: offset });
    return value;
  }

  #map(node: YAMLMap, pointer: string, depth: number): Record<string, unknown> {
    this.#open.add(node);
    const result: Record<string, unknown> = Object.create(null);
    for (const { key, value } of node.items) {
      const offset = (key as Node | null)?.range?.[0] ?? node.range?.[0] ?? 0;
      if (!isScalar(key) || typeof key.value !== 'string') {
        this.#report(offset, dotted(pointer), 'a key must be text; put it in quotes if it is meant to be');
        continue;
      }
      if (key.value === '<<') {
        this.#report(offset, dotted(pointer), 'merge keys ("<<") are not read; an overlay inherits with "extends"');
        continue;
      }
      const first = this.#sources.get(child(pointer, key.value));
      if (first && key.value in result) {
        this.#report(
          offset,
          dotted(pointer),
          `"${key.value}" is set twice, first at line ${this.#lineOf(first.key)}; keep one of them`,
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
