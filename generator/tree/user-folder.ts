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

/** Milliseconds. */
const DAY = 86_400_000;
/** After this time a file that no run wrote is removed: what it is about may be gone. */
const KEPT = 30 * DAY;
/** What files that runs keep are called: no other is removed. */
const OWN_NAME = /^(code|settled|tree)-/;
/** Its time says when old files were looked for last: with many trees that takes longer than the rest of a run. */
const LAST_LOOK = 'last-look-for-old-files';

/**
 * Replaces a file of the cache folder in one step, so that runs at the same time read the one or the other, and removes old ones
 * once a day. Where nothing can be written, nothing is: such a run is a slower one, and no worse.
 */
export function keepInCache(file: string, contents: string | Uint8Array): void {
  const staged = `${file}.${process.pid}`;
  try {
    writeFileSync(staged, contents);
    renameSync(staged, file);
    removeOld(dirname(file));
  } catch {
    rmSync(staged, { force: true });
  }
}

function removeOld(folder: string): void {
  const mark = join(folder, LAST_LOOK);
  if (ageOf(mark) < DAY) return;
  writeFileSync(mark, '');
  for (const name of readdirSync(folder)) {
    const file = join(folder, name);
    if (OWN_NAME.test(name) && ageOf(file) > KEPT) rmSync(file, { force: true });
  }
}

/** @returns milliseconds since a file was written; where it is not there, it is as old as can be */
function ageOf(file: string): number {
  return Date.now() - (statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0);
}
