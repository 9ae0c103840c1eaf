import { posix } from 'node:path';
import type { Read } from '../manifests/index.js';
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
  const { git } = repository;
  const commit = await git.ask(['rev-parse', '-q', '--verify', '--end-of-options', `${revision}^{commit}`]);
  if (commit === undefined) throw new PublishError(`there is no commit "${revision}" here; in a shallow clone fetch it first: git fetch origin ${revision}`, 'usage');
  const prefix = pathFromTop(repository, posix.join(root, 'x')).slice(0, -1);
  const { out } = await git.try(['ls-tree', '-r', '-z', commit, '--', ...folders.map((folder) => `${prefix}${folder}/`)]);
  const entries = out.toString('utf8').split('\0').filter(Boolean).flatMap((line) => {
    const [, mode, id, path] = /^(\d+) blob (\w+)\t([^]*)$/.exec(line) ?? [];
    // A link's contents are a path, not text of the tree.
    return path === undefined || mode === '120000' ? [] : [{ id: id!, path: path.slice(prefix.length) }];
  });
  const contents = await git.try(['cat-file', '--batch'], { input: entries.map(({ id }) => `${id}\n`).join('') });
  return { commit, files: new Map(blobsOf(contents.out).map((text, index) => [entries[index]!.path, text])) };
}

/** @returns the contents of blobs in the order asked for: a line that says how long each is, the bytes, the end of the line. */
function blobsOf(out: Buffer): string[] {
  const blobs: string[] = [];
  for (let at = 0; at < out.length; ) {
    const end = out.indexOf('\n', at);
    const size = Number(out.toString('utf8', at, end).split(' ')[2]);
    blobs.push(out.toString('utf8', end + 1, end + 1 + size));
    at = end + 1 + size + 1;
  }
  return blobs;
}

/** @returns a reader of files in memory, by their paths. */
export function readerOf(files: ReadonlyMap<string, string>): Read {
  const folders = new Set([...files.keys()].flatMap((path) => path.split('/').slice(0, -1).map((_, index, steps) => steps.slice(0, index + 1).join('/'))));
  return (path) => {
    const text = files.get(path);
    return text === undefined ? (folders.has(path) ? 'folder' : undefined) : { text };
  };
}
