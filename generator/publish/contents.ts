/** Files as a commit has them. */
import { PublishError } from './git.js';
import type { Repository } from './repository.js';

/** A file of a commit. */
export interface TreeFile {
  /** Such as 100644, or 160000 for a submodule. */
  mode: string;
  /** Name of the contents. */
  id: string;
}

/**
 * @param commit undefined: nothing was committed yet
 * @param paths from the top of the working tree; folders stand for all that is in them; undefined: all there is
 * @returns path from the top -> file
 */
export async function listAt({ git }: Repository, commit: string | undefined, paths?: readonly string[]): Promise<Map<string, TreeFile>> {
  const found = new Map<string, TreeFile>();
  if (commit === undefined) return found;
  for (const chunk of paths ? chunks(paths) : [[]]) {
    const listed = await git.run(['ls-tree', '-r', '-z', '--full-tree', commit, '--', ...chunk]);
    for (const line of listed.split('\0').filter(Boolean)) {
      const [about, path] = line.split('\t');
      const [mode, , id] = about!.split(' ');
      found.set(path!, { mode: mode!, id: id! });
    }
  }
  return found;
}

/** @returns the paths in parts: a command line has an end. */
export function* chunks(paths: readonly string[]): Generator<readonly string[]> {
  for (let at = 0; at < paths.length; at += 500) yield paths.slice(at, at + 500);
}

/** @param ids names of contents @returns the contents, in one run of git */
export async function readContents({ git }: Repository, ids: readonly string[]): Promise<Map<string, Buffer>> {
  const found = new Map<string, Buffer>();
  const wanted = [...new Set(ids)];
  if (wanted.length === 0) return found;
  const { code, out, err } = await git.try(['cat-file', '--batch'], { input: wanted.map((id) => `${id}\n`).join('') });
  if (code !== 0) throw new PublishError(`git cat-file failed: ${err.trim()}`);
  let at = 0;
  for (const id of wanted) {
    const end = out.indexOf(10, at);
    const size = Number(out.subarray(at, end).toString('utf8').split(' ')[2]);
    if (!Number.isInteger(size)) throw new PublishError(`git has no contents ${id}, which a commit names; \`git fsck\` tells more`);
    found.set(id, out.subarray(end + 1, end + 1 + size));
    at = end + 1 + size + 1;
  }
  return found;
}

/**
 * Reads files as a commit has them, as git keeps them: before a checkout changes ends of lines.
 *
 * @param commit undefined: nothing was committed yet
 * @param paths from the top of the working tree; folders stand for all that is in them
 * @returns path from the top -> contents
 */
export async function readFilesAt(repository: Repository, commit: string | undefined, paths: readonly string[]): Promise<Map<string, Buffer>> {
  const files = [...(await listAt(repository, commit, paths))].filter(([, { mode }]) => mode.startsWith('100'));
  const contents = await readContents(repository, files.map(([, { id }]) => id));
  return new Map(files.map(([path, { id }]) => [path, contents.get(id)!]));
}
