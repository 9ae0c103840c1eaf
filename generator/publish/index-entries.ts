/** Entries of the user's index: only those of the commit's own paths are ever set. */
import { type Git, isText, PublishError, readable, wordsOf } from './git.js';
import { chunks, type Difference, partsOf } from './contents.js';

/**
 * @param paths their bytes, as characters
 * @returns "mode id" by path, of the paths that the index has. A path with a conflict has several stages, and none of them is taken
 */
export async function indexEntries(git: Git, paths: readonly string[]): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  const wanted = new Set(paths);
  const asked = paths.every(isText) ? chunks(paths.map(readable)) : [[]];
  for (const chunk of asked) {
    for (const line of await git.list(['ls-files', '--stage', '-z', '--', ...chunk])) {
      const { about: [mode, id, stage], path } = partsOf(line);
      if (wanted.has(path)) found.set(path, stage === '0' ? `${mode} ${id}` : 'conflict');
    }
  }
  return found;
}

/** Sets entries of an index as the second one of two commits has them. */
export async function setEntries(git: Git, differences: readonly Difference[]): Promise<void> {
  if (differences.length === 0) return;
  const lines = differences.map(({ path, entry: { mode, id } }) => `${mode} ${id}\t${path}\0`);
  await git.run(['update-index', '-z', '--index-info'], { input: Buffer.from(lines.join(''), 'latin1'), detached: true });
}

/**
 * Brings the folder from one commit to another, as a checkout does: what the user changed is not overwritten.
 *
 * @param git with an index in which the paths of the first commit are as the folder has them
 * @param dryRun only whether it could be done
 * @throws PublishError that names what is in the way
 */
export async function moveFolder(git: Git, from: string, to: string, dryRun: boolean): Promise<void> {
  const { code, err } = await git.try(['read-tree', '-m', '-u', ...(dryRun ? ['--dry-run'] : []), from, to], { detached: true });
  if (code !== 0) throw new PublishError(`the remote has changes of files that are changed here too, and not committed (${wordsOf(err).split('\n')[0]}); commit them, or \`git stash\` them, then run again`, 'refused');
}
