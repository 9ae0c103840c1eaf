/** Entries of the user's index: only those of the commit's own paths are ever set. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Git, isText, PublishError, readable, wordsOf } from './git.js';
import type { Repository } from './repository.js';
import { chunks, partsOf } from './contents.js';
import type { Difference } from './difference.js';
import { isOn } from './settings.js';

/**
 * @param paths their bytes, as characters
 * @returns "mode id" by path, of the paths that the index has. A path with a conflict has several stages, and none of them is taken
 */
export async function indexEntries(git: Git, paths: readonly string[]): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  const wanted = new Set(paths);
  for (const line of await listFiles(git, ['--stage'], paths)) {
    const {
      about: [mode, id, stage],
      path,
    } = partsOf(line);
    if (wanted.has(path)) found.set(path, stage === '0' ? `${mode} ${id}` : 'conflict');
  }
  return found;
}

/** @returns lines about some paths, or about all where one of them cannot be named on a command line. */
async function listFiles(git: Git, options: readonly string[], paths: readonly string[]): Promise<string[]> {
  const lines: string[] = [];
  for (const chunk of paths.every(isText) ? chunks(paths.map(readable)) : [[]])
    lines.push(...(await git.list(['ls-files', ...options, '-z', '--', ...chunk])));
  return lines;
}

/** @returns those paths, as people read them, that are staged with other contents than HEAD has: the user's next commit would take these. */
export async function stagedOtherwise(git: Git, paths: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (const chunk of chunks(paths))
    found.push(
      ...(await git.list([
        'diff',
        '--cached',
        '--name-only',
        '-z',
        '--no-renames',
        '--ignore-submodules',
        '--',
        ...chunk,
      ])),
    );
  return found.map(readable);
}

/** @returns those paths that a sparse checkout leaves out of the folder, as an index has it. See https://git-scm.com/docs/git-sparse-checkout */
export async function leftOut(
  { settings, top }: Repository,
  index: Git,
  paths: readonly string[],
): Promise<Set<string>> {
  if (!isOn(await settings(), 'core.sparsecheckout')) return new Set();
  const wanted = new Set(paths);
  const skipped = (await listFiles(index, ['-t'], paths))
    .filter((line) => line.startsWith('S '))
    .map((line) => line.slice(2));
  return new Set(skipped.filter((path) => wanted.has(path) && !existsSync(join(top, readable(path)))));
}

/** Sets entries of an index as the second one of two commits has them. @param without paths that are left out of the folder */
export async function setEntries(
  git: Git,
  differences: readonly Difference[],
  without: ReadonlySet<string> = new Set(),
): Promise<void> {
  if (differences.length === 0) return;
  const lines = differences.map(({ path, entry: { mode, id } }) => `${mode} ${id}\t${path}\0`);
  await git.run(['update-index', '-z', '--index-info'], {
    input: Buffer.from(lines.join(''), 'latin1'),
    detached: true,
  });
  const skipped = differences
    .filter(({ status, path }) => status !== 'removed' && without.has(path))
    .map(({ path }) => `${path}\0`);
  if (skipped.length > 0)
    await git.run(['update-index', '--skip-worktree', '-z', '--stdin'], {
      input: Buffer.from(skipped.join(''), 'latin1'),
      detached: true,
    });
}

/** Has an index know again which files of the folder are as it has them. A file that differs, or a lock, is left as it is. */
export async function refresh(git: Git): Promise<void> {
  await git.try(['update-index', '-q', '--refresh'], { detached: true });
}

/**
 * Brings the folder from one commit to another, as a checkout does: what the user changed is not overwritten.
 *
 * @param git with an index in which the paths of the first commit are as the folder has them
 * @param dryRun only whether it could be done
 * @throws PublishError that names what is in the way
 */
export async function moveFolder(git: Git, from: string, to: string, dryRun: boolean): Promise<void> {
  await refresh(git);
  const { code, err } = await git.try(['read-tree', '-m', '-u', ...(dryRun ? ['--dry-run'] : []), from, to], {
    detached: true,
  });
  if (code !== 0)
    throw new PublishError(
      `the remote has changes of files that are changed here too, and not committed (${wordsOf(err).split('\n')[0]}); commit them, or \`git stash\` them, then run again`,
      'refused',
    );
}
