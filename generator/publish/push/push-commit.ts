/** Pushes a commit that no branch has yet, made anew on top of the remote as often as that moves. */
import { readFilesAt } from '../git/contents.js';
import { PublishError } from '../git/git.js';
import { readJournal, writeJournal } from '../branch/journal.js';
import { BranchMoved, land, prepareLanding } from '../branch/move-branch.js';
import { mergeInputs } from './merge-inputs.js';
import { generatedBy, type Proposal } from '../commit/proposal.js';
import { fetchTip, isAncestor, push, rememberUpstream, type Target, trackingRef } from './remote.js';
import type { Repository } from '../git/repository.js';
import { refuseSecrets } from '../commit/secrets.js';
import { snapshotOf } from '../commit/snapshot.js';
import { shortName } from '../git/ref-names.js';
import { Tries } from './retry.js';
import {
  afterCommit,
  changesOf,
  type CommittedPath,
  commitOf,
  idsOf,
  type PublishOptions,
  type Work,
} from '../commit/context.js';

export interface Pushed {
  remote: string;
  branch: string;
  /** Times that it was tried. */
  attempts: number;
  target: Target;
}

interface Made {
  id: string;
  message: string;
  paths: CommittedPath[];
  proposal: Proposal;
  /** Whether a hook put more into it. */
  hooked: boolean;
}

/**
 * @returns the commit that the remote took, which the branch here has then too
 * @throws PublishError where the remote refuses, or both sides changed the same: branch and index are as they were
 */
export async function pushCommit(
  work: Work,
  target: Target,
  made: Made,
): Promise<{ commit?: string; message?: string; paths: CommittedPath[]; pushed: Pushed }> {
  const { repository, scratch, options, head } = work;
  let commit: Omit<Made, 'proposal' | 'hooked'> = made;
  for (const tries = new Tries(target, options.pushTimeout); ; tries.next()) {
    const landing = await prepareLanding(repository, scratch, head, commit.id, made.id, generatedBy(made.proposal));
    const pushed = { remote: target.name, branch: shortName(target.ref), attempts: tries.count, target };
    writeJournal(repository, { ...readJournal(repository), landing: { ...landing, pushing: target } });
    const busy = await pushOnce(repository, target, commit.id, tries, options);
    if (busy === undefined) {
      await landPushed(work, target, { ...landing, pushed: true }, commit.message);
      return { commit: commit.id, message: commit.message, paths: commit.paths, pushed };
    }
    const tip = await otherTip(repository, target, tries, commit.id, busy, options);
    if (tip === undefined) continue;
    const next = await onTopOf(work, target, made, tip);
    if (next) commit = next;
    else {
      // Others have done the same: it only has to be taken over.
      await landPushed(
        work,
        target,
        {
          ...(await prepareLanding(repository, scratch, head, tip, made.id, generatedBy(made.proposal))),
          pushed: true,
        },
        `fast-forward to ${pushed.remote}/${pushed.branch}`,
      );
      return { paths: [], pushed };
    }
  }
}

type PushOptions = Pick<PublishOptions, 'pushTimeout' | 'onWait'>;

/** @returns what the remote said where its branch has moved, or is locked */
async function pushOnce(
  repository: Repository,
  target: Target,
  commit: string,
  { count }: Tries,
  { pushTimeout, onWait }: PushOptions,
): Promise<string | undefined> {
  onWait?.(`pushing to ${nameOf(target)}${count > 1 ? `, attempt ${count}: others are pushing` : ''}`);
  const busy = await push(repository, target, commit, pushTimeout);
  onWait?.(undefined);
  return busy;
}

function nameOf({ name, ref }: Target): string {
  return `${name}/${shortName(ref)}`;
}

