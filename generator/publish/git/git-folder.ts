/** The entry .git of a folder, as git reads it: a repository, or a file that names one, as of a submodule or a worktree. */
import { lstatSync, realpathSync, type Stats } from 'node:fs';
import { join, resolve } from 'node:path';
import { readRegularFile } from '../../tree/index.js';
import { PublishError } from './git.js';

export interface GitFolder {
  /** The folder that has the entry. */
  top: string;
  /** git's folder of this working tree, without links. */
  folder: string;
  /** git's folder of the repository: another one for a working tree beside the first. */
  common: string;
  /** Whether the entry is a file or a link, which may lead anywhere. */
  isNamed: boolean;
}

/**
 * @param top without links
 * @returns the repository that a folder is the top of; undefined where git would look further up
 * @throws PublishError where .git names something that is none
 * @see https://git-scm.com/docs/gitrepository-layout
 */
export function gitFolderIn(top: string): GitFolder | undefined {
  const entry = join(top, '.git');
  const stat = statOf(entry);
  if (!stat) return undefined;
  if (stat.isDirectory())
    return isRepository(entry) ? { top, folder: entry, common: commonOf(entry), isNamed: false } : undefined;
  try {
    const folder = realpathSync(stat.isSymbolicLink() ? entry : resolve(top, nameIn(entry)));
    if (isRepository(folder)) return { top, folder, common: commonOf(folder), isNamed: true };
  } catch {
    // Reported below.
  }
  throw new PublishError(
    `${entry} leads to no repository; \`git worktree repair\` or \`git submodule update --init\` may help`,
  );
}

/** Bytes of a file that names a folder. */
const MAX_BYTES = 2 ** 16;

function nameIn(file: string): string {
  const [, name] = /^gitdir: (.+?)\n*$/s.exec(readRegularFile(file, { maxBytes: MAX_BYTES }).toString('utf8')) ?? [];
  if (name === undefined) throw new Error(`${file} names no folder`);
  return name;
}

function isRepository(folder: string): boolean {
  const common = commonOf(folder);
  return Boolean(statOf(join(folder, 'HEAD')) && statOf(join(common, 'objects')) && statOf(join(common, 'refs')));
}

function commonOf(folder: string): string {
  if (!statOf(join(folder, 'commondir'))?.isFile()) return folder;
  const name = readRegularFile(join(folder, 'commondir'), { maxBytes: MAX_BYTES }).toString('utf8');
  return resolve(folder, name.replace(/\n+$/, ''));
}

function statOf(path: string): Stats | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}
