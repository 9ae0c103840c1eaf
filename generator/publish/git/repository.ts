/** The repository that a tree is in, and whether a commit can be made there now. */
import { existsSync, lstatSync } from 'node:fs';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { realPathOf } from '../../tree/index.js';
import { discoverRepository } from './discover.js';
import { Git, PublishError, readable, wordsOf } from './git.js';
import { endIfInterrupted } from './interruption.js';
import type { Difference } from './difference.js';
import { withoutPrograms } from './read-only.js';
import { readSettings, type Settings } from './settings.js';

export interface Repository {
  /** Runs at the top of the working tree. */
  git: Git;
  /** Top of the working tree. */
  top: string;
  /** git's folder of this working tree: that of the repository, or one in its worktrees/. */
  folder: string;
  /** Where git looks for hooks; it need not exist. */
  hooks: string;
  /** Asks for git's settings once. */
  settings: () => Promise<Settings>;
  /** What is known of two objects, by the names of both: these are hashes of what they hold. */
  differences: Map<string, readonly Difference[]>;
}

/** Where HEAD is. */
export interface Head {
  /** Full name of the branch; undefined where HEAD is detached. */
  ref: string | undefined;
  /** Undefined where nothing was committed yet. */
  commit: string | undefined;
}

/** Milliseconds to wait for another git that has the index. */
const PATIENCE = 5_000;

/**
 * @param folder need not exist yet
 * @param access read: whatever the settings of the repository say, git starts no program
 * @throws PublishError where it is in no working tree of git
 */
export async function openRepository(folder: string, access: 'read' | 'write'): Promise<Repository> {
  const found = discoverRepository(folder);
  const open = new Git(found.top).with({ GIT_DIR: found.folder, GIT_WORK_TREE: found.top });
  const git = access === 'read' ? await withoutPrograms(open) : open;
  let known: Promise<Settings> | undefined;
  return { ...found, git, settings: () => (known ??= readSettings(git)), differences: new Map() };
}

/** @returns a path from the top of the working tree, with forward slashes. @throws PublishError where it is outside */
export function pathFromTop({ top }: Repository, path: string): string {
  const full = resolve(path);
  const found = relative(top, join(realPathOf(dirname(full)), basename(full)))
    .split(sep)
    .join('/');
  if (found === '..' || found.startsWith('../'))
    throw new PublishError(
      `${path} is outside of the repository ${top}, so it cannot be committed there; move it into the repository`,
      'usage',
    );
  return found;
}

/** @throws PublishError where an input is a link: git would commit where it leads, and not what it says */
export function refuseLink(path: string): void {
  if (lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink())
    throw new PublishError(
      `${path} is a symbolic link, of which git keeps no contents; put the file ${basename(path)} itself there`,
    );
}

/** @returns where HEAD is. */
export async function readHead({ git }: Repository): Promise<Head> {
  const [ref, commit] = await Promise.all([
    git.ask(['symbolic-ref', '-q', 'HEAD']),
    git.ask(['rev-parse', '-q', '--verify', 'HEAD^{commit}']),
  ]);
  return { ref, commit };
}

/** What may be under way, by the file that says so, with the way out. */
const UNDER_WAY: [file: string, what: string, command: string][] = [
  ['MERGE_HEAD', 'a merge', 'merge'],
  ['rebase-merge', 'a rebase', 'rebase'],
  ['rebase-apply/applying', 'git am', 'am'],
  ['rebase-apply', 'a rebase', 'rebase'],
  ['CHERRY_PICK_HEAD', 'a cherry-pick', 'cherry-pick'],
  ['REVERT_HEAD', 'a revert', 'revert'],
];

/** @throws PublishError where a merge, a rebase or the like is under way: what is committed then belongs to it */
export function refuseUnderWay({ folder }: Repository): void {
  const found = UNDER_WAY.find(([file]) => existsSync(join(folder, file)));
  if (!found) return;
  const [, what, command] = found;
  throw new PublishError(
    `${what} is under way; finish it (\`git ${command} --continue\`) or abort it (\`git ${command} --abort\`), then run again. Nothing was written.`,
    'refused',
  );
}