/** @returns what others pushed meanwhile; undefined where a commit is still on top of all there is. @throws PublishError where further tries are of no use */
async function otherTip(
  repository: Repository,
  target: Target,
  tries: Tries,
  commit: string,
  said: string,
  { pushTimeout, onWait }: PushOptions,
): Promise<string | undefined> {
  onWait?.(`${nameOf(target)} has moved, or is locked: waiting for the others`);
  await tries.pause();
  const tip = await fetchTip(repository, target, pushTimeout);
  onWait?.(undefined);
  tries.goOnFrom(tip, said);
  return tip === undefined || (await isAncestor(repository, tip, commit)) ? undefined : tip;
}

/** @returns the same change on top of what others pushed; undefined where they have it already. @throws PublishError where that is not for a program to decide */
async function onTopOf(
  work: Work,
  target: Target,
  made: Made,
  tip: string,
): Promise<{ id: string; message: string; paths: CommittedPath[] } | undefined> {
  const { repository, scratch, source, head } = work;
  const name = nameOf(target);
  if (head.commit === undefined || !(await isAncestor(repository, head.commit, tip))) {
    throw new PublishError(
      `${name} has commits that are not here, and the branch here has commits that are not there. Merge them: git pull --rebase --autostash ${target.name} ${shortName(target.ref)}, then run again. The repository here is as it was; the files are generated.`,
      'refused',
    );
  }
  if (made.hooked)
    throw new PublishError(
      `${name} has moved, and the hook pre-commit adds to the commit; bring the branch up to date first: git pull --rebase --autostash ${target.name} ${shortName(target.ref)}, then run again. The repository here is as it was.`,
      'refused',
    );
  const inputs = [...made.proposal.inputs.keys()];
  const [base, theirs] = [
    await readFilesAt(repository, head.commit, inputs),
    await readFilesAt(repository, tip, inputs),
  ];
  const ours = await readFilesAt(repository, made.id, inputs);
  const proposal = await source.onTop(tip, await mergeInputs(repository, scratch, base, ours, theirs, name));
  const snapshot = await snapshotOf(repository, scratch, tip, proposal);
  const changes = await changesOf(repository, tip, snapshot.tree);
  if (changes.length === 0) return undefined;
  await refuseSecrets(repository, idsOf(changes), proposal.folders);
  return commitOf(work, snapshot, tip, proposal);
}

async function landPushed(
  { repository, scratch, head }: Work,
  target: Target,
  landing: Parameters<typeof land>[2],
  message: string,
): Promise<void> {
  try {
    await land(repository, scratch, landing, message.split('\n')[0]!);
  } catch (error) {
    if (!(error instanceof BranchMoved)) throw error;
    throw new PublishError(
      `${target.name} has the commit, but the branch here moved meanwhile: git pull --rebase --autostash ${target.name} ${shortName(target.ref)}. Nothing is lost.`,
      'refused',
    );
  }
  if (head.ref !== undefined) await rememberUpstream(repository, head.ref, target);
  await afterCommit(repository);
}

/**
 * Pushes commits that an earlier run, or the user, made and did not push.
 *
 * @returns undefined where the remote has all there is
 * @throws PublishError where the remote refuses, or has other commits
 */
export async function pushWhatIsThere(
  repository: Repository,
  target: Target,
  commit: string,
  options: PushOptions,
): Promise<Pushed | undefined> {
  const known = await repository.git.ask(['rev-parse', '-q', '--verify', trackingRef(target)]);
  if (known !== undefined && (await isAncestor(repository, commit, known))) return undefined;
  for (const tries = new Tries(target, options.pushTimeout); ; tries.next()) {
    const busy = await pushOnce(repository, target, commit, tries, options);
    if (busy === undefined)
      return { remote: target.name, branch: shortName(target.ref), attempts: tries.count, target };
    const tip = await otherTip(repository, target, tries, commit, busy, options);
    if (tip === undefined) continue;
    if (await isAncestor(repository, commit, tip)) return undefined;
    throw new PublishError(
      `${target.name}/${shortName(target.ref)} has commits that are not here: git pull --rebase --autostash ${target.name} ${shortName(target.ref)}, then run again. There was nothing to commit.`,
      'refused',
    );
  }
}
