/** What the steps of one commit share. */
import { type CommitOptions, makeCommit } from './make-commit.js';
import { differencesOf } from '../git/contents.js';
import type { Difference } from '../git/difference.js';
import { readable } from '../git/git.js';
import { runHook } from '../git/hooks.js';
import type { Proposal, Source } from './proposal.js';
import type { Target } from '../push/remote.js';
import type { Head, Repository } from '../git/repository.js';
import type { Scratch } from './scratch.js';
import type { Snapshot } from './snapshot.js';

export interface PublishOptions extends CommitOptions {
  /** Branch for the commit, made where there is none. */
  branch?: string;
  push?: boolean;
  /** Whether a pull request is to come of it. */
  pullRequest?: boolean;
  /** Seconds that the remote has for an answer. */
  pushTimeout: number;
  /** Hears what a push is about to wait for, and when that is over. Git may ask for a password in between: nothing is to be shown then. */
  onWait?: (text: string | undefined) => void;
}

/** One path of a commit. */
export type CommittedPath = Pick<Difference, 'status' | 'path'>;

/** What is the same through all tries of one commit. */
export interface Work {
  repository: Repository;
  scratch: Scratch;
  source: Source;
  options: PublishOptions;
  /** Where the branch is that the commit belongs on. */
  head: Head;
  target: Target | undefined;
}

/** It is reported, and can change nothing any more. */
export async function afterCommit(repository: Repository): Promise<void> {
  await runHook(repository, 'post-commit').catch(() => {});
}

/** @returns the commit of a snapshot on top of another, and what it changes. @throws PublishError where a hook refuses */
export async function commitOf(
  { repository, scratch, source, options }: Work,
  snapshot: Snapshot,
  parent: string | undefined,
  proposal: Proposal,
): Promise<{ id: string; message: string; paths: CommittedPath[] }> {
  const paths = await changesOf(repository, parent, snapshot.tree);
  const made = await makeCommit(repository, scratch, snapshot, parent, await source.message(parent, proposal), options);
  return { ...made, paths: paths.map(({ status, path }) => ({ status, path })) };
}

/** With the name of its contents. */
export type Changed = CommittedPath & { id: string };

/** @returns what a tree changes of a commit. @param base undefined: all that the tree has is new */
export async function changesOf(repository: Repository, base: string | undefined, tree: string): Promise<Changed[]> {
  return (await differencesOf(repository, base, tree)).map(({ status, path, entry }) => ({
    status,
    path: readable(path),
    id: entry.id,
  }));
}

/** @returns contents by path, of what a commit adds and changes. */
export function idsOf(paths: readonly Changed[]): Map<string, string> {
  return new Map(paths.filter(({ status }) => status !== 'removed').map(({ path, id }) => [path, id]));
}
