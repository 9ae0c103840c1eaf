import { createHash } from 'node:crypto';
import { posix } from 'node:path';
import { folderOf, isDelivery, type KubernetesObject } from '../model/index.js';
import type { Source } from './document.js';
import { KUSTOMIZATION_NAMES, type Read } from './kustomization.js';
import { WrittenTree } from './written.js';

/** A tree in memory: base/, overlays/ and delivery/, at any commit or on disk. */
export class FileTree {
  readonly files: ReadonlyMap<string, string>;
  /** base, the overlays that there are, and the folders of the delivery, such as delivery/argo-cd. */
  readonly variants: string[];
  readonly #written: WrittenTree;
  readonly #folders = new Map<string, [path: string, text: string][]>();
  readonly #fingerprints = new Map<string, string>();

  /** @param files path with forward slashes -> text @param known see `readerOf` */
  constructor(files: ReadonlyMap<string, string>, known?: Known) {
    this.files = files;
    this.#written = new WrittenTree(readerOf(files, known));
    for (const [path, text] of files) {
      const folder = path.startsWith('base/')
        ? 'base'
        : isDelivery(path)
          ? posix.dirname(path)
          : path.split('/').slice(0, 2).join('/');
      const known = this.#folders.get(folder);
      if (known) known.push([path, text]);
      else this.#folders.set(folder, [[path, text]]);
    }
    const folders = [...this.#folders.keys()].filter((folder) =>
      KUSTOMIZATION_NAMES.some((name) => files.has(`${folder}/${name}`)),
    );
    this.variants = folders.flatMap((folder) =>
      folder === 'base' || isDelivery(folder) ? folder : (/^overlays\/(.+)$/.exec(folder)?.[1] ?? []),
    );
  }

  /** @returns the finished objects. @throws LayerError where only kustomize can build them */
  objectsOf(variant: string): KubernetesObject[] {
    return this.#written.objectsOf(folderOf(variant));
  }

  /** @returns what is the same in two trees only where an overlay and what it builds on are, file by file */
  fingerprintOf(variant: string): string {
    return this.#fingerprintOf(folderOf(variant));
  }

  #fingerprintOf(folder: string): string {
    const known = this.#fingerprints.get(folder);
    if (known !== undefined) return known;
    // Kustomizations that refer to each other in a circle end here.
    this.#fingerprints.set(folder, '');
    const own = (this.#folders.get(folder) ?? []).sort(([one], [other]) => (one < other ? -1 : 1));
    const below = own
      .filter(([path]) => KUSTOMIZATION_NAMES.includes(posix.basename(path)))
      .flatMap(([, text]) =>
        [...text.matchAll(/\.\.\/[^\s"',\]]+/g)].map(([to]) => this.#fingerprintOf(posix.join(folder, to))),
      );
    const fingerprint = createHash('sha256')
      .update(JSON.stringify([own, below]))
      .digest('hex');
    this.#fingerprints.set(folder, fingerprint);
    return fingerprint;
  }
}

/** @returns a file with what it is the YAML of, where that is known of a path and its text */
export type Known = (path: string, text: string) => Source | undefined;

/** @returns a reader of files in memory, by their paths. @param known saves parsing them */
export function readerOf(files: ReadonlyMap<string, string>, known: Known = () => undefined): Read {
  const folders = new Set(
    [...files.keys()].flatMap((path) =>
      path
        .split('/')
        .slice(0, -1)
        .map((_, index, steps) => steps.slice(0, index + 1).join('/')),
    ),
  );
  return (path) => {
    const text = files.get(path);
    return text === undefined ? (folders.has(path) ? 'folder' : undefined) : (known(path, text) ?? { text });
  };
}
