import { posix } from 'node:path';
import { listAt, readFilesAt } from './contents.js';
import { PublishError } from './git.js';
import { openRepository, pathFromTop, type Repository } from './repository.js';

/** There is no such commit here. */
export class NoSuchCommit extends PublishError {}

/** The files below a folder as a commit has them. */
export interface TreeAt {
  /** Full hash of the commit. */
  commit: string;
  /** Path from the folder -> text. */
  files: Map<string, string>;
}

/**
 * Reads files of a commit, without touching the working tree.
 *
 * @param root the folder that base/ and overlays/ are in, or were: it need not be there any more
 * @param revision anything that git takes for a commit
 * @param folders below root, of which all files are read
 * @throws PublishError where there is no repository, NoSuchCommit where there is no such commit in it
 */
export async function readTreeAt(root: string, revision: string, folders: readonly string[]): Promise<TreeAt> {
  const { repository, commit, prefix, paths } = await lookAt(root, revision, folders);
  const files = await readFilesAt(repository, commit, paths);
  return {
    commit,
    files: new Map([...files].map(([path, contents]) => [path.slice(prefix.length), contents.toString('utf8')])),
  };
}

/** @returns the paths of those files, which are not read. */
export async function listTreeAt(root: string, revision: string, folders: readonly string[]): Promise<string[]> {
  const { repository, commit, prefix, paths } = await lookAt(root, revision, folders);
  return [...(await listAt(repository, commit, paths)).keys()].map((path) => path.slice(prefix.length));
}

/** @returns the commit, and where in it a folder and those below it are. */
async function lookAt(
  root: string,
  revision: string,
  folders: readonly string[],
): Promise<{ repository: Repository; commit: string; prefix: string; paths: string[] }> {
  const repository = await openRepository(root, 'read');
  const commit = await repository.git.ask(['rev-parse', '-q', '--verify', '--end-of-options', `${revision}^{commit}`]);
  if (commit === undefined)
    throw new NoSuchCommit(
      `there is no commit "${revision}" here; in a shallow clone fetch it first: git fetch origin ${revision}`,
      'usage',
    );
  const prefix = pathFromTop(repository, posix.join(root, 'x')).slice(0, -1);
  return { repository, commit, prefix, paths: folders.map((folder) => `${prefix}${folder}/`) };
}
