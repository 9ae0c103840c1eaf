/** From a proposal to a commit that the branch, and where asked the remote, has. */
import { setTimeout as sleep } from 'node:timers/promises';
import { authorOf } from './commit/make-commit.js';
import { PublishError } from './git/git.js';
import { runHook } from './git/hooks.js';
import { Interrupted, undisturbed } from './git/interruption.js';
import { clearJournal, readJournal } from './branch/journal.js';
import { BranchMoved, land, prepareLanding } from './branch/move-branch.js';
import { generatedBy, pathsOf, type Proposal, type Source } from './commit/proposal.js';
import { type Pushed, pushCommit, pushWhatIsThere } from './push/push-commit.js';
import { NoAnswer, refuseDefaultBranch, refuseOthersBranch, targetOf } from './push/remote.js';
import { readHead, type Repository } from './git/repository.js';
import type { Scratch } from './commit/scratch.js';
import { refuseSecrets } from './commit/secrets.js';
import { type Snapshot, snapshotOf } from './commit/snapshot.js';
import { planSwitch, switchBack, switchTo } from './branch/switch.js';
import { shortName } from './git/ref-names.js';
import {
  afterCommit,
  changesOf,
  type CommittedPath,
  commitOf,
  idsOf,
  type PublishOptions,
  type Work,
} from './commit/context.js';

export interface Published {
  /** Undefined: there was nothing to commit. */
  commit?: string;
  message?: string;
  paths: CommittedPath[];
  /** Branch that HEAD is on now; undefined: detached. */
  branch?: string;
  /** Branch that HEAD was on, where it is another one now. */
  from?: string;
  pushed?: Pushed;
}

/** Times that a commit is made anew, where the branch here moves meanwhile. */
const TRIES = 20;

/**
 * Commits a proposal, and nothing else. Until the branch moves, nothing in the repository has changed.
 *
 * @throws PublishError where it cannot be done: branch, index and remote are as they were, unless the message says otherwise
 */
export async function publish(
  repository: Repository,
  scratch: Scratch,
  source: Source,
  options: PublishOptions,
): Promise<Published> {
  if (options.author !== undefined) authorOf(options.author);
  for (let tries = 1; ; tries++) {
    try {
      return await publishOnce(repository, scratch, source, options);
    } catch (error) {
      if (!(error instanceof BranchMoved) || tries === TRIES) throw error;
      await sleep(Math.random() * 50 * tries);
    }
  }
}

async function publishOnce(
  repository: Repository,
  scratch: Scratch,
  source: Source,
  options: PublishOptions,
): Promise<Published> {
  const head = await readHead(repository);
  const planned = options.branch === undefined ? undefined : await planSwitch(repository, head, options.branch);
  const ref = planned?.to ?? head.ref;
  const target = options.push ? await targetOf(repository, ref) : undefined;
  if (target && options.pullRequest) await refuseDefaultBranch(repository, target, options.pushTimeout);
  const proposal = await source.fromFolder(head.commit);
  const snapshot = await snapshotOf(repository, scratch, head.commit, proposal);
  const paths = await changesOf(repository, head.commit, snapshot.tree);
  if (paths.length === 0) {
    const pushed =
      target && head.ref === ref && head.commit !== undefined
        ? await pushWhatIsThere(repository, target, head.commit, options)
        : undefined;
    return { paths: [], ...(head.ref === undefined ? {} : { branch: shortName(head.ref) }), ...(pushed && { pushed }) };
  }
  await refuseSecrets(repository, idsOf(paths), proposal.folders);
  if (target && planned?.made)
    await refuseOthersBranch(repository, target, head.commit, snapshot.tree, options.pushTimeout);
  if (planned) await undisturbed(() => switchTo(repository, planned));
  try {
    const done = await commitAndPush(
      { repository, scratch, source, options, head: { ref, commit: head.commit }, target },
      proposal,
      snapshot,
    );
    return {
      ...done,
      ...(ref === undefined ? {} : { branch: shortName(ref) }),
      ...(planned?.from ? { from: shortName(planned.from) } : {}),
    };
  } catch (error) {
    await undisturbed(async () => {
      if (planned) await switchBack(repository, planned);
      // What the remote has, or may have, the next run takes over.
      if (!(error instanceof NoAnswer || error instanceof Interrupted) && !readJournal(repository).landing?.pushed)
        clearJournal(repository);
    });
    throw error;
  }
}

async function commitAndPush(
  work: Work,
  proposal: Proposal,
  snapshot: Snapshot,
): Promise<Omit<Published, 'branch' | 'from'>> {
  const { repository, scratch, head, target } = work;
  const mayDiffer = await runHook(repository, 'pre-commit', [], snapshot.git);
  const tree = mayDiffer ? await snapshot.git.run(['write-tree']) : snapshot.tree;
  await refuseTouched(repository, snapshot.tree, tree, proposal);
  if (mayDiffer)
    await refuseSecrets(repository, idsOf(await changesOf(repository, head.commit, tree)), proposal.folders);
  const commit = await commitOf(work, { git: snapshot.git, tree }, head.commit, proposal);
  if (target) {
    const { pushed, ...final } = await pushCommit(work, target, {
      ...commit,
      proposal,
      hooked: tree !== snapshot.tree,
    });
    return { ...final, pushed };
  }
  await land(
    repository,
    scratch,
    await prepareLanding(repository, scratch, head, commit.id, commit.id, generatedBy(proposal)),
    commit.message.split('\n')[0]!,
  );
  await afterCommit(repository);
  return { commit: commit.id, message: commit.message, paths: commit.paths };
}

/** The tree is what was checked: a hook that rewrites it would leave a commit that `check` fails on. */
async function refuseTouched(repository: Repository, before: string, after: string, proposal: Proposal): Promise<void> {
  if (before === after) return;
  const changed = new Set((await changesOf(repository, before, after)).map(({ path }) => path));
  const inputs = [...proposal.inputs.keys()].filter((path) => changed.has(path));
  if (inputs.length > 0)
    throw new PublishError(
      `the hook pre-commit changed ${inputs.join(', ')}, and the tree is generated from it; run again. Nothing was committed.`,
      'refused',
    );
  const own = pathsOf(proposal).filter((path) => changed.has(path));
  if (own.length > 0)
    throw new PublishError(
      `the hook pre-commit changed generated files, on which \`check\` would then fail: ${own.slice(0, 5).join(', ')}${own.length > 5 ? ` and ${own.length - 5} more` : ''}. Exclude ${proposal.folders.join(' and ')} from it. Nothing was committed.`,
      'refused',
    );
}
