/** Moves the branch to a commit that is ready, and the index of the commit's own paths with it. */
import { type Git, isText, PublishError, readable, wordsOf } from '../git/git.js';
import { chunks, differencesOf } from '../git/contents.js';
import { undisturbed } from '../git/interruption.js';
import { indexEntries, leftOut, moveFolder, refresh, setEntries } from '../git/index-entries.js';
import { clearJournal, type Journal, type Landing, readJournal, writeJournal } from './journal.js';
import { clearLock } from '../git/stale-locks.js';
import { fetchTip, isAncestor, trackingRef } from '../push/remote.js';
import { readHead, type Repository } from '../git/repository.js';
import type { Scratch } from '../commit/scratch.js';
import { copyIndex } from '../commit/snapshot.js';
import { switchBack } from './switch.js';
import { shortName } from '../git/ref-names.js';

/** The branch moved between reading it and moving it: what was made is to be made anew. */
export class BranchMoved extends PublishError {}

/** Milliseconds between tries where another git has the index just then. */
const PAUSE = 100;
const TRIES = 50;
/** Seconds that a remote has to say what it got of a run that was killed. */
const PATIENCE = 120;

/**
 * Says what a landing will do, after trying on a copy of the index whether it can be done.
 *
 * @param onDisk the commit that stands in the folder
 * @param generated paths in which a conflict of the index is resolved by the commit
 * @throws PublishError where the folder or the index cannot follow
 */
export async function prepareLanding(
  repository: Repository,
  scratch: Scratch,
  from: { ref: string | undefined; commit: string | undefined },
  to: string,
  onDisk: string,
  generated: ReadonlySet<string>,
): Promise<Landing> {
  const paths = (await differencesOf(repository, from.commit, to)).map(({ path }) => path);
  const before = await indexEntries(repository.git, paths);
  const landing: Landing = {
    ref: from.ref ?? null,
    old: from.commit ?? null,
    new: to,
    onDisk,
    entries: Object.fromEntries(paths.map((path) => [path, before.get(path) ?? ''])),
    pushed: false,
  };
  const conflicts = paths.filter((path) => before.get(path) === 'conflict' && !generated.has(readable(path)));
  if (conflicts.length > 0)
    throw new PublishError(
      `${readable(conflicts[0]!)} has a conflict that is not resolved; resolve it, \`git add\` it, then run again. Nothing was committed.`,
      'refused',
    );
  const { git } = await indexOf(repository, scratch, landing, onDisk);
  if (onDisk !== to) await moveFolder(git, onDisk, to, true);
  return landing;
}

/** @returns git with a copy of the user's index in which the paths of a landing are as a commit has them. */
async function indexOf(
  repository: Repository,
  scratch: Scratch,
  { old }: Landing,
  commit: string,
): Promise<ReturnType<typeof copyIndex>> {
  const copy = copyIndex(repository, scratch, 'next-index');
  await setEntries(copy.git, await differencesOf(repository, old ?? undefined, commit));
  return copy;
}

/**
 * Moves the branch, the folder and the index. The branch moves at once; a kill after that leaves a journal, by which the
 * next run brings the index up to it.
 *
 * @param subject for the reflog
 * @throws BranchMoved where somebody else moved the branch: nothing was done
 * @throws PublishError where the index cannot be written: the branch is where it was, unless the remote has the commit
 */
export function land(repository: Repository, scratch: Scratch, landing: Landing, subject: string): Promise<void> {
  return undisturbed(() => moveTogether(repository, scratch, landing, subject));
}

async function moveTogether(
  repository: Repository,
  scratch: Scratch,
  landing: Landing,
  subject: string,
): Promise<void> {
  const { git } = repository;
  writeJournal(repository, { ...readJournal(repository), landing });
  let index = git;
  if (landing.onDisk !== landing.new) {
    index = (await indexOf(repository, scratch, landing, landing.onDisk)).git;
    await moveFolder(index, landing.onDisk, landing.new, false);
  }
  await moveBranch(
    repository,
    landing,
    landing.old ?? '',
    landing.new,
    `commit${landing.old === null ? ' (initial)' : ''}: ${subject}`,
  );
  try {
    await updateIndex(repository, landing, index);
  } catch (error) {
    const { message } = error as Error;
    if (landing.pushed)
      throw new PublishError(
        `the commit is made and pushed, but the index could not be updated: ${message}. Correct that, then run again: the next run finishes it.`,
      );
    await moveBranch(
      repository,
      landing,
      landing.new,
      landing.old ?? '',
      'commit: undone, as the index cannot be written',
    );
    clearJournal(repository);
    throw new PublishError(`the index cannot be written: ${message}. Nothing was committed; the files are generated.`);
  }
  clearJournal(repository);
  // Only what speeds up the next command: it may fail.
  await refresh(git);
}

