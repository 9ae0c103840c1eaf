/** The tree of one registry among the files of a commit. */
import { readFilesAt, type Repository } from '../../publish/index.js';
import { OWN_FOLDERS } from '../../tree/index.js';
import type { Tree } from './message.js';

/**
 * @param commit undefined: none yet
 * @param prefix path of the tree's folder from the top, with a slash, or empty
 * @returns the tree as a commit has it, by paths from its folder
 */
export async function treeAt(repository: Repository, commit: string | undefined, prefix: string): Promise<Tree> {
  const folders = OWN_FOLDERS.map((folder) => prefix + folder);
  return treeAmong(await readFilesAt(repository, commit, folders), prefix);
}

/** @param files path from the top -> contents @returns those of the tree, by paths from its folder */
export function treeAmong(files: ReadonlyMap<string, string | Buffer>, prefix: string): Tree {
  const isOwn = (path: string): boolean => OWN_FOLDERS.some((folder) => path.startsWith(`${prefix}${folder}/`));
  return new Map(
    [...files].filter(([path]) => isOwn(path)).map(([path, text]) => [path.slice(prefix.length), text.toString()]),
  );
}
