/**
 * The last step of writing a tree: everything new is staged in a folder beside the tree, and is moved to its place. What is to
 * be moved comes from the run that staged it, through a pipe. Nothing of it is read from the disk: a checkout could bring that.
 */
import { lstatSync, mkdirSync, renameSync, rmdirSync, rmSync, statSync, unlinkSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { kindOf } from './read-file.js';

/** The staging folder, in the tree's own folder so that files can be moved and not copied. */
export const STAGING = '.registry-gitops.tmp';

/** What is to be done in the folder of a tree. Paths are below it, with forward slashes. */
export interface Replacement {
  /** Its real path. */
  root: string;
  /** In this order: staged file -> path. */
  moves: [staged: string, path: string][];
  removals: string[];
  /** As moves, once all of them and all removals are done. */
  last: [staged: string, path: string][];
}

/**
 * Carries out a replacement, and removes the staging folder. Moves the process into the folders that it changes: the current
 * folder is the one place whose name cannot be made to lead elsewhere, as Node has no openat.
 *
 * @throws Error where a file cannot be moved or removed, or a folder is a link
 */
export function replaceFiles({ root, moves, removals, last }: Replacement): void {
  const folder = new CurrentFolder(root);
  folder.enter(STAGING);
  const move = ([staged, path]: [string, string]): void => {
    folder.enter(dirname(path), true);
    renameSync(join(root, STAGING, staged), basename(path));
  };
  moves.forEach(move);
  for (const path of removals) {
    if (folder.enter(dirname(path))) ignoring(['ENOENT'], () => unlinkSync(basename(path)));
  }
  for (const path of removals) removeEmptyFolders(folder, dirname(path));
  last.forEach(move);
  folder.enter('.');
  rmSync(STAGING, { recursive: true, force: true, maxRetries: 3 });
}

/** The folder that the process is in: one below a root, with no link on the way. */
class CurrentFolder {
  readonly #root: string;
  readonly #inode: number;
  #at: string | undefined;

  constructor(root: string) {
    this.#root = root;
    this.#inode = lstatSync(root).ino;
  }

  /**
   * @param path below the root
   * @param make whether folders that are missing are made
   * @returns whether there is such a folder
   * @throws Error where something else is there, such as a link
   */
  enter(path: string, make = false): boolean {
    if (path === this.#at) return true;
    this.#at = undefined;
    process.chdir(this.#root);
    if (statSync('.').ino !== this.#inode) throw new Error(`${this.#root} was replaced meanwhile`);
    const steps = path === '.' ? [] : path.split('/');
    for (const [index, step] of steps.entries()) {
      if (make) ignoring(['EEXIST'], () => mkdirSync(step));
      const stat = lstatSync(step, { throwIfNoEntry: false });
      if (!stat && !make) return false;
      const name = steps.slice(0, index + 1).join('/');
      if (!stat?.isDirectory()) throw new Error(`${name} is ${stat ? kindOf(stat) : 'gone'}, and not a folder`);
      process.chdir(step);
      const { ino, dev } = statSync('.');
      if (ino !== stat.ino || dev !== stat.dev) throw new Error(`${name} was replaced meanwhile`);
    }
    this.#at = path;
    return true;
  }
}

function removeEmptyFolders(current: CurrentFolder, folder: string): void {
  for (let at = folder; at !== '.'; at = dirname(at)) {
    try {
      if (current.enter(dirname(at))) rmdirSync(basename(at));
    } catch {
      return; // not empty: somebody else's files are in it
    }
  }
}

function ignoring(codes: readonly string[], action: () => void): void {
  try {
    action();
  } catch (error) {
    if (!codes.includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  }
}
