/** Files of Kubernetes objects as kubectl reads them, and where in them each value stands. */
import {
  type Document,
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseAllDocuments,
  parseDocument,
  Scalar,
  type ScalarTag,
  type Tags,
} from 'yaml';
import { type Path } from '../checks/index.js';
import { documentProblems, type TextProblem, textProblem } from './soundness.js';

/** A place in a file, counted from 1. */
export interface Place {
  file: string;
  line: number;
  column: number;
}

/** Something wrong with a file itself. */
export interface FileProblem extends Place {
  message: string;
}

/** A file that was read. */
export interface Source {
  readonly text: string;
  /** What the text is the YAML of, where that is known: it need not be parsed then, nor be made. */
  readonly document?: object | undefined;
}

/** One document of a file. */
export interface ManifestDocument {
  file: ManifestFile;
  value: unknown;
  /** Number of the document in the file, from 0. */
  index: number;
}

/** 0o644, of YAML 1.2, which kubectl's reader takes beside 0644. */
const OCTAL: ScalarTag = {
  tag: 'tag:yaml.org,2002:int',
  default: true,
  identify: () => false,
  format: 'OCT',
  test: /^[-+]?0o[0-7]+$/,
  resolve: (text) => Number(text.replace(/^[-+]/, '')) * (text.startsWith('-') ? -1 : 1),
};

/** What kubectl's YAML reader does not make of text is left out: times, base 60 and the like. */
const readable = (tags: Tags): Tags => [
  OCTAL,
  ...tags.filter(
    (tag) =>
      typeof tag === 'string' ||
      !(/:(timestamp|binary|omap|pairs|set)$/.test(tag.tag) || ('format' in tag && tag.format === 'TIME')),
  ),
];

/** YAML 1.1, in which yes is a boolean, as the API server's client reads it. */
const READING = {
  prettyErrors: false,
  version: '1.1',
  customTags: readable,
  merge: true,
  strict: true,
  logLevel: 'error',
} as const;

export class ManifestFile {
  readonly documents: ManifestDocument[] = [];
  readonly problems: FileProblem[] = [];
  readonly path: string;
  readonly #source: Source;
  readonly #lines = new LineCounter();
  readonly #parsed: Document.Parsed[] = [];

  /** @param path as it is shown to the user */
  constructor(path: string, source: string | Source) {
    this.path = path;
    this.#source = typeof source === 'string' ? { text: source } : source;
    const { document } = this.#source;
    if (document) this.documents.push({ file: this, value: document, index: 0 });
    else this.#read(this.text);
  }

  get text(): string {
    return this.#source.text;
  }

  #read(text: string): void {
    const fail = ({ message, offset }: TextProblem): void =>
      void this.problems.push({ ...this.#placeAt(offset), message });
    const unreadable = textProblem(text);
    if (unreadable) {
      // Lines are counted while the text is parsed.
      this.#lines.addNewLine(0);
      for (let end = text.indexOf('\n'); end >= 0 && end < unreadable.offset; end = text.indexOf('\n', end + 1))
        this.#lines.addNewLine(end + 1);
      return fail(unreadable);
    }
    try {
      this.#parsed.push(...(parseAllDocuments(text, { ...READING, lineCounter: this.#lines }) as Document.Parsed[]));
    } catch (error) {
      return fail({
        message:
          error instanceof RangeError ? 'values are nested too deep' : `this is not YAML: ${(error as Error).message}`,
        offset: 0,
      });
    }
    for (const [index, document] of this.#parsed.entries()) {
      const problems = documentProblems(document, text);
      problems.forEach(fail);
      let value: unknown;
      try {
        value = problems.length > 0 ? undefined : document.toJS({ maxAliasCount: 10_000 });
      } catch (error) {
        fail({ message: (error as Error).message, offset: document.range[0] });
      }
      if (value !== null && value !== undefined) this.documents.push({ file: this, value, index });
    }
  }

  /**
   * @param path in the document; where it leads nowhere, the nearest place on the way is taken
   * @param inner a path in the YAML text that stands at `path`
   * @param at whether the name of the value is meant, not the value
   */
  placeOf({ index }: ManifestDocument, path: Path, inner?: Path, at?: 'key'): Place {
    const { node, key, depth } = this.#follow(index, path);
    if (inner && depth === path.length && isScalar(node) && typeof node.value === 'string')
      return this.#innerPlace(node, inner, at);
    const offset =
      (isScalar(node) && !(at && key && depth === path.length)
        ? node.range?.[0]
        : (key?.range?.[0] ?? node?.range?.[0])) ?? 0;
    return this.#placeAt(offset);
  }

  /** @returns whether there is a value at a path. */
  has({ index }: ManifestDocument, path: Path): boolean {
    return this.#follow(index, path).depth === path.length;
  }

  /** A file of which is known what is in it is parsed only where a place in it is asked for. */
  #nodes(): readonly Document.Parsed[] {
    if (this.#parsed.length === 0 && this.#source.document)
      this.#parsed.push(parseDocument(this.text, { ...READING, lineCounter: this.#lines }));
    return this.#parsed;
  }

  #follow(index: number, path: Path): { node: Node | null; key: Node | undefined; depth: number } {
    const document = this.#nodes()[index]!;
    let node: Node | null = document.contents;
    let key: Node | undefined;
    for (const [depth, step] of path.entries()) {
      if (isAlias(node)) node = node.resolve(document) ?? node;
      let next: unknown;
      let nextKey: Node | undefined;
      if (isMap(node)) {
        const pair = node.items.find(
          (item) => isPair(item) && String(isScalar(item.key) ? item.key.value : item.key) === String(step),
        );
        next = pair?.value;
        nextKey = pair?.key as Node | undefined;
        if (pair && !next) next = pair.key;
      } else if (isSeq(node)) next = node.items[Number(step)];
      if (!next) return { node, key, depth };
      node = next as Node;
      key = nextKey;
    }
    return { node, key, depth: path.length };
  }

  /** Text in a literal block keeps its lines, indented. */
  #innerPlace(node: Scalar, inner: Path, at: 'key' | undefined): Place {
    const start = this.#placeAt(node.range?.[0] ?? 0);
    if (node.type !== Scalar.BLOCK_LITERAL) return start;
    const { line, column } = placeInText(this.path, String(node.value), inner, at);
    const indent = /^ */.exec(this.text.split('\n')[start.line] ?? '')![0].length;
    return { file: this.path, line: start.line + line, column: column + indent };
  }

  #placeAt(offset: number): Place {
    const { line, col } = this.#lines.linePos(offset);
    return { file: this.path, line: Math.max(line, 1), column: Math.max(col, 1) };
  }
}

/** @returns where a path leads to in a YAML text that is a file of its own, such as config.yml. */
export function placeInText(file: string, text: string, path: Path, at?: 'key'): Place {
  const read = new ManifestFile(file, text);
  const [document] = read.documents;
  return document ? read.placeOf(document, path, undefined, at) : { file, line: 1, column: 1 };
}
