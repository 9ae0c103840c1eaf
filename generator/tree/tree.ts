import { lstatSync, type Stats } from 'node:fs';
import { dirname, join } from 'node:path';
import { hashOf, MANIFEST, manifestOf, ownedPaths } from './manifest.js';
import { kindOf, readRegularFile } from './read-file.js';

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
  /** Files among the changed ones that somebody edited since the generator wrote them. */
  edited: string[];
  /** The list of generated files as it was read, undefined where there was none: whoever writes the tree writes that too. */
  manifest: string | undefined;
}

/** All that the generator wants to own: path -> text. */
export interface WantedFiles extends ReadonlyMap<string, string> {
  /** @returns the hash of a file's text, where that is known without the text. */
  hashOf?(path: string): string;
}

/** What is known of files on disk without reading them. */
export interface DiskMemo {
  /** @returns the hash of the text that a file has, where nothing of its inode has changed since that was read; undefined in any doubt */
  hashOf(path: string, stat: Stats): string | undefined;
  /** Notes what was read. @param stat as it was before reading */
  learn(path: string, stat: Stats, hash: string): void;
}

/**
 * Compares the tree on disk with the wanted one. Writes nothing.
 *
 * @param root the folder that base/ and overlays/ are in
 * @param files all that the generator wants to own
 * @param memo saves the reading of files; without it every file is read
 * @throws TreeError where the tree cannot be read
 */
export function compareTree(root: string, files: WantedFiles, memo?: DiskMemo): Comparison {
  const manifest = readIfThere(root, MANIFEST);
  const owned = manifest === undefined ? new Map<string, string[]>() : parseManifest(manifest);
  const hashes = new Map([...files.keys()].map((path) => [path, files.hashOf?.(path) ?? hashOf(files.get(path)!)]));
  const wantedManifest = manifestOf(hashes);
  const textOf = (path: string): string => (path === MANIFEST ? wantedManifest : files.get(path)!);
  const result: Comparison = { changes: [], unchanged: 0, foreign: [], edited: [], manifest };
  const folders = new Map<string, boolean>();
  for (const path of [...files.keys(), MANIFEST]) {
    checkFolders(root, dirname(path), folders);
    const hash = path === MANIFEST ? hashOf(wantedManifest) : hashes.get(path)!;
    const stat = statIfThere(join(root, path));
    if (stat?.isFile() && memo?.hashOf(path, stat) === hash) {
      result.unchanged++;
      continue;
    }
    const before = readIfThere(root, path, stat);
    const found = before === undefined ? undefined : hashOf(before);
    if (stat && found !== undefined) memo?.learn(path, stat, found);
    if (before === undefined) result.changes.push({ kind: 'added', path, before: '', after: textOf(path) });
    else if (found === hash) result.unchanged++;
    else {
      result.changes.push({ kind: 'changed', path, before, after: textOf(path) });
      if (path === MANIFEST) continue;
      const written = owned.get(path);
      if (!written) result.foreign.push(path);
      else if (!written.includes(found!)) result.edited.push(path);
    }
  }
  for (const path of owned.keys()) {
    if (files.has(path)) continue;
    checkFolders(root, dirname(path), folders);
    const before = readIfThere(root, path);
    if (before !== undefined) result.changes.push({ kind: 'removed', path, before, after: '' });
  }
  result.changes.sort((a, b) => (a.path < b.path ? -1 : 1));
  return result;
}

function parseManifest(text: string): Map<string, string[]> {
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
    throw new TreeError(
      `${folder} is ${kindOf(stat)}, but generated files belong in a folder of that name; move it away`,
    );
  }
}

/** @returns the file's text, or undefined where there is no such file. */
export function readIfThere(root: string, path: string, stat = statIfThere(join(root, path))): string | undefined {
  if (!stat) return undefined;
  if (!stat.isFile()) {
    throw new TreeError(`${path} is ${kindOf(stat)}, but a generated file belongs there; move it away`);
  }
  try {
    return readRegularFile(join(root, path)).toString('utf8');
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
