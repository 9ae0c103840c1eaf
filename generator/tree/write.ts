import { spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import { accessSync, constants, existsSync, mkdirSync, lstatSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { makeFolder } from './folder.js';
import { carryOut, type Journal, notedJournal, STAGING, writeJournal } from './journal.js';
import { hashOf } from './manifest.js';
import { readRegularFile } from './read-file.js';
import { type Change, TreeError } from './tree.js';

/** Names the process that writes the tree. */
const OWNER = 'owner';
/** Milliseconds to wait for another run on the same tree. */
const PATIENCE = 20_000;

/**
 * Writes the changes: all of them or, where anything fails or the process is killed, none.
 *
 * @param root the folder that base/ and overlays/ are in
 * @param committer is started here, unless it was before
 * @throws TreeError where the tree cannot be written; it is then as it was
 */
export async function writeChanges(
  root: string,
  changes: readonly Change[],
  committer = startCommitter(root),
): Promise<void> {
  const staging = join(root, STAGING);
  try {
    await lock(root);
  } catch (error) {
    // Else it would wait for a word for as long as it lives.
    committer.stop();
    throw error instanceof TreeError ? error : new TreeError(`the tree cannot be written: ${(error as Error).message}`);
  }
  let journalHash: string;
  try {
    checkWritable(root, changes);
    const journal: Journal = { moves: [], removals: [] };
    for (const [index, { kind, path, after }] of changes.entries()) {
      if (kind === 'removed') {
        journal.removals.push(path);
        continue;
      }
      writeFileSync(join(staging, String(index)), after);
      journal.moves.push([String(index), path, hashOf(after)]);
    }
    await committer.ready;
    journalHash = writeJournal(root, journal);
  } catch (error) {
    committer.stop();
    rmSync(staging, { recursive: true, force: true });
    throw error instanceof TreeError
      ? error
      : new TreeError(`the tree cannot be written, and is as it was: ${(error as Error).message}`);
  }
  await committer.go(journalHash);
}

/**
 * Finishes or undoes what a killed run left behind, and waits for one that is at work.
 *
 * @throws TreeError where another run takes too long, or what was left behind is not the generator's
 */
export async function recover(root: string): Promise<void> {
  await quiet(root);
  try {
    if (lstatSync(join(root, STAGING), { throwIfNoEntry: false })) carryOut(root, notedJournal(root));
  } catch (error) {
    throw new TreeError((error as Error).message);
  }
}

/**
 * Waits for a run that is writing the tree. Writes nothing itself.
 *
 * @throws TreeError where it takes too long
 */
export async function quiet(root: string): Promise<void> {
  const staging = join(root, STAGING);
  const deadline = Date.now() + PATIENCE;
  while (existsSync(staging) && isAtWork(staging)) {
    if (Date.now() > deadline) {
      throw new TreeError(`another run is writing this tree; if none is, remove the folder ${STAGING}`);
    }
    await sleep(20);
  }
}

async function lock(root: string): Promise<void> {
  const tried = (make: () => void): string | undefined => {
    try {
      make();
      return undefined;
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      if (code === 'EEXIST') return code;
      throw new TreeError(`the tree cannot be written: ${message}`);
    }
  };
  if (tried(() => makeFolder(root))) throw new TreeError(`the tree cannot be written: ${root} is not a folder`);
  do await recover(root);
  while (tried(() => mkdirSync(join(root, STAGING))));
  writeFileSync(join(root, STAGING, OWNER), String(process.pid));
}

function isAtWork(staging: string): boolean {
  try {
    const pid = Number(readRegularFile(join(staging, OWNER), { maxBytes: 100 }).toString('utf8'));
    if (pid > 0) {
      process.kill(pid, 0);
      return true;
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EPERM') return true; // somebody else's process, but alive
    if (code === 'ESRCH') return false;
  }
  // No owner yet: the folder is just being made, or was left behind at that very moment.
  const stat = statSync(staging, { throwIfNoEntry: false });
  return stat !== undefined && Date.now() - stat.mtimeMs < 1000;
}

/** Moves that fail half-way would leave a mixed tree, so what can be known before is checked before. */
function checkWritable(root: string, changes: readonly Change[]): void {
  const folders = new Set(changes.map(({ path }) => existingFolder(root, dirname(path))));
  for (const folder of folders) {
    try {
      accessSync(join(root, folder), constants.W_OK | constants.X_OK);
    } catch {
      throw new TreeError(`the folder ${folder} is not writable; nothing was written`);
    }
  }
}

function existingFolder(root: string, folder: string): string {
  return folder === '.' || existsSync(join(root, folder)) ? folder : existingFolder(root, dirname(folder));
}

/** The process that carries out the journal. */
export interface Committer {
  ready: Promise<void>;
  /** @param journal hash of the journal to carry out */
  go: (journal: string) => Promise<void>;
  /** Ends it, with nothing done. */
  stop: () => void;
}

/**
 * Starts the process that will carry out the journal. It takes as long as to plan the tree, so it is worth starting
 * before it is known whether there is anything to write.
 */
export function startCommitter(root: string): Committer {
  const script = fileURLToPath(new URL('./commit-tree.js', import.meta.url));
  const child = spawn(process.execPath, [script, root], { detached: true, stdio: 'pipe' });
  let errors = '';
  child.stderr.on('data', (data) => {
    errors += data;
  });
  child.stdin.on('error', () => {}); // told by the exit code
  const exited = new Promise<number | null>((resolve) => child.on('close', resolve).on('error', () => resolve(-1)));
  const ready = new Promise<void>((resolve, reject) => {
    child.stdout.once('data', () => resolve());
    void exited.then(() => reject(new Error(`the committing process failed: ${errors.trim()}`)));
  });
  ready.catch(() => {}); // awaited later, or not at all
  return {
    ready,
    stop: () => {
      child.stdin.end();
      // Nobody waits for it.
      child.unref();
      for (const stream of [child.stdout, child.stderr]) (stream as Socket).unref();
    },
    go: async (journal) => {
      child.stdin.end(journal);
      if ((await exited) !== 0) {
        throw new TreeError(
          `the tree was written in part: ${errors.trim()}. Mend that; the next run finishes the rest`,
        );
      }
    },
  };
}
