/** Tells when files get other contents, however an editor saves them. */
import { createHash } from 'node:crypto';
import { type FSWatcher, watch } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { setImmediate, setTimeout as sleep } from 'node:timers/promises';
import { readRegularFile } from '../tree/index.js';
import { type Entry, Glance } from './path-entries.js';

/** An editor's save is several steps: milliseconds without another one after which it counts as done. */
const QUIET = 10;
/** Milliseconds after a step until it is looked at: those of one moment are looked at together. */
const SOON = 1;
/** A file that is gone, or empty, is most likely being saved: milliseconds until that is believed. */
const DOUBT = 150;

/**
 * Watches the folders of files rather than the files: an editor that saves by renaming puts another file in the place of
 * the one that was watched. Where a folder is missing, it watches the nearest one above, and where a path leads through
 * links, the folder of each.
 *
 * A change is reported at its first step, so that the work on it takes no longer for the steps that may follow. Whoever
 * acts on it asks `isStill` before anything comes of that work.
 */
export class FileWatch {
  readonly #onChange: (changed: Map<string, string | undefined>, noticed: number) => void;
  readonly #watchers = new Map<string, { watcher: FSWatcher; inode: number }>();
  /** Absolute path -> hash of the contents; undefined where there is no such file. */
  #files = new Map<string, string | undefined>();
  /** Folders in which anything counts, as they are named. */
  #folders: string[] = [];
  /** The entries of folders that count: their paths without links. */
  #entries = new Set<string>();
  /** Folders in which anything counts, without links. */
  #whole = new Set<string>();
  #noticed: number | undefined;
  /** The moment of the last step that was noticed. */
  #last = -Infinity;
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;

  /**
   * @param onChange gets the absolute paths of the files whose contents changed and the hashes that they have now, none where
   *   only a folder has other entries, and the moment that the first step of the save was noticed (performance.now)
   */
  constructor(onChange: (changed: Map<string, string | undefined>, noticed: number) => void) {
    this.#onChange = onChange;
  }

