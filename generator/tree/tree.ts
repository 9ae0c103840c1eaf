import { lstatSync, readFileSync, type Stats } from 'node:fs';
import { dirname, join } from 'node:path';
import { MANIFEST, manifestOf, ownedPaths } from './manifest.js';

/** The tree cannot be read or written, or something in it is not ours to replace. */
export class TreeError extends Error {
  override name = 'TreeError';
}

/** One difference between the tree on disk and the one that registry.yaml gives. */
export interface Change {
  kind: 'added' | 'changed' | 'removed';
  /** Path in the tree, with forward slashes. */
  path: string;
  /** Text on disk; empty where the file is added. */
  before: string;
  /** Text that it gets; empty where the file is removed. */
  after: string;
}

export interface Comparison {
  changes: Change[];
  /** Files that stay as they are. */
  unchanged: number;
  /** Files in the way: they would have to be replaced, but the generator did not write them. */
  foreign: string[];
}

/**
 * Compares the tree on disk with the wanted one. Writes nothing.
 *
 * @param root the folder that base/ and overlays/ are in
 * @param files path -> text, all that the generator wants to own
 * @throws TreeError where the tree cannot be read
 */
export function compareTree(root: string, files: ReadonlyMap<string, string>): Comparison {
  const manifest = readIfThere(root, MANIFEST);
  const owned = manifest === undefined ? new Set<string>() : parseManifest(manifest);
  const wanted = new Map([...files, [MANIFEST, manifestOf(files)]]);
  const result: Comparison = { changes: [], unchanged: 0, foreign: [] };
  const folders = new Map<string, boolean>();
  for (const [path, after] of wanted) {
    checkFolders(root, dirname(path), folders);
    const before = readIfThere(root, path);
    if (before === undefined) result.changes.push({ kind: 'added', path, before: '', after });
    else if (before === after) result.unchanged++;
    else {
      result.changes.push({ kind: 'changed', path, before, after });
      if (path !== MANIFEST && !owned.has(path)) result.foreign.push(path);
    }
  }
  for (const path of owned) {
    if (wanted.has(path)) continue;
    checkFolders(root, dirname(path), folders);
    const before = readIfThere(root, path);
    if (before !== undefined) result.changes.push({ kind: 'removed', path, before, after: '' });
  }
  result.changes.sort((a, b) => (a.path < b.path ? -1 : 1));
  return result;
}

function parseManifest(text: string): Set<string> {
  try {
    return ownedPaths(text);
  } catch (error) {
    throw new TreeError((error as Error).message);
  }
}

/** Nothing is read or written through a link: it may lead out of the repository. */
function checkFolders(root: string, folder: string, known: Map<string, boolean>): void {
  if (folder === '.' || known.has(folder)) return;
  checkFolders(root, dirname(folder), known);
  known.set(folder, true);
  const stat = statIfThere(join(root, folder));
  if (stat && !stat.isDirectory()) {
    throw new TreeError(`${folder} is ${describe(stat)}, but generated files belong in a folder of that name; move it away`);
  }
}

/** @returns the file's text, or undefined where there is no such file. */
function readIfThere(root: string, path: string): string | undefined {
  const file = join(root, path);
  const stat = statIfThere(file);
  if (!stat) return undefined;
  if (!stat.isFile()) {
    throw new TreeError(`${path} is ${describe(stat)}, but a generated file belongs there; move it away`);
  }
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new TreeError(`${path} cannot be read: ${(error as Error).message}`);
  }
}

function statIfThere(file: string): Stats | undefined {
  try {
    return lstatSync(file, { throwIfNoEntry: false });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOTDIR') return undefined;
    throw new TreeError(`${file} cannot be read: ${(error as Error).message}`);
  }
}

function describe(stat: Stats): string {
  return stat.isSymbolicLink() ? 'a symbolic link' : stat.isDirectory() ? 'a folder' : 'not a regular file';
}
