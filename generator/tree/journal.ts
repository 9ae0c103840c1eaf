/**
 * The last step of writing a tree: everything new stands in a staging folder beside the tree, and a journal there says
 * what is to be moved and removed. From the moment the journal exists the new tree is certain: whoever finds it
 * carries it out, as often as need be. A journal that came with a checkout is never carried out: the run that wrote it
 * notes its hash in a folder of the user, and it holds the hashes of all that it moves.
 */
import { createHash } from 'node:crypto';
import { lstatSync, mkdirSync, realpathSync, renameSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { isOwnPath, MANIFEST } from './manifest.js';
import { NotReadable, readRegularFile } from './read-file.js';
import { userFolder } from './user-folder.js';

/** The staging folder, in the tree's own folder so that files can be moved and not copied. */
export const STAGING = '.registry-gitops.tmp';
export const JOURNAL = 'journal.json';

export interface Journal {
  /** Staged file -> path in the tree, with the hash of the contents. */
  moves: [staged: string, path: string, sha256: string][];
  removals: string[];
}

/** Puts the journal in place: from now on the new tree is certain. @returns its hash, by which `carryOut` knows it */
export function writeJournal(root: string, journal: Journal): string {
  const text = JSON.stringify(journal);
  const hash = sha256(text);
  try {
    const note = noteFile(root);
    if (note !== undefined) replaceFile(note, hash);
  } catch {
    // Only a run after one that was killed would need it: without it, that one makes the tree anew.
  }
  replaceFile(join(root, STAGING, JOURNAL), text);
  return hash;
}

/** @returns the hash of the journal that a run of this user wrote last for a tree; undefined where none is known. */
export function notedJournal(root: string): string | undefined {
  const note = noteFile(root);
  try {
    return note === undefined ? undefined : readRegularFile(note, { maxBytes: 1000 }).toString('utf8');
  } catch {
    return undefined;
  }
}

/**
 * Carries out the journal in the staging folder, if it is the one that is meant, and removes the folder. Does no harm
 * when repeated.
 *
 * @param expected hash of the journal; one with another hash is not carried out
 * @throws Error where the staging folder, or a folder of the tree, is something else
 */
export function carryOut(root: string, expected: string | undefined): void {
  const staging = join(root, STAGING);
  if (!lstatSync(staging, { throwIfNoEntry: false })?.isDirectory()) {
    throw new Error(`${STAGING} is not a folder of registry-gitops; move it away`);
  }
  const journal = readJournal(staging, expected);
  if (journal) {
    for (const [staged, path, hash] of journal.moves) move(root, join(staging, staged), path, hash);
    for (const path of journal.removals) if (isInFolders(root, path)) rmSync(join(root, path), { force: true });
    for (const path of journal.removals) removeEmptyFolders(root, dirname(path));
  }
  const note = noteFile(root);
  if (note !== undefined) rmSync(note, { force: true });
  rmSync(staging, { recursive: true, force: true, maxRetries: 3 });
}

function readJournal(staging: string, expected: string | undefined): Journal | undefined {
  if (expected === undefined) return undefined;
  try {
    const text = readRegularFile(join(staging, JOURNAL)).toString('utf8');
    if (sha256(text) !== expected) return undefined;
    const journal = JSON.parse(text) as Journal;
    const paths = [...journal.moves.map(([, path]) => path), ...journal.removals];
    const isAllowed = paths.every((path) => path === MANIFEST || isOwnPath(path));
    return isAllowed && journal.moves.every(([staged]) => /^\d+$/.test(staged)) ? journal : undefined;
  } catch {
    return undefined;
  }
}

function move(root: string, staged: string, path: string, hash: string): void {
  try {
    if (sha256(readRegularFile(staged)) !== hash) {
      throw new Error(`a staged file for ${path} is not the one that was staged; run generate again`);
    }
  } catch (error) {
    // It was moved before, by a run that was cut off or by one that does the same now.
    if (error instanceof NotReadable && error.reason === 'missing') return;
    throw error;
  }
  makeFolders(root, dirname(path));
  try {
    renameSync(staged, join(root, path));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}

/** Makes the folders that a file is in. @throws Error where one of them is a link, which leads elsewhere, or a file */
function makeFolders(root: string, folder: string): void {
  if (folder === '.') return;
  makeFolders(root, dirname(folder));
  const path = join(root, folder);
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (stat?.isDirectory()) return;
  if (stat)
    throw new Error(`${folder} is not a folder, but generated files belong in a folder of that name; move it away`);
  try {
    mkdirSync(path);
  } catch (error) {
    // Another run that does the same was faster.
    if (!lstatSync(path, { throwIfNoEntry: false })?.isDirectory()) throw error;
  }
}

/** Whether all that leads to a path in the tree is folders, and no links. */
function isInFolders(root: string, path: string): boolean {
  for (let at = dirname(path); at !== '.'; at = dirname(at)) {
    if (!lstatSync(join(root, at), { throwIfNoEntry: false })?.isDirectory()) return false;
  }
  return true;
}

function removeEmptyFolders(root: string, folder: string): void {
  for (let at = folder; at !== '.' && isInFolders(root, at); at = dirname(at)) {
    try {
      rmdirSync(join(root, at));
    } catch {
      return; // not empty: somebody else's files are in it
    }
  }
}

/** @returns the file that notes the journal of a tree; undefined where there is no place for it. */
function noteFile(root: string): string | undefined {
  const folder = userFolder('state');
  return folder === undefined ? undefined : join(folder, `journal-${sha256(realpathSync(root)).slice(0, 32)}`);
}

function replaceFile(path: string, text: string): void {
  const staged = `${path}.${process.pid}.new`;
  writeFileSync(staged, text);
  renameSync(staged, path);
}

function sha256(data: string | Buffer): string {
  return createHash('sha256').update(data).digest('hex');
}
