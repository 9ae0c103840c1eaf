/** What a run remembers of a tree for the next one: layers in which nothing was found, and files that were read. */
import type { Stats } from 'node:fs';
import type { DiskMemo } from '../tree/index.js';
import type { LayerMemo, LayerRecord } from './layers.js';
import type { FileState } from './settled.js';

/** What tells whether a file was written since it was read, and the moment that it was looked at; times in milliseconds. */
type Seen = [size: number, inode: number, modified: number, changed: number, lookedAt: number, sha256: string];

/** The form that is kept on disk. */
export interface Kept {
  layers: Record<string, LayerRecord>;
  files: Record<string, Seen>;
}

/** A file that is written within this time after it was looked at may get the time that it has: milliseconds. */
const TICK = 40;
/** The same where times are kept in seconds, or in tens of milliseconds. */
const COARSE_TICK = 3000;

/**
 * Remembers layers and files. What is not used any more is forgotten.
 *
 * A file counts as read where its size, inode and both times are what they were. A program can set one of the times back,
 * but no other than the kernel sets the second, so that an edit shows in any case but one: within a tick of the clock after
 * the file was looked at. Files that were so young are read again, as git does it
 * (https://git-scm.com/docs/racy-git).
 */
export class Memory implements LayerMemo, DiskMemo {
  readonly program: string;
  readonly #before: Kept;
  readonly #layers = new Map<string, LayerRecord>();
  readonly #files = new Map<string, Seen>();
  #isNew = false;

  constructor(program: string, before: Kept = { layers: {}, files: {} }) {
    this.program = program;
    this.#before = before;
  }

  get(key: string): LayerRecord | undefined {
    const record = Object.hasOwn(this.#before.layers, key) ? this.#before.layers[key] : undefined;
    if (record) this.#layers.set(key, record);
    return record;
  }

  set(key: string, record: LayerRecord): void {
    this.#layers.set(key, record);
    this.#isNew = true;
  }

  hashOf(path: string, { size, ino, mtimeMs, ctimeMs }: Stats): string | undefined {
    const seen = Object.hasOwn(this.#before.files, path) ? this.#before.files[path] : undefined;
    if (!seen || seen[0] !== size || seen[1] !== ino || seen[2] !== mtimeMs || seen[3] !== ctimeMs) return undefined;
    if (isYoung(seen)) return undefined;
    this.#files.set(path, seen);
    return seen[5];
  }

  learn(path: string, { size, ino, mtimeMs, ctimeMs }: Stats, hash: string, now = Date.now()): void {
    this.#files.set(path, [size, ino, mtimeMs, ctimeMs, now, hash]);
    this.#isNew = true;
  }

  /** @returns what shows that these files are as they were when they were looked at; undefined where one of them may not be */
  statesOf(paths: Iterable<string>): FileState[] | undefined {
    const states: FileState[] = [];
    for (const path of paths) {
      const seen = this.#files.get(path);
      if (!seen || isYoung(seen)) return undefined;
      const [size, inode, modified, changed] = seen;
      states.push([path, size, inode, modified, changed]);
    }
    return states;
  }

  /** Whether there is anything that was not remembered before. */
  get isNew(): boolean {
    return this.#isNew;
  }

  /** @returns what the next run in this process may know. */
  next(): Memory {
    return new Memory(this.program, this.kept());
  }

  /** @returns what is remembered now, for the next run. */
  kept(): Kept {
    return { layers: Object.fromEntries(this.#layers), files: Object.fromEntries(this.#files) };
  }
}

/** Whether a file was so young when it was looked at that a later write may show no other times. */
function isYoung([, , modified, changed, lookedAt]: Seen): boolean {
  const tick = modified % 10 === 0 || changed % 10 === 0 ? COARSE_TICK : TICK;
  return Math.max(modified, changed) + tick > lookedAt;
}
