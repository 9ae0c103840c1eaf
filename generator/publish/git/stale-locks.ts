/**
 * Locks of git that a kill of a push or a fetch leaves behind. These two ask for passwords on the terminal, so they cannot run
 * out of a kill's reach, as what moves the branch and the index does.
 */
import { rmSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Git } from './git.js';

/** Milliseconds. git has the lock of a ref for as long as it takes to write 41 bytes; what is older belongs to no git that runs. */
const STALE = 5000;

/**
 * Removes the lock of a ref, once it is too old to be a running git's. For refs that only a killed run can have locked, or that
 * git itself only keeps to remember a remote by.
 *
 * @param ref full name. In the format reftable a ref has no lock of its own, and nothing is done
 */
export async function clearLock(git: Git, ref: string): Promise<void> {
  const lock = resolve(git.folder, `${await git.run(['rev-parse', '--git-path', ref])}.lock`);
  for (const deadline = Date.now() + STALE; ; await sleep(50)) {
    const since = statSync(lock, { throwIfNoEntry: false })?.mtimeMs;
    if (since === undefined) return;
    if (Date.now() - since > STALE || Date.now() > deadline) return rmSync(lock, { force: true });
  }
}
