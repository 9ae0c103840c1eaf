/** Entries of the user's index: only those of the commit's own paths are ever set. */
import { PublishError, type Git, wordsOf } from './git.js';
import type { Repository } from './repository.js';
import { chunks, listAt } from './contents.js';

/** @returns "mode id" by path, of the paths that the index has. A path with a conflict has several stages, and none of them is taken. */
export async function indexEntries(git: Git, paths: readonly string[]): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (const chunk of chunks(paths)) {
    const listed = await git.run(['ls-files', '--stage', '-z', '--', ...chunk]);
    for (const line of listed.split('\0').filter(Boolean)) {
      const [about, path] = line.split('\t');
      const [mode, id, stage] = about!.split(' ');
      found.set(path!, stage === '0' ? `${mode} ${id}` : 'conflict');
    }
  }
  return found;
}

/** Sets entries of an index as a commit has them; paths that it does not have are taken out. */
export async function setEntries(repository: Repository, git: Git, paths: readonly string[], commit: string): Promise<void> {
  if (paths.length === 0) return;
  const files = await listAt(repository, commit, paths);
  const lines = paths.map((path) => {
    const { mode, id } = files.get(path) ?? { mode: '0', id: '0'.repeat(commit.length) };
    return `${mode} ${id}\t${path}\0`;
  });
  await git.run(['update-index', '-z', '--index-info'], { input: lines.join(''), detached: true });
}

/** @returns paths that differ between two commits. @param before undefined: all that the second one has */
export async function changedPaths(repository: Repository, before: string | undefined, after: string): Promise<string[]> {
  if (before === undefined) return [...(await listAt(repository, after)).keys()];
  return (await repository.git.run(['diff-tree', '-r', '-z', '--no-renames', '--name-only', before, after])).split('\0').filter(Boolean);
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