async function moveBranch({ git }: Repository, { ref }: Landing, from: string, to: string, why: string): Promise<void> {
  const target = ref === null ? ['--no-deref', 'HEAD'] : [ref];
  const command =
    to === '' ? ['update-ref', '-m', why, '-d', ...target, from] : ['update-ref', '-m', why, ...target, to, from];
  const { code, err } = await git.try(command, { detached: true });
  if (code === 0) return;
  if (/is at [0-9a-f]+ but expected|reference already exists|File exists|unable to resolve reference/.test(err))
    throw new BranchMoved(`the branch moved meanwhile (${wordsOf(err)})`, 'refused');
  throw new PublishError(
    `the branch could not be moved: ${wordsOf(err)}. Nothing was committed; the files are generated.`,
  );
}

/** Entries that the user has changed since are left alone. @param moved has an index that followed the folder */
async function updateIndex(repository: Repository, { entries, old, new: commit }: Landing, moved: Git): Promise<void> {
  const without = await leftOut(repository, moved, Object.keys(entries));
  const differences = await differencesOf(repository, old ?? undefined, commit);
  for (let tries = 1; ; tries++) {
    const now = await indexEntries(repository.git, Object.keys(entries));
    try {
      return await setEntries(
        repository.git,
        differences.filter(({ path }) => (now.get(path) ?? '') === entries[path]),
        without,
      );
    } catch (error) {
      if (tries === TRIES || !/index\.lock.*File exists/s.test((error as Error).message)) throw error;
      await new Promise((resolve) => setTimeout(resolve, PAUSE));
    }
  }
}

/**
 * Finishes what a killed run was about to do, or takes it back: its commit stands wholly or not at all.
 *
 * @param branch that this run is to commit on, where it is said
 * @throws PublishError where the index cannot be written, or where HEAD is now on another branch than the user sees
 */
export async function recoverLanding(
  repository: Repository,
  scratch: Scratch,
  branch: string | undefined,
): Promise<void> {
  const { landing, switched }: Journal = readJournal(repository);
  if (landing?.pushing) await clearLock(repository.git, trackingRef(landing.pushing));
  if (landing) await finish(repository, scratch, landing);
  const goesBack = switched !== undefined && (await switchBack(repository, switched));
  clearJournal(repository);
  if (!goesBack || branch === shortName(switched.to)) return;
  throw new PublishError(
    `a run that was killed had gone to the branch ${shortName(switched.to)}, for its commit; HEAD is on ${shortName(switched.from) ?? 'no branch'} again. Run again to commit there, or with --branch ${shortName(switched.to)}. Nothing was written.`,
    'refused',
  );
}

async function finish(repository: Repository, scratch: Scratch, landing: Landing): Promise<void> {
  const head = await readHead(repository);
  if ((head.ref ?? null) !== landing.ref || head.commit === undefined) return;
  if (head.commit === landing.old) {
    if (!landing.pushed && !(await gotThere(repository, landing))) return;
    if (!(await folderFollows(repository, scratch, landing))) return;
    await moveBranch(repository, landing, landing.old, landing.new, 'commit: finished after a run that was killed');
  } else if (!(await isAncestor(repository, landing.new, head.commit))) return;
  await updateIndex(repository, landing, repository.git);
}

/** Whether the remote has the commit of a run that was killed while it pushed. One that cannot be asked has to wait for the next push. */
async function gotThere(repository: Repository, { pushing, new: commit }: Landing): Promise<boolean> {
  const tip = pushing && (await fetchTip(repository, pushing, PATIENCE).catch(() => undefined));
  return tip !== undefined && (await isAncestor(repository, commit, tip));
}

/** Brings the folder to a commit that the remote has; where the user changed more since, the branch stays, and the next push brings both together. */
async function folderFollows(repository: Repository, scratch: Scratch, landing: Landing): Promise<boolean> {
  if (landing.onDisk === landing.new || (await standsInFolder(repository, scratch, landing))) return true;
  const { git } = await indexOf(repository, scratch, landing, landing.onDisk);
  return moveFolder(git, landing.onDisk, landing.new, false).then(
    () => true,
    () => false,
  );
}

/** Whether all that a landing changes is in the folder already. */
async function standsInFolder(repository: Repository, scratch: Scratch, landing: Landing): Promise<boolean> {
  const paths = Object.keys(landing.entries);
  if (!paths.every(isText)) return false;
  const { git } = await indexOf(repository, scratch, landing, landing.new);
  await refresh(git);
  for (const chunk of chunks(paths.map(readable))) {
    if ((await git.try(['diff-files', '--quiet', '--', ...chunk])).code !== 0) return false;
  }
  return true;
}
