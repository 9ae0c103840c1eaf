/** What is built once and kept: each part appears whole under its name, or not at all. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { isAlive } from '../../generator/tree/index.js';

export type Log = (line: string) => void;

const UNFINISHED = /^\.building-(\d+)-/;

export class Cache {
  readonly folder: string;
  readonly #log: Log;

  constructor(folder: string, log: Log = () => {}) {
    this.folder = resolve(folder);
    this.#log = log;
    mkdirSync(this.folder, { recursive: true });
    this.#removeUnfinished();
  }

  /**
   * @param name path of the part below the folder, with the version in it
   * @param build writes the part, a file or a folder, to the path that it gets
   * @returns the part's path
   */
  async part(name: string, build: (output: string) => void | Promise<void>): Promise<string> {
    const path = join(this.folder, name);
    if (existsSync(path)) return path;
    this.#log(`building ${name}`);
    const started = performance.now();
    const work = mkdtempSync(join(this.folder, `.building-${process.pid}-`));
    try {
      await build(join(work, 'part'));
      mkdirSync(dirname(path), { recursive: true });
      this.#keep(join(work, 'part'), path);
    } finally {
      rmSync(work, { recursive: true, force: true });
    }
    this.#log(`built ${name} in ${((performance.now() - started) / 1000).toFixed(1)} s`);
    return path;
  }

  #keep(part: string, path: string): void {
    try {
      renameSync(part, path);
    } catch (error) {
      // A folder that another process has built meanwhile.
      if (!['ENOTEMPTY', 'EEXIST'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    }
  }

  /** Removes what a build left that was killed. */
  #removeUnfinished(): void {
    for (const name of readdirSync(this.folder)) {
      const [, pid] = UNFINISHED.exec(name) ?? [];
      if (pid && !isAlive(Number(pid))) rmSync(join(this.folder, name), { recursive: true, force: true });
    }
  }
}
