import { existsSync, lstatSync, readFileSync, realpathSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { MAX_BYTES, type ReadBeside, suggest } from '../../config/index.js';
import {
  isFolder,
  isHandedOver,
  isInside,
  MANIFEST,
  nearestThere,
  NotReadable,
  readRegularFile,
  realPathOf,
  repositoryAbove,
} from '../../tree/index.js';
import { CliError, EXIT } from './exit.js';

export interface Location {
  config?: string;
  out?: string;
}

/** Where the input is, and where the tree belongs: beside it, unless said otherwise. */
export interface Place {
  /** The file as shown to the user: relative to the folder the command runs in. */
  file: string;
  root: string;
}

/** @returns where registry.yaml is and where its tree goes. @throws CliError where that can be no folder, or a link leads to it out of the repository */
export function placeOf({ config = 'registry.yaml', out }: Location): Place {
  if (out !== undefined) checkOut(out);
  const root = resolve(out ?? dirname(config));
  if (leadsOut(root, realPathOf(root)))
    throw new CliError(
      `${fromHere(root)}: a symbolic link leads there out of the repository, and nothing is written through it; name the folder itself`,
      EXIT.files,
    );
  return { file: config, root };
}

function checkOut(out: string): void {
  const nearest = nearestThere(resolve(out));
  if (!isFolder(nearest))
    throw new CliError(
      `--out ${out}: ${fromHere(nearest)} is no folder; name the folder that base/ and overlays/ belong in`,
    );
}

/** @returns the registry.yaml of the tree that one is in: here, or in a folder above with a generated tree. */
export function nearestConfig(): string {
  const name = 'registry.yaml';
  if (existsSync(name)) return name;
  for (let folder = dirname(process.cwd()); ; folder = dirname(folder)) {
    if (existsSync(join(folder, name)) && existsSync(join(folder, MANIFEST))) return relative('.', join(folder, name));
    if (folder === dirname(folder)) return name;
  }
}

/**
 * Reads registry.yaml, once it is known to be a regular file of the repository that its name is in.
 *
 * @throws CliError where there is none, or it is something else, or far too big to be one
 */
export function readInput(file: string): Uint8Array {
  try {
    const path = insidePath(file);
    if (leadsOut(resolve(file), path)) throw OUTSIDE;
    return readRegularFile(path, { maxBytes: MAX_BYTES });
  } catch (error) {
    const { reason, message } = error as NotReadable;
    if (reason === 'missing')
      throw new CliError(`${file}: there is no such file; \`registry-gitops init\` writes one, --config names another`);
    if (reason === 'folder')
      throw new CliError(`${file}: this is a folder; name the file, such as ${join(file, 'registry.yaml')}`);
    if (reason === 'too-big') throw new CliError(`${file}:1:1: ${message}. Is it the right file?`);
    throw new CliError(`${file}: ${message}`, EXIT.files);
  }
}

/** @returns a reader of the files that registry.yaml names, relative to it, which stays in the repository. */
export function readBeside(file: string): ReadBeside {
  return (path) => bytesBeside(file, path).toString('utf8');
}

/** @returns what such a file holds. @throws NotReadable */
export function bytesBeside(file: string, path: string): Buffer {
  // Where the name leads to out of the repository, the disk is not even asked whether there is something.
  const named = resolve(dirname(file), path);
  return readRegularFile(insidePath(named, dirname(file)));
}

/**
 * What is not in the repository is not there for others, nor in a review: neither a path nor a link leads out of it.
 * Outside of a repository no link is followed.
 *
 * @param folder whose repository is meant
 * @returns the file's path without links @throws NotReadable
 */
function insidePath(named: string, folder = dirname(named)): string {
  const realFolder = realPathOf(folder);
  const repository = repositoryAbove(realFolder);
  const written = resolve(realFolder, relative(folder, named));
  if (repository !== undefined && !isInside(repository, written)) throw OUTSIDE;
  const real = realFile(named);
  if (repository === undefined ? real !== written : !isInside(repository, real)) {
    throw repository === undefined
      ? new NotReadable('link', 'this leads through a symbolic link; name the file itself')
      : OUTSIDE;
  }
  return real;
}

/** Whether what the user's own repository has under a name is elsewhere. @param real the path without links */
function leadsOut(named: string, real: string): boolean {
  const here = repositoryAbove(realpathSync('.'));
  return here !== undefined && isInside(here, named) && !isInside(here, real);
}

const OUTSIDE = new NotReadable(
  'link',
  'this is outside the repository, where others do not have it; copy it into the repository',
);

function realFile(path: string): string {
  try {
    return realpathSync(path);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') throw new NotReadable('missing', 'there is no such file');
    if (code === 'ELOOP') throw new NotReadable('link', 'this is a symbolic link that leads to itself');
    throw new NotReadable('failed', `it cannot be read: ${message.replace(/,.*$/, '')}`);
  }
}

/** @returns where in its repository a folder is or would be, with slashes; empty at the top, undefined outside of any. */
export function folderInRepository(folder: string): string | undefined {
  const real = realPathOf(folder);
  const repository = repositoryAbove(real);
  return repository === undefined ? undefined : relative(repository, real).split(/[\\/]/).join('/');
}

/** @returns the text of a file that the user names on the command line. @throws Error that says why it cannot be read, without its path */
export function readText(path: string): string {
  if (isHandedOver(path)) return readFileSync(path, 'utf8');
  return readRegularFile(path, { follow: true }).toString('utf8');
}

/** @returns whether there is something at a path. */
export function exists(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}

/** @returns the error for an overlay that registry.yaml doesn't have, naming the nearest that it has. */
export function noSuchOverlay(name: string, known: string[], file: string): CliError {
  return new CliError(`there is no overlay "${name}" in ${file}; ${suggest(name, known)}`);
}

/** @returns the path as the user would type it from here. */
export function fromHere(path: string): string {
  return relative(process.cwd(), path) || '.';
}
