/** The files of a tree, whose texts may be made when they are asked for. */
import { type Files, isWrittenAlike, type TreeFile } from '../kustomize/index.js';
import { hashOf, type WantedFiles } from '../tree/index.js';

/** The files of a layer, or of another folder of the tree. */
export interface LayerFiles {
  /** Path in the tree -> hash of the text, in hexadecimal. */
  readonly hashes: ReadonlyMap<string, string>;
  text(path: string): string;
  /** @returns a file, whose text is made when it is asked for */
  file(path: string): TreeFile;
}

/** Files whose texts are there. */
export class WrittenFiles implements LayerFiles {
  readonly hashes: ReadonlyMap<string, string>;
  readonly #files: Files;

  constructor(files: Files) {
    this.#files = files;
    this.hashes = new Map([...files].map(([path, { text }]) => [path, hashOf(text)]));
  }

  text(path: string): string {
    return this.file(path).text;
  }

  file(path: string): TreeFile {
    return this.#files.get(path)!;
  }
}

/** Keeps the files of the layers that were made in this process: what is made again has its text already. */
export class KeptTexts {
  readonly #files = new Map<string, TreeFile>();

  /** @returns files with those among them that were kept in place of new ones that are written alike */
  reused(files: Files): Files {
    for (const [path, file] of files) {
      const kept = this.#files.get(path);
      if (kept?.document && file.document && isWrittenAlike(kept.document, file.document)) files.set(path, kept);
      else this.#files.set(path, file);
    }
    return files;
  }
}

/** The files of a tree: path -> text. */
export class TreeFiles implements WantedFiles {
  readonly #folders = new Map<string, LayerFiles>();

  add(files: LayerFiles): void {
    for (const path of files.hashes.keys()) this.#folders.set(path, files);
  }

  get(path: string): string | undefined {
    return this.#folders.get(path)?.text(path);
  }

  /** @returns the file with what it is the YAML of; undefined where it is not in the tree. Its text is made when it is asked for. */
  sourceOf(path: string): TreeFile | undefined {
    return this.#folders.get(path)?.file(path);
  }

  /** @returns the file of a path, where its text is this one */
  readonly known = (path: string, text: string): TreeFile | undefined =>
    this.has(path) && this.hashOf(path) === hashOf(text) ? this.sourceOf(path) : undefined;

  hashOf(path: string): string {
    return this.#folders.get(path)!.hashes.get(path)!;
  }

  has(path: string): boolean {
    return this.#folders.has(path);
  }

  get size(): number {
    return this.#folders.size;
  }

  keys(): MapIterator<string> {
    return this.#folders.keys();
  }

  *values(): MapIterator<string> {
    for (const path of this.#folders.keys()) yield this.get(path)!;
  }

  *entries(): MapIterator<[string, string]> {
    for (const path of this.#folders.keys()) yield [path, this.get(path)!];
  }

  [Symbol.iterator](): MapIterator<[string, string]> {
    return this.entries();
  }

  forEach(run: (text: string, path: string, files: TreeFiles) => void): void {
    for (const [path, text] of this) run(text, path, this);
  }
}
