/** Files as a commit has them. */
import { type Git, PublishError, readable, wordsOf } from './git.js';
import type { Difference } from './difference.js';
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
export async function listAt(
  { git }: Repository,
  commit: string | undefined,
  paths?: readonly string[],
): Promise<Map<string, TreeFile>> {
  const found = new Map<string, TreeFile>();
  if (commit === undefined) return found;
  for (const chunk of paths ? chunks(paths) : [[]]) {
    for (const line of await git.list(['ls-tree', '-r', '-z', '--full-tree', commit, '--', ...chunk])) {
      const {
        about: [mode, , id],
        path,
      } = partsOf(line);
      found.set(soundPath(readable(path)), { mode: mode!, id: id! });
    }
  }
  return found;
}

/** Whoever made the commit may have written its tree byte by byte: git checks out no such path, but lists it. @throws PublishError */
function soundPath(path: string): string {
  if (!path.split('/').some((step) => step === '' || step === '.' || step === '..')) return path;
  throw new PublishError(`the commit has a path that leads out of its folder: ${JSON.stringify(path)}; do not use it`);
}

/** @returns a line of ls-tree or ls-files: what it says of a path, and the path, which may have tabs in it. */
export function partsOf(line: string): { about: string[]; path: string } {
  const tab = line.indexOf('\t');
  return { about: line.slice(0, tab).split(' '), path: line.slice(tab + 1) };
}

/** @param before a commit or a tree; undefined: all that the second one has is new */
export async function differencesOf(
  { git, differences }: Repository,
  before: string | undefined,
  after: string,
): Promise<readonly Difference[]> {
  const key = `${before ?? ''} ${after}`;
  const known = differences.get(key);
  if (known) return known;
  const from = before ?? (await git.run(['hash-object', '-t', 'tree', '--stdin'], { input: '' }));
  const found = await rawDifferences(git, ['diff-tree', '-r', from, after]);
  differences.set(key, found);
  return found;
}

/** @returns what a git command tells of differences. @param args of the command, without the form that it tells them in */
export async function rawDifferences(git: Git, [command, ...args]: readonly string[]): Promise<Difference[]> {
  const parts = await git.list([command!, '-z', '--no-renames', '--raw', '--no-abbrev', ...args]);
  const words = { A: 'added', D: 'removed' } as const;
  return parts.flatMap((part, index): Difference[] => {
    if (index % 2 !== 0) return [];
    const [, mode, , id, status] = part.split(' ');
    return [
      { status: words[status as 'A' | 'D'] ?? 'changed', path: parts[index + 1]!, entry: { mode: mode!, id: id! } },
    ];
  });
}

/** @returns the paths in parts: a command line has an end. */
export function* chunks(paths: readonly string[]): Generator<readonly string[]> {
  for (let at = 0; at < paths.length; at += 500) yield paths.slice(at, at + 500);
}

/**
 * @param ids names of contents
 * @param commit that they are of, for the message where they are missing
 * @returns the contents, in one run of git
 */
export async function readContents(
  { git }: Repository,
  ids: readonly string[],
  commit?: string,
): Promise<Map<string, Buffer>> {
  const found = new Map<string, Buffer>();
  const wanted = [...new Set(ids)];
  if (wanted.length === 0) return found;
  const { code, out, err } = await git.try(['cat-file', '--batch'], { input: wanted.map((id) => `${id}\n`).join('') });
  if (code !== 0) throw new PublishError(missingIn(err, commit) ?? `git cat-file failed: ${wordsOf(err)}`);
  let at = 0;
  for (const id of wanted) {
    const end = out.indexOf(10, at);
    const size = Number(out.subarray(at, end).toString('utf8').split(' ')[2]);
    if (!Number.isInteger(size))
      throw new PublishError(`git has no contents ${id}, which a commit names; \`git fsck\` shows more`);
    found.set(id, out.subarray(end + 1, end + 1 + size));
    at = end + 1 + size + 1;
  }
  return found;
}

/** @returns what to do where a partial clone lacks contents, and the command at hand only reads; undefined where git failed for another reason */
function missingIn(err: string, commit = 'HEAD'): string | undefined {
  const [, id] = /could not fetch ([0-9a-f]+) from promisor remote/.exec(err) ?? [];
  return id === undefined
    ? undefined
    : `this is a partial clone, which lacks contents (${id}) of the commit ${commit}; fetch them: git diff ${commit} > /dev/null`;
}

/**
 * Reads files as a commit has them, as git keeps them: before a checkout changes ends of lines.
 *
 * @param commit undefined: nothing was committed yet
 * @param paths from the top of the working tree; folders stand for all that is in them
 * @returns path from the top -> contents
 */
export async function readFilesAt(
  repository: Repository,
  commit: string | undefined,
  paths: readonly string[],
): Promise<Map<string, Buffer>> {
  const files = [...(await listAt(repository, commit, paths))].filter(([, { mode }]) => mode.startsWith('100'));
  const contents = await readContents(
    repository,
    files.map(([, { id }]) => id),
    commit,
  );
  return new Map(files.map(([path, { id }]) => [path, contents.get(id)!]));
}
