/** The folder of the user outside of every checkout: what is in it was written by the user's own runs. */
import { existsSync, lstatSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
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

/** Removes the files of the cache folder that are old. @param prefix begins the names of those that are meant */
export function removeOld(folder: string, prefix: string): void {
  for (const name of readdirSync(folder)) {
    const file = join(folder, name);
    if (name.startsWith(prefix) && Date.now() - statSync(file).mtimeMs > KEPT) rmSync(file, { force: true });
  }
}
