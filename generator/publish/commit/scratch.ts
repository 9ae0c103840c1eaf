/**
 * The folder below git's own in which a commit is made ready: one run at a time in a working tree. What a killed run
 * leaves there, the next one clears away.
 */
import { linkSync, lstatSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isAlive, readRegularFile } from '../../tree/index.js';
import { PublishError } from '../git/git.js';
import { endIfInterrupted } from '../git/interruption.js';
import type { Repository } from '../git/repository.js';

/** Milliseconds to wait for another run in the same working tree. A push may take its time. */
const PATIENCE = 300_000;

/** A folder that is this run's alone, until it is given up. */
export interface Scratch {
  folder: string;
  /** Removes what is in it, but for the journal, and lets the next run in. */
  giveUp(): void;
}

/** @returns where this working tree's runs keep their things. */
export function scratchFolder({ folder }: Repository): string {
  return join(folder, 'registry-gitops');
}

/** Waits for other runs in the same working tree. @throws PublishError where that takes too long, or git's folder is not writable, Interrupted where the run is to end */
export async function takeScratch(repository: Repository): Promise<Scratch> {
  const folder = scratchFolder(repository);
  const lock = join(folder, 'lock');
  const mine = join(folder, `lock-${process.pid}`);
  try {
    if (!lstatSync(folder, { throwIfNoEntry: false })) mkdirSync(folder, { recursive: true });
    // One that is a link would have this run remove files of the same names elsewhere.
    if (!lstatSync(folder).isDirectory()) throw new Error(`${folder} is not a folder; remove it`);
    rmSync(mine, { force: true });
    writeFileSync(mine, String(process.pid), { flag: 'wx' });
  } catch (error) {
    throw new PublishError(`git's folder cannot be written: ${(error as Error).message}. Nothing was written.`);
  }
  try {
    for (const deadline = Date.now() + PATIENCE; !taken(mine, lock); await sleep(20 + Math.random() * 30)) {
      endIfInterrupted();
      if (Date.now() > deadline)
        throw new PublishError(
          `another run commits in this working tree (process ${holder(lock) ?? 'unknown'}); wait for it, or end it`,
        );
    }
  } finally {
    rmSync(mine, { force: true });
  }
  clearLeft(folder);
  const work = join(folder, 'work');
  rmSync(work, { recursive: true, force: true });
  mkdirSync(work);
  return {
    folder: work,
    giveUp: () => {
      rmSync(work, { recursive: true, force: true });
      rmSync(lock, { force: true });
    },
  };
}

/** Removes what runs left that were killed while they asked for the lock. */
function clearLeft(folder: string): void {
  for (const name of readdirSync(folder)) {
    const [, pid] = /^lock-(\d+)/.exec(name) ?? [];
    if (pid !== undefined && !isAlive(Number(pid))) rmSync(join(folder, name), { force: true });
  }
}

/** A link is made wholly or not at all, and its file says at once whose it is. */
function taken(mine: string, lock: string): boolean {
  try {
    linkSync(mine, lock);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST')
      throw new PublishError(`git's folder cannot be written: ${(error as Error).message}. Nothing was written.`);
  }
  const pid = holder(lock);
  if (pid !== undefined && !isAlive(pid)) takeAway(lock, pid, `${mine}-left`);
  return false;
}

/** Of several that find the lock of a dead run, one may be late, and take away a new one: that it puts back. */
function takeAway(lock: string, dead: number, aside: string): void {
  try {
    renameSync(lock, aside);
    if (holder(aside) !== dead) linkSync(aside, lock);
  } catch {
    // Another one was faster.
  }
  rmSync(aside, { force: true });
}

function holder(lock: string): number | undefined {
  try {
    return Number(readRegularFile(lock, { maxBytes: 100 }).toString('utf8')) || undefined;
  } catch {
    return undefined;
  }
}
