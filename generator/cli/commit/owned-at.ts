import { PublishError, readFilesAt, type Repository } from '../../publish/index.js';
import { MANIFEST, ownedPaths } from '../../tree/index.js';

/**
 * @param commit undefined: none yet
 * @param prefix path of the tree's folder from the top, with a slash, or empty
 * @returns the files that the generator owned at a commit, by their paths from that folder
 * @throws PublishError where their list is none
 */
export async function ownedAt(
  repository: Repository,
  commit: string | undefined,
  prefix: string,
): Promise<ReadonlySet<string>> {
  const path = prefix + MANIFEST;
  const manifest = (await readFilesAt(repository, commit, [path])).get(path);
  try {
    return new Set(manifest && ownedPaths(manifest.toString('utf8')).keys());
  } catch (error) {
    throw new PublishError(`as it is committed, ${(error as Error).message}. Nothing was written.`);
  }
}
