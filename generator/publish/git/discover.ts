/** Finds the repository that a folder is in, once and from outside in, so that nothing in a checkout can pose as one. */
import { spawnSync } from 'node:child_process';
import { existsSync, lstatSync, realpathSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { realPathOf } from '../../tree/index.js';
import { cannotRun, gitEnvironment, OWN_SETTINGS, PublishError, wordsOf } from './git.js';

export interface Discovered {
  /** Top of the working tree, without links. */
  top: string;
  /** git's folder of this working tree: that of the repository, or one in its worktrees/. */
  folder: string;
}

/**
 * Finds the repository of a folder: the one that the command runs in, if the folder is in it, else the first one on the
 * way to the folder. A folder that merely looks like a bare repository counts as none, as a clone may bring one; and a
 * repository in the repository is refused, as what it calls origin/main is not what the outer one calls so.
 *
 * @param folder need not exist yet
 * @throws PublishError where there is no working tree of git, or git refuses it
 * @see https://git-scm.com/docs/git-config#Documentation/git-config.txt-safebareRepository
 */
export function discoverRepository(folder: string): Discovered {
  const real = realPathOf(folder);
  const top = topOf(real);
  if (top === undefined) throw noRepository(folder, real);
  const inner = repositoriesBelow(top, real)[0];
  if (inner !== undefined) {
    throw new PublishError(
      `${folder} is in a repository of its own (${relative(top, inner)}) inside of ${top}; run in there`,
      'usage',
    );
  }
  const { status, stdout, stderr, error } = spawnSync(
    'git',
    [...OWN_SETTINGS, 'rev-parse', '--is-inside-work-tree', '--absolute-git-dir'],
    { cwd: top, env: gitEnvironment(), encoding: 'utf8' },
  );
  if (error) throw cannotRun('git', error);
  // Whose repository it is, git explains better, with the command that helps.
  if (status !== 0)
    throw /not a git repository/.test(stderr) ? noRepository(folder, real) : new PublishError(wordsOf(stderr));
  const [inside, gitFolder] = stdout.trimEnd().split('\n');
  if (inside !== 'true') throw bare(folder);
  return { top, folder: gitFolder! };
}

/** @returns the top of the repository; undefined where there is none. @param folder without links */
function topOf(folder: string): string | undefined {
  const here = nearestRepository(realpathSync('.'));
  if (here !== undefined && isBelow(here, folder)) return here;
  return repositoriesBelow(commonFolder(realpathSync('.'), folder), folder)[0] ?? nearestRepository(folder);
}

function nearestRepository(folder: string): string | undefined {
  if (existsSync(join(folder, '.git'))) return folder;
  return folder === dirname(folder) ? undefined : nearestRepository(dirname(folder));
}

/** @returns the folders with a .git below `outer` on the way to `folder`, and there; outermost first. */
function repositoriesBelow(outer: string, folder: string): string[] {
  const found: string[] = [];
  for (let at = folder; at !== outer && at !== dirname(at); at = dirname(at)) {
    if (lstatSync(join(at, '.git'), { throwIfNoEntry: false })) found.unshift(at);
  }
  return found;
}

function isBelow(outer: string, folder: string): boolean {
  return folder === outer || folder.startsWith(outer.endsWith('/') ? outer : `${outer}/`);
}

function commonFolder(one: string, other: string): string {
  return isBelow(one, other) ? one : commonFolder(dirname(one), other);
}

function noRepository(folder: string, real: string): PublishError {
  if (['HEAD', 'objects', 'refs'].every((name) => existsSync(join(real, name)))) return bare(folder);
  return new PublishError(
    `${folder} is in no git repository; run \`git init\` there, or \`npm run generate\`, which needs none`,
  );
}

function bare(folder: string): PublishError {
  return new PublishError(`${folder} is in a repository without files (bare); clone it, and commit in the clone`);
}
