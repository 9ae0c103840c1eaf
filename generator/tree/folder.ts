import { existsSync, mkdirSync, realpathSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';

/** @returns whether there is a folder at a path; links are followed. */
export function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}

/** @returns the path itself where something is there, else the nearest folder above that is. */
export function nearestThere(path: string): string {
  return existsSync(path) || path === dirname(path) ? path : nearestThere(dirname(path));
}

/** @returns the path without links, which need not be there to its end. */
export function realPathOf(path: string): string {
  const there = nearestThere(resolve(path));
  return join(realpathSync(there), relative(there, resolve(path)));
}

/** Makes a folder, and those that it is in. Node's own way to do so tries for ever where none can be made, as in /proc. */
export function makeFolder(path: string): void {
  if (isFolder(path)) return;
  if (dirname(path) !== path) makeFolder(dirname(path));
  try {
    mkdirSync(path);
  } catch (error) {
    // Another run may have made it meanwhile.
    if (!isFolder(path)) throw error;
  }
}
