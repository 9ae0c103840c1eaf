/** A proposal as a tree of git, made in an index of its own: the user's index is only read. */
import { chmodSync, copyFileSync, existsSync, lstatSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { partsOf } from '../git/contents.js';
import { type Git, PublishError, readable } from '../git/git.js';
import type { Proposal } from './proposal.js';
import type { Repository } from '../git/repository.js';
import type { Scratch } from './scratch.js';

/** An index beside the user's. */
export interface Snapshot {
  /** git with that index, in the working tree. */
  git: Git;
  /** The tree that it stands for. */
  tree: string;
}

/** The index is written once and thrown away: what speeds up the next command is of no use, and safecrlf would take the LF of the tree for a mistake. */
const PLAIN = [
  '-c',
  'core.fsmonitor=false',
  '-c',
  'core.untrackedCache=false',
  '-c',
  'core.splitIndex=false',
  '-c',
  'core.safecrlf=false',
];

/** @returns git with an index that is a copy of the user's, and where it is. */
export function copyIndex({ git, folder }: Repository, scratch: Scratch, name: string): { git: Git; file: string } {
  const file = join(scratch.folder, name);
  rmSync(file, { force: true });
  if (existsSync(join(folder, 'index'))) copyFileSync(join(folder, 'index'), file);
  return { git: git.with({ GIT_INDEX_FILE: file }), file };
}

/**
 * Puts a proposal on top of a commit. The contents come from memory, so they are what was checked, whatever an editor
 * saves meanwhile; git makes of them what its attributes say (ends of lines, filters).
 *
 * @param base undefined: the first commit
 * @throws PublishError where git refuses a path
 */
export async function snapshotOf(
  repository: Repository,
  scratch: Scratch,
  base: string | undefined,
  proposal: Proposal,
): Promise<Snapshot> {
  const { git, file } = copyIndex(repository, scratch, 'index');
  // A reset of the copy keeps what is known of unchanged files, and drops what is staged; not of those that git is instructed to take for unchanged.
  if (base === undefined) rmSync(file, { force: true });
  else if ((await git.try([...PLAIN, 'read-tree', '--reset', base])).code !== 0) {
    rmSync(file, { force: true });
    await git.run([...PLAIN, 'read-tree', base]);
  }
  const folder = join(scratch.folder, 'files');
  rmSync(folder, { recursive: true, force: true });
  const contents = new Map<string, Uint8Array | string>([...proposal.inputs, ...proposal.generated]);
  await refuseSubmodules(repository, base, contents.keys());
  for (const [path, bytes] of contents) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), bytes);
    if (isExecutable(join(repository.top, path))) chmodSync(join(folder, path), 0o755);
  }
  const list = (paths: Iterable<string>): string => [...paths].map((path) => `${path}\0`).join('');
  const elsewhere = git.with({ GIT_WORK_TREE: folder, GIT_DIR: repository.folder });
  await elsewhere.run([...PLAIN, 'update-index', '--add', '-z', '--stdin'], { input: list(contents.keys()) });
  if (proposal.removed.size > 0)
    await elsewhere.run([...PLAIN, 'update-index', '--force-remove', '-z', '--stdin'], {
      input: list(proposal.removed),
    });
  // Hooks look at the working tree: what they find there is not to look changed.
  await git.try([...PLAIN, 'update-index', '-q', '--refresh']);
  return { git, tree: await git.run([...PLAIN, 'write-tree']) };
}

function isExecutable(file: string): boolean {
  return ((lstatSync(file, { throwIfNoEntry: false })?.mode ?? 0) & 0o100) !== 0;
}

/** What is in a submodule is another repository's. */
async function refuseSubmodules(
  repository: Repository,
  base: string | undefined,
  paths: Iterable<string>,
): Promise<void> {
  const folders = new Set<string>();
  for (const path of paths) for (let at = dirname(path); at !== '.'; at = dirname(at)) folders.add(at);
  if (base === undefined || folders.size === 0) return;
  const entries = await repository.git.list(['ls-tree', '-z', '--full-tree', base, '--', ...folders]);
  const found = entries.find((entry) => entry.startsWith('160000'));
  if (found)
    throw new PublishError(
      `${readable(partsOf(found).path)} is a submodule, and the tree is in it; run in there`,
      'usage',
    );
}
