/** What a commit would be, with nothing written: not even objects that nobody names. */
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { authorOf } from './make-commit.js';
import type { Source } from './proposal.js';
import { targetOf } from '../push/remote.js';
import { readHead, type Repository } from '../git/repository.js';
import type { Scratch } from './scratch.js';
import { refuseSecrets } from './secrets.js';
import { snapshotOf } from './snapshot.js';
import { planSwitch } from '../branch/switch.js';
import { changesOf, type CommittedPath, idsOf, type PublishOptions } from './context.js';

/** @returns paths and message; no message where there is nothing to commit. @throws PublishError where the commit would be refused; the remote is not asked */
export async function preview(
  repository: Repository,
  scratch: Scratch,
  source: Source,
  { author, branch, push }: PublishOptions,
): Promise<{ paths: CommittedPath[]; message?: string }> {
  const objects = join(scratch.folder, 'objects');
  mkdirSync(objects);
  const real = resolve(repository.top, await repository.git.run(['rev-parse', '--git-path', 'objects']));
  const apart = {
    ...repository,
    git: repository.git.with({ GIT_OBJECT_DIRECTORY: objects, GIT_ALTERNATE_OBJECT_DIRECTORIES: JSON.stringify(real) }),
  };
  const head = await readHead(apart);
  const { commit } = head;
  if (author !== undefined) authorOf(author);
  const ref = branch === undefined ? head.ref : ((await planSwitch(apart, head, branch))?.to ?? head.ref);
  if (push) await targetOf(apart, ref);
  const proposal = await source.fromFolder(commit);
  const { tree } = await snapshotOf(apart, scratch, commit, proposal);
  const paths = await changesOf(apart, commit, tree);
  if (paths.length === 0) return { paths: [] };
  await refuseSecrets(apart, idsOf(paths), proposal.folders);
  return {
    paths: paths.map(({ status, path }) => ({ status, path })),
    message: await source.message(commit, proposal),
  };
}
