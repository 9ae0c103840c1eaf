import { type Document, isScalar, LineCounter, parseAllDocuments, type YAMLError } from 'yaml';
import { dotted } from './pointer.js';
import type { Problem } from './problem.js';
import { NESTED_TOO_DEEP, NodeReader, type Source } from './read-nodes.js';

/** Bytes. A registry.yaml with 1,000 overlays has about a tenth of this. */
export const MAX_BYTES = 1024 * 1024;
/** More brackets or dashes in a row than any real file has: refused at once, as the parser would take seconds. */
const ENDLESS_NESTING = /(?:[[{]\s*|- ){100}/;

/** A YAML file as plain values, with the place of each. */
export class SourceFile {
  readonly value: unknown;
  readonly problems: Problem[] = [];
  readonly #file: string;
  readonly #lines = new LineCounter();
  readonly #sources = new Map<string, Source>();

  /**
   * @param file the name that problems are reported under
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
      return this.#fail(
        `the file has ${bytes.length} bytes, more than the maximum of ${MAX_BYTES}; is it the right file?`,
      );
    }
    if (bytes[0] === 0xff || bytes[0] === 0xfe) {
      return this.#fail('the file is UTF-16; save it as UTF-8');
    }
    const text = decodeUtf8(bytes);
    if (text === undefined || text.includes('\0')) {
      return this.#fail('the file is not UTF-8 text; is it the right file?');
    }
    const conflict = /^<{7} /m.exec(text);
    if (conflict) {
      for (const { index } of text.matchAll(/^/gm)) this.#lines.addNewLine(index);
      return this.#fail('a merge conflict begins here; resolve it', conflict.index);
    }
    if (ENDLESS_NESTING.test(text)) return this.#fail(NESTED_TOO_DEEP);
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
      if (error instanceof RangeError) return this.#fail(NESTED_TOO_DEEP);
      throw error;
    }
    const [document, second] = documents;
    const isNothing = (value: unknown): boolean => !value || (isScalar(value) && value.value === null);
    if (!document || (isNothing(document.contents) && document.errors.length === 0)) {
      return this.#fail('the file is empty; `registry-gitops init` creates one to start from');
    }
    if (second) {
      const start = text.indexOf('---', document.range[1]);
      this.#fail(
        'a second document starts here, but a registry.yaml describes one registry; write its variants under "overlays"',
        start < 0 ? second.range[0] : start,
      );
    }
    if (document.directives.yaml.explicit && document.directives.yaml.version !== '1.2') {
      this.#fail(
        'the %YAML directive selects an older version of YAML, in which `no` and `on` are booleans; remove it',
      );
    }
    for (const error of independent(document.errors)) this.#syntaxError(error);
    for (const warning of document.warnings) {
      this.#fail(`${warning.message.replace('Unresolved tag: ', 'unknown tag ')}; remove it`, warning.pos[0]);
    }
    // What a syntax error leaves behind would be a guess.
    if (document.errors.length > 0) return undefined;
    return new NodeReader(
      this.#sources,
      (offset, path, message) => this.problems.push(this.#problemAt(offset, path, message)),
      (offset) => this.#lines.linePos(offset).line,
    ).read(document);
  }

  #syntaxError({ code, message, pos: [offset] }: YAMLError): void {
    const text =
      code === 'TAB_AS_INDENT'
        ? 'this line is indented with a tab; YAML allows only spaces'
        : code === 'BAD_ALIAS' && message.includes('empty')
          ? '* begins an alias in YAML; write text in quotes: "*"'
          : `invalid YAML: ${message.replace(/^./, (first) => first.toLowerCase())}`;
    this.#fail(text, offset);
  }
}

/** @returns the errors without those that only follow from a tab before them. */
function independent(errors: readonly YAMLError[]): YAMLError[] {
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
