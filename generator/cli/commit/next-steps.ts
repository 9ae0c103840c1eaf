/** What is to be done once a commit is made: as `generate` prints it, compared with the commit before. */
import { readerOf } from '../../manifests/index.js';
import type { Published, Repository } from '../../publish/index.js';
import { EarlierTree } from '../shared/earlier-tree.js';
import { printFleet, pushCommand, siteOf, stepsSince } from '../generate/next/index.js';
import { quote } from '../shared/shell.js';
import type { CommitCommandOptions } from './options.js';
import type { RegistriesSource } from './registries-source.js';

/** Prints the steps that a commit needs, or that it needs none. */
export async function printNextSteps(
  repository: Repository,
  source: RegistriesSource,
  { commit, branch, pushed }: Published,
  options: CommitCommandOptions,
): Promise<void> {
  if (commit === undefined) return;
  const isProposed = options.branch !== undefined || options.pullRequest === true;
  const config = options.config === undefined ? [] : ['--config', quote(options.config)];
  const out = options.out === undefined ? [] : ['--out', quote(options.out)];
  const push = pushed || isProposed ? undefined : pushCommand([...config, ...out]);
  const nexts = (await source.since(await parentOf(repository, commit))).map(({ place, plan, before }) => {
    const changes = [
      ...[...plan.files].flatMap(([path, text]) =>
        before.get(path) === text ? [] : [{ kind: before.has(path) ? 'changed' : 'added', path } as const],
      ),
      ...[...before.keys()].flatMap((path) => (plan.files.has(path) ? [] : [{ kind: 'removed', path } as const])),
    ];
    const earlier = {
      tree: new EarlierTree(readerOf(before, plan.files.known)),
      isNew: before.size === 0,
      changes,
    };
    return { file: place.file, next: stepsSince(plan, { ...siteOf(plan.config, place), push }, earlier) };
  });
  printFleet(nexts, isProposed && branch !== undefined ? `Next, once ${branch} is merged` : 'Next');
}

/** @returns the commit that it was made on; undefined: it is the first */
async function parentOf({ git }: Repository, commit: string): Promise<string | undefined> {
  const [, parent] = (await git.run(['rev-list', '--parents', '--max-count=1', commit])).trim().split(' ');
  return parent;
}