/** Waits for another git that has the index. @throws PublishError where it has it for long, or was killed */
export async function waitForIndex({ folder }: Repository): Promise<void> {
  const lock = join(folder, 'index.lock');
  for (const deadline = Date.now() + PATIENCE; existsSync(lock); await sleep(50)) {
    endIfInterrupted();
    if (Date.now() > deadline)
      throw new PublishError(
        `${lock} is there: another git is at work, or was killed. Wait for it; if there is none, remove that file. Nothing was written.`,
      );
  }
}

/** @throws PublishError where git does not know who commits */
export async function refuseNobody({ git }: Repository, author: string | undefined): Promise<void> {
  const variables = ['GIT_COMMITTER_IDENT', ...(author === undefined ? ['GIT_AUTHOR_IDENT'] : [])];
  for (const { code, err } of await Promise.all(variables.map((variable) => git.try(['var', variable])))) {
    if (code === 0) continue;
    const reason = wordsOf(err).trim().split('\n').at(-1);
    throw new PublishError(
      `git does not know who commits (${reason}); set it: git config user.name "Your Name" && git config user.email you@example.com. Nothing was written.`,
    );
  }
}

/** @throws PublishError where git is instructed to ignore a path that belongs to the commit */
export async function refuseIgnored({ git }: Repository, paths: readonly string[]): Promise<void> {
  // It takes no pathspecs, and refuses to be told how to read them.
  const { out } = await git.try(['check-ignore', '-v', '-z', '--stdin'], {
    input: paths.join('\0'),
    takesNoPathspecs: true,
  });
  const parts = out.toString('utf8').split('\0');
  // Also reported are patterns by which a path is not ignored.
  const at = parts.findIndex((pattern, index) => index % 4 === 2 && !pattern.startsWith('!'));
  if (at < 0) return;
  const [source, line, pattern, path] = parts.slice(at - 2);
  throw new PublishError(
    `${source}:${line}:1: "${pattern}" has git ignore ${path}, which belongs to the commit: without it, \`check\` fails in every clone. Remove it there. Nothing was written.`,
    'refused',
  );
}

/**
 * Refuses inputs of which a part is staged: what is generated comes of the whole file, and what is staged would be lost.
 *
 * @throws PublishError that names them
 */
export async function refusePartlyStaged({ git }: Repository, inputs: readonly string[]): Promise<void> {
  const entries = await git.list(
    [
      'status',
      '--porcelain=v2',
      '-z',
      '--untracked-files=no',
      '--ignore-submodules=all',
      '--no-renames',
      '--',
      ...inputs,
    ],
    // The user's index is only read.
    { env: { GIT_OPTIONAL_LOCKS: '0' } },
  );
  const unmerged = entries.find((entry) => entry.startsWith('u '));
  if (unmerged !== undefined) {
    const path = pathIn(unmerged);
    throw new PublishError(
      `${path} has a conflict that is not resolved; resolve it, \`git add ${quoted(path)}\`, then run again. Nothing was written.`,
      'refused',
    );
  }
  const both = entries.filter((entry) => /^1 [^.][^.] /.test(entry)).map(pathIn);
  if (both.length === 0) return;
  const list = both.map(quoted).join(' ');
  throw new PublishError(
    `${both.join(', ')}: one version is staged, and the file in the folder differs. The tree is generated from the latter. To commit that: git add ${list}. To keep it for later, commit the staged version by hand. Nothing was written.`,
    'refused',
  );
}

/** @returns the path of a line of `git status`. See https://git-scm.com/docs/git-status#_porcelain_format_version_2 */
function pathIn(entry: string): string {
  return readable(
    entry
      .split(' ')
      .slice(entry.startsWith('u ') ? 10 : 8)
      .join(' '),
  );
}

/** @returns a path as a shell takes it. */
export function quoted(text: string): string {
  return /^[\w./:@+,-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
