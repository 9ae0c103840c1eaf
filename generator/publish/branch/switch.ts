/** Another branch for the commit: made at the commit that HEAD is at, so that no file changes by going there. */
import { PublishError } from '../git/git.js';
import { shortName } from '../git/ref-names.js';
import { clearJournal, readJournal, type Switch, writeJournal } from './journal.js';
import { type Head, readHead, type Repository } from '../git/repository.js';

/**
 * Finds out whether the commit can be made on a branch.
 *
 * @param name as the user knows it, without refs/heads/
 * @returns undefined where HEAD is on it already
 * @throws PublishError where the name is none, or the branch has other commits
 */
export async function planSwitch({ git, top }: Repository, head: Head, name: string): Promise<Switch | undefined> {
  if (
    (await git.try(['check-ref-format', '--branch', name])).code !== 0 ||
    name.startsWith('-') ||
    name.startsWith('@{')
  )
    throw new PublishError(`--branch ${name}: this is not a valid branch name; use letters, digits, - and /`, 'usage');
  const to = `refs/heads/${name}`;
  if (head.ref === to) return undefined;
  const there = await git.ask(['rev-parse', '-q', '--verify', `${to}^{commit}`]);
  if (there !== undefined && there !== head.commit)
    throw new PublishError(
      `the branch ${name} already exists, with other commits; \`git switch ${name}\` first, or use another name. Nothing was written.`,
      'refused',
    );
  const worktrees = (await git.run(['worktree', 'list', '--porcelain'])).split('\n\n');
  const other = worktrees.find((entry) => entry.split('\n').includes(`branch ${to}`));
  if (other)
    throw new PublishError(
      `the branch ${name} is checked out in ${/^worktree (.*)$/m.exec(other)?.[1] ?? top}; run there, or use another name. Nothing was written.`,
      'refused',
    );
  return { from: head.ref ?? null, to, commit: head.commit ?? null, made: there === undefined };
}

/** Makes the branch where there is none, and goes there. */
export async function switchTo(repository: Repository, planned: Switch): Promise<void> {
  const { git } = repository;
  writeJournal(repository, { switched: planned });
  try {
    if (planned.made && planned.commit !== null)
      await git.run(['update-ref', '-m', 'branch: Created from HEAD', planned.to, planned.commit, ''], {
        detached: true,
      });
    await git.run(
      [
        'symbolic-ref',
        '-m',
        `checkout: moving from ${shortName(planned.from) ?? planned.commit} to ${shortName(planned.to)}`,
        'HEAD',
        planned.to,
      ],
      { detached: true },
    );
  } catch (error) {
    await switchBack(repository, planned);
    throw error;
  }
}

/** Goes back to where HEAD was, and removes a branch that was made and got no commit. @returns whether HEAD was on the other branch */
export async function switchBack(repository: Repository, { from, to, commit, made }: Switch): Promise<boolean> {
  const { git } = repository;
  const head = await readHead(repository);
  const isThere = head.ref === to && (head.commit ?? null) === commit;
  if (isThere) {
    const why = ['-m', `checkout: moving from ${shortName(to)} to ${shortName(from) ?? commit}`];
    if (from !== null) await git.run(['symbolic-ref', ...why, 'HEAD', from], { detached: true });
    else if (commit !== null) await git.run(['update-ref', ...why, '--no-deref', 'HEAD', commit], { detached: true });
  }
  if (made && commit !== null && (await readHead(repository)).ref !== to)
    await git.try(['update-ref', '-d', to, commit], { detached: true });
  const { switched: _, ...rest } = readJournal(repository);
  if (rest.landing) writeJournal(repository, rest);
  else clearJournal(repository);
  return isThere;
}
