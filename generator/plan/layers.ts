/** The layers of a tree: each built when it is asked for, and taken as known where nothing that it is made of has changed. */
import { createHash } from 'node:crypto';
import type { Config, Settings } from '../config/index.js';
import { buildModel } from '../features/index.js';
import { type Files, type Layer, writeLayer } from '../kustomize/index.js';
import { folderOf } from '../model/index.js';
import type { WantedFiles } from '../tree/index.js';

/** What is kept of a layer in which nothing was found. */
export interface LayerRecord {
  files: [path: string, sha256: string][];
  /** Exceptions in registry.yaml that it needs. */
  used: string[];
}

/** Keeps records of layers, by all that they are made of. */
export interface LayerMemo {
  /** Names the program: another one may make other files of the same settings. */
  program: string;
  get(key: string): LayerRecord | undefined;
  set(key: string, record: LayerRecord): void;
}

/** The base or an overlay, before it is built. */
export interface PlannedLayer {
  /** base, or the overlay's name. */
  name: string;
  settings: Settings;
  /** What the layer is built on; undefined for the base. */
  parent: { folder: string; settings: Settings } | undefined;
  build(): Layer;
}

/** Yields the base and the overlays as layers, each overlay after its parent. */
export function* layersOf({ base, overlays }: Config): Generator<PlannedLayer> {
  const baseLayer = once((): Layer => ({ folder: 'base', model: buildModel(base) }));
  yield { name: 'base', settings: base, parent: undefined, build: baseLayer };
  const extended = new Set(overlays.map(({ parent }) => parent));
  const layers = new Map<string, { settings: Settings; build: () => Layer }>();
  for (const { name, parent, settings } of overlays) {
    const above = parent === undefined ? { settings: base, build: baseLayer } : layers.get(parent)!;
    const folder = folderOf(name);
    const build = (): Layer => ({ folder, model: buildModel(settings), parent: above.build() });
    // Only what others build on is kept: of a thousand overlays few are.
    if (extended.has(name))
      layers.set(name, { settings, build: once(() => ({ folder, model: buildModel(settings) })) });
    yield { name, settings, parent: { folder: folderOf(parent ?? 'base'), settings: above.settings }, build };
  }
}

function once<T>(make: () => T): () => T {
  let made: { value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}

/**
 * @param crds texts of the CustomResourceDefinitions that are checked by
 * @returns what tells a layer from all others: the same key means the same files and the same findings
 */
export function keyOf(
  { name, settings, parent }: PlannedLayer,
  header: readonly string[],
  crds: readonly string[],
  program: string,
): string {
  return sha256(JSON.stringify([program, header, crds.map(sha256), name, settings, parent]));
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** The files of a tree: path -> text. The text of a layer that is known is made again only where it is asked for. */
export class TreeFiles implements WantedFiles {
  readonly #entries = new Map<string, string | { hash: string; write: () => Files }>();
  /** The layer that was asked for last. */
  #last: { write: () => Files; files: Files } | undefined;

  /** @returns their hashes */
  add(files: Files): [path: string, sha256: string][] {
    for (const [path, text] of files) this.#entries.set(path, text);
    return [...files].map(([path, text]) => [path, sha256(text)]);
  }

  addKnown({ files }: LayerRecord, layer: PlannedLayer, header: string[]): void {
    const write = (): Files => writeLayer(layer.build(), header);
    for (const [path, hash] of files) this.#entries.set(path, { hash, write });
  }

  /** @throws Error where the text is not what the memo said, which is then of another program */
  get(path: string): string | undefined {
    const entry = this.#entries.get(path);
    if (entry === undefined || typeof entry === 'string') return entry;
    const { hash, write } = entry;
    if (this.#last?.write !== write) this.#last = { write, files: write() };
    const text = this.#last.files.get(path);
    if (text === undefined || sha256(text) !== hash)
      throw new Error(`the cache is wrong about ${path}; run with --no-cache`);
    return text;
  }

  hashOf(path: string): string {
    const entry = this.#entries.get(path)!;
    return typeof entry === 'string' ? sha256(entry) : entry.hash;
  }

  has(path: string): boolean {
    return this.#entries.has(path);
  }

  get size(): number {
    return this.#entries.size;
  }

  keys(): MapIterator<string> {
    return this.#entries.keys();
  }

  *values(): MapIterator<string> {
    for (const path of this.#entries.keys()) yield this.get(path)!;
  }

  *entries(): MapIterator<[string, string]> {
    for (const path of this.#entries.keys()) yield [path, this.get(path)!];
  }

  [Symbol.iterator](): MapIterator<[string, string]> {
    return this.entries();
  }

  forEach(run: (text: string, path: string, files: TreeFiles) => void): void {
    for (const [path, text] of this) run(text, path, this);
  }
}