  /**
   * Watches these from now on, and no others.
   *
   * @param files need not be there yet, nor their folders
   * @param folders of which new and lost entries are reported too; need not be there yet
   */
  follow(files: Iterable<string>, folders: Iterable<string> = []): void {
    const before = this.#files;
    this.#files = new Map([...files].map((file) => resolve(file)).map((file) => [file, before.get(file)]));
    this.#folders = [...folders].map((folder) => resolve(folder));
    const watched = new Map([...this.#watchers].map(([folder, { inode }]) => [folder, inode]));
    this.#arm();
    // Not sooner: what is written after it was read has to be seen.
    for (const file of this.#files.keys()) if (!before.has(file)) this.#files.set(file, hashOf(file));
    // What came before a folder was watched made no sign.
    if ([...this.#watchers].some(([folder, { inode }]) => watched.get(folder) !== inode)) this.#lookSoon();
  }

  /** Watches a file too: one that is about to be read. @returns a hash of its contents; undefined where there is no such file */
  add(file: string): string | undefined {
    const path = resolve(file);
    const hash = hashOf(path);
    if (this.#isClosed || this.#files.has(path)) return hash;
    const glance = new Glance();
    for (const entry of glance.entriesOf(path)) this.#watch(entry, glance);
    this.#files.set(path, hash);
    return hash;
  }

  /**
   * Waits until a save that was noticed is done.
   *
   * @param read absolute path -> hash of the contents that were read
   * @returns whether the files have these contents still
   */
  async isStill(read: ReadonlyMap<string, string | undefined>): Promise<boolean> {
    // What happened during the work on it is not noticed yet.
    await setImmediate();
    for (let rest; (rest = this.#last + QUIET - performance.now()) > 0;) await sleep(rest);
    const now = changedSince(read);
    if (now.some(isDoubtful)) await sleep(DOUBT);
    return now.length === 0;
  }

  /** Nothing is watched from now on, whatever is to be followed yet. */
  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    for (const folder of [...this.#watchers.keys()]) this.#drop(folder);
  }

  /** Links may lead elsewhere since, and a folder may have been made anew under its name, as by a checkout. */
  #arm(): void {
    if (this.#isClosed) return;
    const glance = new Glance();
    const ends = this.#folders
      .map((folder) => glance.entriesOf(folder).at(-1)!)
      .map(({ folder, name }) => join(folder, name));
    this.#whole = new Set(ends.filter((folder) => glance.inodeOf(folder) !== undefined));
    const within = [...this.#whole].map((folder) => ({ folder, name: '' }));
    const entries = [...within, ...[...this.#files.keys(), ...this.#folders].flatMap((path) => glance.entriesOf(path))];
    for (const [folder, { inode }] of [...this.#watchers]) if (glance.inodeOf(folder) !== inode) this.#drop(folder);
    this.#entries.clear();
    const used = new Set(entries.map((entry) => this.#watch(entry, glance)));
    for (const folder of [...this.#watchers.keys()]) if (!used.has(folder)) this.#drop(folder);
  }

  /** @returns the folder that is watched for an entry @throws Error where the system has no watches left */
  #watch({ folder, name }: Entry, glance: Glance): string {
    this.#entries.add(join(folder, name));
    if (this.#watchers.has(folder)) return folder;
    try {
      const watcher = watch(folder, (_, changed) => this.#notice(folder, changed));
      watcher.on('error', () => this.#notice(folder, null));
      this.#watchers.set(folder, { watcher, inode: glance.inodeOf(folder) ?? NONE });
      return folder;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'ENOSPC' || code === 'EMFILE' || folder === dirname(folder)) throw error;
      // It went this very moment, or must not be read: until it can be, it is an entry itself.
      return this.#watch({ folder: dirname(folder), name: basename(folder) }, glance);
    }
  }

  #drop(folder: string): void {
    this.#watchers.get(folder)?.watcher.close();
    this.#watchers.delete(folder);
  }

  /** @param name of the entry that changed; null where the system does not say */
  #notice(folder: string, name: string | null): void {
    const isItself = name === null || name === basename(folder);
    // The folder may be gone, and nothing more be heard of it, even where another one gets its name and inode.
    if (isItself) this.#drop(folder);
    if (!isItself && !this.#whole.has(folder) && !this.#entries.has(join(folder, name))) return;
    this.#lookSoon();
  }

  #lookSoon(): void {
    this.#last = performance.now();
    this.#noticed ??= this.#last;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#look(false), SOON);
  }

  #look(again: boolean): void {
    try {
      this.#arm();
    } catch {
      // Reported by the next call of follow.
    }
    const now = new Map([...this.#files.keys()].map((file) => [file, hashOf(file)]));
    const changed = [...now].filter(([file, hash]) => hash !== this.#files.get(file));
    if (!again && changed.some(([, hash]) => isDoubtful(hash))) {
      this.#timer = setTimeout(() => this.#look(true), DOUBT);
      return;
    }
    const noticed = this.#noticed!;
    this.#noticed = undefined;
    this.#files = now;
    this.#onChange(new Map(changed), noticed);
  }
}

/** No folder has this number. */
const NONE = -1;
const EMPTY = createHash('sha256').digest('hex');

const isDoubtful = (hash: string | undefined): boolean => hash === undefined || hash === EMPTY;

/** @returns the hashes that files have now, of those that have others than these */
function changedSince(read: ReadonlyMap<string, string | undefined>): (string | undefined)[] {
  return [...read]
    .map(([file, before]) => ({ before, now: hashOf(file) }))
    .filter(({ before, now }) => before !== now)
    .map(({ now }) => now);
}

function hashOf(file: string): string | undefined {
  try {
    return createHash('sha256')
      .update(readRegularFile(file, { follow: true }))
      .digest('hex');
  } catch {
    return undefined;
  }
}
