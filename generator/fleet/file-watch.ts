/** Tells when files get other contents, however an editor saves them. */
import { createHash } from 'node:crypto';
import { type FSWatcher, readFileSync, statSync, watch } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';

/** An editor's save is several steps: milliseconds without another one after which it counts as done. */
const QUIET = 10;
/** A file that is gone, or empty, is most likely being saved: milliseconds until that is believed. */
const DOUBT = 150;

/**
 * Watches the folders of files rather than the files: an editor that saves by renaming puts another file in the place of
 * the one that was watched.
 */
export class FileWatch {
  readonly #onChange: (changed: string[], noticed: number) => void;
  readonly #watchers = new Map<string, { watcher: FSWatcher; inode: number }>();
  /** Absolute path -> hash of the contents; undefined where there is no such file. */
  #files = new Map<string, string | undefined>();
  /** Folders in which anything counts. */
  #folders = new Set<string>();
  #noticed: number | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;

  /**
   * @param onChange gets the absolute paths of the files whose contents changed, none where only a folder has other
   *   entries, and the moment that the first step of the save was noticed (performance.now)
   */
  constructor(onChange: (changed: string[], noticed: number) => void) {
    this.#onChange = onChange;
  }

  /**
   * Watches these from now on, and no others.
   *
   * @param files need not be there yet, but their folder
   * @param folders of which new and lost entries are told too
   */
  follow(files: Iterable<string>, folders: Iterable<string> = []): void {
    this.#files = new Map([...files].map((file) => resolve(file)).map((file) => [file, this.#files.has(file) ? this.#files.get(file) : hashOf(file)]));
    this.#folders = new Set([...folders].map((folder) => resolve(folder)));
    this.#arm();
  }

  /** Nothing is watched from now on, whatever is to be followed yet. */
  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    for (const { watcher } of this.#watchers.values()) watcher.close();
    this.#watchers.clear();
  }

  /** A folder may have been made anew under its name since, as by a checkout. */
  #arm(): void {
    if (this.#isClosed) return;
    const wanted = new Set([...[...this.#files.keys()].map((file) => dirname(file)), ...this.#folders]);
    for (const [folder, { watcher, inode }] of this.#watchers) {
      if (wanted.has(folder) && inodeOf(folder) === inode) continue;
      watcher.close();
      this.#watchers.delete(folder);
    }
    for (const folder of wanted) {
      const inode = inodeOf(folder);
      if (inode === undefined || this.#watchers.has(folder)) continue;
      const watcher = watch(folder, (_, name) => this.#notice(folder, name));
      watcher.on('error', () => this.#notice(folder, null));
      this.#watchers.set(folder, { watcher, inode });
    }
  }

  /** @param name of the entry that changed; null where the system does not say */
  #notice(folder: string, name: string | null): void {
    const counts = name === null || name === basename(folder) || this.#folders.has(folder) || this.#files.has(resolve(folder, name));
    if (!counts) return;
    this.#noticed ??= performance.now();
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#look(false), QUIET);
  }

  #look(again: boolean): void {
    const now = new Map([...this.#files.keys()].map((file) => [file, hashOf(file)]));
    const changed = [...now].filter(([file, hash]) => hash !== this.#files.get(file));
    if (!again && changed.some(([, hash]) => hash === undefined || hash === EMPTY)) {
      this.#timer = setTimeout(() => this.#look(true), DOUBT);
      return;
    }
    const noticed = this.#noticed!;
    this.#noticed = undefined;
    this.#files = now;
    this.#arm();
    this.#onChange(changed.map(([file]) => file), noticed);
  }
}

const EMPTY = createHash('sha256').digest('hex');

function hashOf(file: string): string | undefined {
  try {
    return createHash('sha256').update(readFileSync(file)).digest('hex');
  } catch {
    return undefined;
  }
}

function inodeOf(folder: string): number | undefined {
  const stat = statSync(folder, { throwIfNoEntry: false });
  return stat?.isDirectory() ? stat.ino : undefined;
}
