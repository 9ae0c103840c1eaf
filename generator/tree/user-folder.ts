/** The folder of the user outside of every checkout: what is in it was written by the user's own runs. */
import { existsSync, lstatSync, mkdirSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, isAbsolute, join } from 'node:path';
import { makeFolder } from './folder.js';

/**
 * @returns registry-gitops' folder for what can be deleted at any time, which is made where it is missing; undefined where there
 *   is none that only this user can write to
 * @see https://specifications.freedesktop.org/basedir-spec/latest/
 */
export function cacheFolder(): string | undefined {
  const stated = process.env['XDG_CACHE_HOME'];
  // The specification has relative paths ignored.
  const parent = stated && isAbsolute(stated) ? stated : inHome('.cache');
  if (parent === undefined) return undefined;
  const folder = join(parent, 'registry-gitops');
  try {
    makeFolder(parent);
    if (!existsSync(folder)) mkdirSync(folder, { mode: 0o700 });
    return isPrivate(folder) ? folder : undefined;
  } catch {
    return undefined;
  }
}

function inHome(path: string): string | undefined {
  const home = homedir();
  return isAbsolute(home) ? join(home, path) : undefined;
}

/** Whether a folder is the user's own, and no other user can put anything into it. */
function isPrivate(folder: string): boolean {
  const stat = lstatSync(folder);
  const user = process.getuid?.();
  return stat.isDirectory() && (user === undefined || (stat.uid === user && (stat.mode & 0o022) === 0));
}

/** Milliseconds after which a file that no run wrote is removed: what it is about may be gone. */
const KEPT = 30 * 86_400_000;

/**
 * Replaces a file of the cache folder in one step, so that runs at the same time read the one or the other, and removes old ones.
 * Where nothing can be written, nothing is: such a run is a slower one, and no worse.
 *
 * @param prefix begins the names of files of the same use
 */
export function keepInCache(file: string, contents: string | Uint8Array, prefix: string): void {
  const staged = `${file}.${process.pid}`;
  try {
    writeFileSync(staged, contents);
    renameSync(staged, file);
    removeOld(dirname(file), prefix);
  } catch {
    rmSync(staged, { force: true });
  }
}

function removeOld(folder: string, prefix: string): void {
  for (const name of readdirSync(folder)) {
    const file = join(folder, name);
    if (name.startsWith(prefix) && Date.now() - statSync(file).mtimeMs > KEPT) rmSync(file, { force: true });
  }
}
