/** Stands around the making of layers, and answers for those that an earlier run made of the same. */
import { createHash } from 'node:crypto';
import {
  type Files,
  filesOf,
  type LayerContext,
  type LayerFiles,
  type MakeLayer,
  objectsOf,
  type PlannedLayer,
  type TreeFile,
} from '../plan/index.js';

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

/** @returns what puts the memory around a `MakeLayer`. The layers are the same without it. */
export function remembering(memo: LayerMemo): (make: MakeLayer, context: LayerContext) => MakeLayer {
  return (make, { header, crds }) => {
    const common = [memo.program, header, crds.map(sha256)];
    const last = new LastFiles(header);
    return async (layer) => {
      const key = keyOf(layer, common);
      const known = memo.get(key);
      if (known)
        return {
          files: new KnownFiles(known, layer, last),
          findings: [],
          used: new Set(known.used),
          objects: () => objectsOf(layer, header),
        };
      const made = await make(layer);
      if (made.findings.length === 0) memo.set(key, { files: [...made.files.hashes], used: [...made.used] });
      return made;
    };
  };
}

/** @returns what tells a layer from all others: the same key means the same files and the same findings */
function keyOf({ name, settings, parent }: PlannedLayer, common: readonly unknown[]): string {
  return sha256(JSON.stringify([...common, name, settings, parent]));
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** The files of a known layer: their texts are made again only where one is asked for. */
class KnownFiles implements LayerFiles {
  readonly hashes: ReadonlyMap<string, string>;
  readonly #layer: PlannedLayer;
  readonly #last: LastFiles;

  constructor({ files }: LayerRecord, layer: PlannedLayer, last: LastFiles) {
    this.hashes = new Map(files);
    this.#layer = layer;
    this.#last = last;
  }

  /** @throws Error where the text is not what the memo has, which is then of another program */
  text(path: string): string {
    const { text } = this.file(path);
    if (sha256(text) !== this.hashes.get(path)) throw wrongAbout(path);
    return text;
  }

  file(path: string): TreeFile {
    const file = this.#last.of(this.#layer).get(path);
    if (!file) throw wrongAbout(path);
    return file;
  }
}

function wrongAbout(path: string): Error {
  return new Error(`the cache is wrong about ${path}; run with --no-cache`);
}

/** The files of the layer that was asked for last: they are asked for layer by layer. */
class LastFiles {
  readonly #header: string[];
  #last: { layer: PlannedLayer; files: Files } | undefined;

  constructor(header: string[]) {
    this.#header = header;
  }

  of(layer: PlannedLayer): Files {
    if (this.#last?.layer !== layer) this.#last = { layer, files: filesOf(layer, this.#header) };
    return this.#last.files;
  }
}
