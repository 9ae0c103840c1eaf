import { posix } from 'node:path';
import { readFilesAt } from './contents.js';
import { PublishError } from './git.js';
import { openRepository, pathFromTop } from './repository.js';

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
 * @param root the folder that base/ and overlays/ are in
 * @param revision anything that git takes for a commit
 * @param folders below root, of which all files are read
 * @throws PublishError where there is no repository, or no such commit
 */
export async function readTreeAt(root: string, revision: string, folders: readonly string[]): Promise<TreeAt> {
  const repository = await openRepository(root);
  const commit = await repository.git.ask(['rev-parse', '-q', '--verify', '--end-of-options', `${revision}^{commit}`]);
  if (commit === undefined) throw new PublishError(`there is no commit "${revision}" here; in a shallow clone fetch it first: git fetch origin ${revision}`, 'usage');
  const prefix = pathFromTop(repository, posix.join(root, 'x')).slice(0, -1);
  const files = await readFilesAt(repository, commit, folders.map((folder) => `${prefix}${folder}/`));
  return { commit, files: new Map([...files].map(([path, contents]) => [path.slice(prefix.length), contents.toString('utf8')])) };
}
