/**
 * The last step of writing a tree: everything new stands in a staging folder beside the tree, and a journal there says
 * what is to be moved and removed. From the moment the journal exists the new tree is certain: whoever finds it
 * carries it out, as often as need be.
 */
import { existsSync, lstatSync, mkdirSync, readFileSync, renameSync, rmdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { isOwnPath, MANIFEST } from './manifest.js';

/** The staging folder, in the tree's own folder so that files can be moved and not copied. */
export const STAGING = '.registry-gitops.tmp';
export const JOURNAL = 'journal.json';

export interface Journal {
  /** Staged file -> path in the tree. */
  moves: [staged: string, path: string][];
  removals: string[];
}

/** Carries out the journal in the staging folder, if there is one, and removes the folder. Does no harm when repeated. */
export function carryOut(root: string): void {
  const staging = join(root, STAGING);
  if (!lstatSync(staging, { throwIfNoEntry: false })?.isDirectory()) {
    throw new Error(`${STAGING} is not a folder of registry-gitops; move it away`);
  }
  const journal = readJournal(join(staging, JOURNAL));
  if (journal) {
    for (const folder of new Set(journal.moves.map(([, path]) => dirname(path)))) {
      mkdirSync(join(root, folder), { recursive: true });
    }
    for (const [staged, path] of journal.moves) {
      // A missing one was moved before, by a run that was cut off or by one that does the same now.
      ignoring('ENOENT', () => renameSync(join(staging, staged), join(root, path)));
    }
    for (const path of journal.removals) rmSync(join(root, path), { force: true });
    for (const path of journal.removals) removeEmptyFolders(root, dirname(path));
  }
  rmSync(staging, { recursive: true, force: true, maxRetries: 3 });
}

function readJournal(file: string): Journal | undefined {
  if (!existsSync(file)) return undefined;
  try {
    const journal = JSON.parse(readFileSync(file, 'utf8')) as Journal;
    // It may have come with a clone: it gets to touch no more than the generator would.
    const allowed = [...journal.moves.map(([, path]) => path), ...journal.removals].every(
      (path) => path === MANIFEST || isOwnPath(path),
    );
    if (allowed && journal.moves.every(([staged]) => /^\d+$/.test(staged))) return journal;
  } catch {
    // Told below.
  }
  throw new Error(`${STAGING}/${JOURNAL} was not written by registry-gitops; remove the folder ${STAGING}`);
}

function removeEmptyFolders(root: string, folder: string): void {
  for (let at = folder; at !== '.'; at = dirname(at)) {
    try {
      rmdirSync(join(root, at));
    } catch {
      return; // not empty: somebody else's files are in it
    }
  }
}

function ignoring(code: string, action: () => void): void {
  try {
    action();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== code) throw error;
  }
}
