/** Finds the repository that a folder is in, once and from outside in, so that nothing in a checkout can pose as one. */
import { spawnSync } from 'node:child_process';
import { existsSync, realpathSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { isInside, realPathOf } from '../../tree/index.js';
import { cannotRun, gitEnvironment, OWN_SETTINGS, PublishError, wordsOf } from './git.js';
import { type GitFolder, gitFolderIn } from './git-folder.js';

export interface Discovered {
  /** Top of the working tree, without links. */
  top: string;
  /** git's folder of this working tree: that of the repository, or one in its worktrees/. */
  folder: string;
  /** Where git looks for hooks; it need not exist. */
  hooks: string;
}

/** There is no repository, or none with a working tree. */
export class NoRepository extends PublishError {}

/**
 * Finds the repository of a folder: the one that the command runs in, if the folder is in it, else the first one on the
 * way to the folder. A folder that merely looks like a bare repository counts as none, as a clone may bring one; and a
 * repository in the repository is refused, as what it calls origin/main is not what the outer one calls so.
 *
 * @param folder need not exist yet
 * @throws NoRepository where there is no working tree of git
 * @throws PublishError where git refuses it
 * @see https://git-scm.com/docs/git-config#Documentation/git-config.txt-safebareRepository
 */
export function discoverRepository(folder: string): Discovered {
  const real = realPathOf(folder);
  const found = repositoryOf(real);
  if (found === undefined) throw noRepository(folder, real);
  const { top } = found;
  const inner = repositoriesBelow(top, real)[0];
  if (inner !== undefined) {
    throw new PublishError(
      `${folder} is in a repository of its own (${relative(top, inner.top)}) inside of ${top}; run in there`,
      'usage',
    );
  }
  refuseContents(found);
  return confirmed(found, folder);
}

/** @param folder without links */
function repositoryOf(folder: string): GitFolder | undefined {
  const start = realpathSync('.');
  const here = nearestRepository(start);
  if (here !== undefined && isInside(here.top, folder)) return here;
  return repositoriesBelow(commonFolder(start, folder), folder)[0] ?? nearestRepository(folder);
}

function nearestRepository(folder: string): GitFolder | undefined {
  const found = gitFolderIn(folder);
  return found ?? (folder === dirname(folder) ? undefined : nearestRepository(dirname(folder)));
}

/** @returns the repositories below `outer` on the way to `folder`, and there; outermost first. */
function repositoriesBelow(outer: string, folder: string): GitFolder[] {
  const found: GitFolder[] = [];
  for (let at = folder; at !== outer && at !== dirname(at); at = dirname(at)) {
    const repository = gitFolderIn(at);
    if (repository) found.unshift(repository);
  }
  return found;
}

/** Refuses a `.git` that names a folder which an outer repository has as contents: that came with the checkout. */
function refuseContents({ top, folder, isNamed }: GitFolder): void {
  const outer = isNamed && top !== dirname(top) ? nearestRepository(dirname(top)) : undefined;
  if (!outer || !isInside(outer.top, folder) || isInside(outer.common, folder)) return;
  const { status } = spawnSync(
    'git',
    [...OWN_SETTINGS, '--literal-pathspecs', 'ls-files', '--error-unmatch', '--', join(folder, 'HEAD')],
    { cwd: outer.top, env: { ...gitEnvironment(), GIT_DIR: outer.folder, GIT_WORK_TREE: outer.top }, stdio: 'ignore' },
  );
  if (status === 0)
    throw new PublishError(
      `${join(top, '.git')} names ${relative(outer.top, folder)} as its repository, which the repository ${outer.top} has as contents: anyone could have put it there. Remove ${join(top, '.git')}`,
    );
}

/** Asks git itself, which knows whose repositories the user trusts. @throws PublishError where it sees another repository, or none */
function confirmed({ top, folder }: GitFolder, named: string): Discovered {
  const { status, stdout, stderr, error } = spawnSync(
    'git',
    [
      ...OWN_SETTINGS,
      'rev-parse',
      '--is-inside-work-tree',
      '--absolute-git-dir',
      '--show-toplevel',
      '--git-path',
      'hooks',
    ],
    { cwd: top, env: { ...gitEnvironment(), GIT_CEILING_DIRECTORIES: dirname(top) }, encoding: 'utf8' },
  );
  if (error) throw cannotRun('git', error);
  const [inside, ...paths] = stdout.trimEnd().split('\n');
  const hooks = resolve(top, paths.pop() ?? '');
  if (inside === 'false') throw bare(named);
  // Whose repository it is, git explains better, with the command that helps.
  if (status !== 0) throw new PublishError(wordsOf(stderr));
  const [gitFolder, workTree] = paths.map((path) => realpathSync(path));
  if (gitFolder !== folder || paths.length !== 2)
    throw new PublishError(`git does not see the repository ${folder} in ${top}; run \`git status\` there`);
  if (workTree !== top)
    throw new PublishError(
      `the repository in ${top} has its files in ${workTree} (core.worktree); run \`git config --unset core.worktree\`, or clone it anew`,
    );
  return { top, folder, hooks };
}

function commonFolder(one: string, other: string): string {
  return isInside(one, other) ? one : commonFolder(dirname(one), other);
}

function noRepository(folder: string, real: string): NoRepository {
  if (['HEAD', 'objects', 'refs'].every((name) => existsSync(join(real, name)))) return bare(folder);
  return new NoRepository(
    `${folder} is in no git repository; run \`git init\` there, or \`npm run generate\`, which needs none`,
  );
}

function bare(folder: string): NoRepository {
  return new NoRepository(`${folder} is in a repository without files (bare); clone it, and commit in the clone`);
}
