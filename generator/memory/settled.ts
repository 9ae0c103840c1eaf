/**
 * A record that the tree of a folder is what its registry.yaml describes. It holds as long as both are as they were, and the
 * program is the same: `generate` then prints what it printed, and does not even load what plans a tree. Any doubt is none.
 */
import { lstatSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { repositoryAbove } from '../tree/inside.js';
import { readRegularFile } from '../tree/read-file.js';
import { STAGING } from '../tree/replace.js';
import { cacheFolder, keepInCache } from '../tree/user-folder.js';

/** What shows whether a file was written since it was looked at; times in milliseconds. */
export type FileState = [path: string, size: number, inode: number, modified: number, changed: number];

/** The one file that a settled tree is made of: a registry.yaml that names others is planned each time. */
const INPUT = 'registry.yaml';
interface Settled {
  /** Names the program: another one may make another tree. */
  program: string;
  /** The folder that registry.yaml and its tree are in, without links. */
  folder: string;
  /** Undefined where it is in none: on it depends which links are followed, and where Argo CD looks. */
  repository: string | undefined;
  /** The whole text of registry.yaml. */
  input: string;
  /** All files of the tree. */
  files: FileState[];
  /** What was printed. */
  output: string;
}

/**
 * Keeps that the tree in the current folder is settled.
 *
 * @param input contents of registry.yaml of which the tree was made
 * @param files of the tree, as they were when they were compared
 * @param output what `generate` prints of it
 */
export function keepSettled(program: string, input: Uint8Array, files: FileState[], output: string): void {
  const folder = process.cwd();
  const file = recordOf(folder);
  if (file === undefined) return;
  const settled: Settled = {
    program,
    folder,
    repository: repositoryAbove(folder),
    input: Buffer.from(input).toString('utf8'),
    files,
    output,
  };
  keepInCache(file, JSON.stringify(settled));
}

/** @returns what `generate` prints, where the tree in the current folder is settled; undefined in any doubt */
export function settledOutput(program: string): string | undefined {
  try {
    const folder = process.cwd();
    const file = recordOf(folder);
    if (file === undefined) return undefined;
    const settled = JSON.parse(readFileSync(file, 'utf8')) as Settled;
    return holds(settled, program, folder) ? settled.output : undefined;
  } catch {
    return undefined; // nothing is kept, or something is gone
  }
}

/** @returns the file for a folder: its text names the folder, as another one may get the number */
function recordOf(folder: string): string | undefined {
  const cache = cacheFolder();
  const { dev, ino } = lstatSync(folder);
  return cache && join(cache, `settled-${dev}-${ino}.json`);
}

/** @throws Error where a file is not there */
function holds({ files, ...settled }: Settled, program: string, folder: string): boolean {
  return (
    settled.program === program &&
    settled.folder === folder &&
    settled.repository === repositoryAbove(folder) &&
    // A run is at work there, or was killed.
    !lstatSync(STAGING, { throwIfNoEntry: false }) &&
    readRegularFile(INPUT).equals(Buffer.from(settled.input)) &&
    foldersOf(files).every((path) => lstatSync(path).isDirectory()) &&
    files.every(isUnchanged)
  );
}

/** @returns each folder that a file is in, as a link in the place of one may lead to the same files. */
function foldersOf(files: readonly FileState[]): string[] {
  const folders = new Set<string>();
  for (const [path] of files)
    for (let at = dirname(path); at !== '.' && !folders.has(at); at = dirname(at)) folders.add(at);
  return [...folders];
}

function isUnchanged([path, size, inode, modified, changed]: FileState): boolean {
  const stat = lstatSync(path);
  return (
    stat.isFile() && stat.size === size && stat.ino === inode && stat.mtimeMs === modified && stat.ctimeMs === changed
  );
}
