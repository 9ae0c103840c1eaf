import { accessSync, constants, existsSync, realpathSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { startCommitter } from './committer.js';
import { MANIFEST } from './manifest.js';
import { type Replacement, STAGING } from './replace.js';
import { lock, stageChanges } from './staging.js';
import { type Change, type Comparison, readIfThere, TreeError } from './tree.js';

/** The tree is not the one that was compared: another run wrote it since. */
export class TreeChanged extends TreeError {
  constructor() {
    super('another run wrote the tree meanwhile, so nothing was written; run the command again');
  }
}

/**
 * Writes the changes: all of them or, where anything fails or the process is killed, none. Where the machine itself stops in
 * the middle, the next run writes the rest: it owns the files of both trees.
 *
 * @param root the folder that base/ and overlays/ are in
 * @param comparison of which the changes are, or some of them
 * @param committer is started here, unless it was before
 * @throws TreeChanged where the tree is not the one that was compared, TreeError where it cannot be written; it is then as it was
 */
export async function writeChanges(
  root: string,
  { changes, manifest }: Pick<Comparison, 'changes' | 'manifest'>,
  committer = startCommitter(root),
): Promise<void> {
  try {
    await lock(root, committer.pid);
  } catch (error) {
    // Else it would wait for a word for as long as it lives.
    committer.stop();
    throw error instanceof TreeError ? error : new TreeError(`the tree cannot be written: ${(error as Error).message}`);
  }
  let replacement: Replacement;
  try {
    // Changes to one tree would make a mixture of another one.
    if (readIfThere(root, MANIFEST) !== manifest) throw new TreeChanged();
    checkWritable(root, changes);
    replacement = stageChanges(realpathSync(root), changes);
    await committer.ready;
  } catch (error) {
    committer.stop();
    rmSync(join(root, STAGING), { recursive: true, force: true });
    throw error instanceof TreeError
      ? error
      : new TreeError(`the tree cannot be written, and is as it was: ${(error as Error).message}`);
  }
  try {
    await committer.go(replacement);
  } catch (error) {
    // Its owner may go on, as `watch` does: the next run is not to wait for it.
    rmSync(join(root, STAGING), { recursive: true, force: true });
    throw error;
  }
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
