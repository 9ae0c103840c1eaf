/** The staging folder is also the lock of a tree: one run at a time has it. What a killed run left in it is thrown away. */
import { lstatSync, mkdirSync, rmSync, type Stats, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { makeFolder } from './folder.js';
import { MANIFEST, manifestOfBoth } from './manifest.js';
import { kindOf, readRegularFile } from './read-file.js';
import { type Replacement, STAGING } from './replace.js';
import { type Change, TreeError } from './tree.js';

/** Names the processes that write the tree: the generator, and the one that moves the files. */
const OWNER = 'owner';
/** Staged name of the list of generated files that is in place while files are moved. */
const INTERIM = 'interim';
/** Milliseconds to wait for another run on the same tree. */
const PATIENCE = 20_000;
/** Milliseconds in which a run has written whose the folder is. */
const JUST_MADE = 1000;

/**
 * Waits for a run that is writing the tree. Writes nothing itself.
 *
 * @throws TreeError where it takes too long
 */
export async function quiet(root: string): Promise<void> {
  const deadline = Date.now() + PATIENCE;
  while (isAtWork(join(root, STAGING))) {
    if (Date.now() > deadline) {
      throw new TreeError(`another run is writing this tree; if none is, remove the folder ${STAGING}`);
    }
    await sleep(20);
  }
}

/**
 * Waits for a run that is writing the tree, and removes what a killed one staged. Its tree is finished by writing it again:
 * until the last move, the list of generated files names those of both trees.
 *
 * @throws TreeError where another run takes too long, or what is there is not the generator's
 */
export async function recover(root: string): Promise<void> {
  await quiet(root);
  const staging = join(root, STAGING);
  const stat = statIfThere(staging);
  if (!stat) return;
  if (!stat.isDirectory())
    throw new TreeError(`${STAGING} is ${kindOf(stat)}, and not a folder of registry-gitops; move it away`);
  try {
    // Removes links, and does not follow them.
    rmSync(staging, { recursive: true, force: true, maxRetries: 3 });
  } catch (error) {
    throw new TreeError(`${STAGING}, which a run left behind, cannot be removed: ${(error as Error).message}`);
  }
}

/**
 * Makes the staging folder for this run, and the tree's folder where there is none.
 *
 * @param helper process that moves the files, and may outlive this one
 * @throws TreeError where it cannot be made, or another run takes too long
 */
export async function lock(root: string, helper: number | undefined): Promise<void> {
  if (exists(() => makeFolder(root))) throw new TreeError(`the tree cannot be written: ${root} is not a folder`);
  const staging = join(root, STAGING);
  do await recover(root);
  while (exists(() => mkdirSync(staging)));
  writeFileSync(join(staging, OWNER), `${process.pid} ${helper ?? ''}`.trim(), { flag: 'wx' });
}

/**
 * Writes all that is new into the staging folder.
 *
 * @param root real path of the tree's folder
 * @returns what is to be done with it
 */
export function stageChanges(root: string, changes: readonly Change[]): Replacement {
  const replacement: Replacement = { root, moves: [], removals: [], last: [] };
  const write = (name: string, text: string): void => writeFileSync(join(root, STAGING, name), text, { flag: 'wx' });
  const manifest = changes.find(({ path }) => path === MANIFEST);
  if (manifest) {
    write(INTERIM, manifestOfBoth(manifest.before, manifest.after));
    replacement.moves.push([INTERIM, MANIFEST]);
  }
  for (const [index, { kind, path, after }] of changes.entries()) {
    if (kind === 'removed') {
      replacement.removals.push(path);
      continue;
    }
    write(String(index), after);
    (path === MANIFEST ? replacement.last : replacement.moves).push([String(index), path]);
  }
  return replacement;
}

/** @returns whether what is to be made is there already. @throws TreeError where it cannot be made */
function exists(make: () => void): boolean {
  try {
    make();
    return false;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return true;
    throw new TreeError(`the tree cannot be written: ${message}`);
  }
}

function isAtWork(staging: string): boolean {
  const stat = statIfThere(staging);
  if (!stat?.isDirectory()) return false;
  const owners = ownersOf(staging);
  // No owner yet: the folder is just being made, or was left behind at that very moment.
  return owners.length === 0 ? Date.now() - stat.mtimeMs < JUST_MADE : owners.some(isAlive);
}

function ownersOf(staging: string): number[] {
  try {
    const text = readRegularFile(join(staging, OWNER), { maxBytes: 100 }).toString('utf8');
    return /^\d+( \d+)?$/.test(text)
      ? text
          .split(' ')
          .map(Number)
          .filter((pid) => pid > 0)
      : [];
  } catch {
    return [];
  }
}

/** @returns whether there is a process of this number */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Somebody else's process, but alive.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function statIfThere(path: string): Stats | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}
