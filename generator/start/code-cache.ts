/** Keeps compiled code in the user's cache folder: never in a checkout, which could bring code of its own. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { cachedDataVersionTag } from 'node:v8';
import type { Script } from 'node:vm';
import { cacheFolder, keepInCache } from '../tree/user-folder.js';

/** Safe to delete at any time: what is not there is compiled. */
export class CodeCache {
  /** Undefined where there is no place for it, or the user wants none: by the variable that switches off Node's own cache too. */
  readonly #folder = process.env['NODE_DISABLE_COMPILE_CACHE'] ? undefined : cacheFolder();
  readonly #toKeep = new Map<string, Script>();

  /** @param key hash of a text @returns its code; undefined where none is kept for this V8 */
  read(key: string): Buffer | undefined {
    if (this.#folder === undefined) return undefined;
    try {
      return readFileSync(fileOf(this.#folder, key));
    } catch {
      return undefined;
    }
  }

  /** Keeps the code at the end of the run, when it has all functions that were called. */
  keepAtExit(key: string, script: Script): void {
    if (this.#folder === undefined) return;
    const folder = this.#folder;
    if (this.#toKeep.size === 0) process.once('exit', () => this.#keep(folder));
    this.#toKeep.set(key, script);
  }

  #keep(folder: string): void {
    for (const [key, script] of this.#toKeep) keepInCache(fileOf(folder, key), script.createCachedData());
  }
}

function fileOf(folder: string, key: string): string {
  return join(folder, `code-${cachedDataVersionTag().toString(16)}-${key}`);
}
