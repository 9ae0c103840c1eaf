/** What belongs to a repository: paths only, git is not asked. */
import { existsSync } from 'node:fs';
import { dirname, isAbsolute, join, relative } from 'node:path';

/** Whether a path is a folder or below it. Both are without links, or links do not matter. */
export function isInside(folder: string, path: string): boolean {
  const inside = relative(folder, path);
  return inside.split(/[\\/]/)[0] !== '..' && !isAbsolute(inside);
}

/** @param folder without links @returns the repository that it is in: the nearest folder above with a .git; undefined where there is none */
export function repositoryAbove(folder: string): string | undefined {
  if (existsSync(join(folder, '.git'))) return folder;
  return folder === dirname(folder) ? undefined : repositoryAbove(dirname(folder));
}
