import { closeSync, existsSync, fstatSync, openSync, readFileSync, realpathSync } from 'node:fs';
import { dirname, isAbsolute, join, relative, resolve } from 'node:path';
import { MAX_BYTES, type ReadBeside, suggest } from '../../config/index.js';
import { isFolder, MANIFEST, nearestThere, realPathOf } from '../../tree/index.js';
import { CliError, EXIT } from './exit.js';

export interface Location {
  config?: string;
  out?: string;
}

/** Where the input is, and where the tree belongs: beside it, unless said otherwise. */
export interface Place {
  /** The file as told to the user: relative to the folder the command runs in. */
  file: string;
  root: string;
}

/** @returns where registry.yaml is and where its tree goes. @throws CliError where --out can be no folder */
export function placeOf({ config = 'registry.yaml', out }: Location): Place {
  if (out !== undefined) checkOut(out);
  return { file: config, root: resolve(out ?? dirname(config)) };
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
 * Reads registry.yaml.
 *
 * @throws CliError where there is none, or it is far too big to be one
 */
export function readInput(file: string): Uint8Array {
  try {
    const descriptor = openSync(file, 'r');
    try {
      const stat = fstatSync(descriptor);
      if (stat.isDirectory())
        throw new CliError(`${file}: this is a folder; name the file, such as ${join(file, 'registry.yaml')}`);
      if (stat.size > MAX_BYTES) {
        throw new CliError(
          `${file}:1:1: the file is ${stat.size} bytes; at most ${MAX_BYTES} are read. Is it the right file?`,
        );
      }
      return readFileSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    if (error instanceof CliError) throw error;
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') {
      throw new CliError(`${file}: there is no such file; \`registry-gitops init\` writes one, --config names another`);
    }
    throw new CliError(`${file}: cannot be read: ${message}`, EXIT.files);
  }
}

/** @returns a reader of the files that registry.yaml names, relative to it, which stays in the repository. */
export function readBeside(file: string): ReadBeside {
  return (path) => {
    const named = resolve(dirname(file), path);
    const text = readText(named);
    checkInside(dirname(file), named);
    return text;
  };
}

/**
 * What is not in the repository is not there for others, nor in a review: neither a path nor a link leads out of it.
 * Outside a repository no link is followed.
 */
function checkInside(folder: string, named: string): void {
  const real = realpathSync(named);
  const repository = repositoryOf(realpathSync(folder));
  if (repository === undefined) {
    if (real !== resolve(realpathSync(folder), relative(folder, named)))
      throw new Error('this leads through a symbolic link; name the file itself');
    return;
  }
  const inside = relative(repository, real);
  if (inside.split(/[\\/]/)[0] === '..' || isAbsolute(inside))
    throw new Error('this is outside the repository, where others do not have it; copy it into the repository');
}

/** @returns the repository that a folder is in: the nearest folder above with a .git. */
function repositoryOf(folder: string): string | undefined {
  if (existsSync(join(folder, '.git'))) return folder;
  return folder === dirname(folder) ? undefined : repositoryOf(dirname(folder));
}

/** @returns where in its repository a folder is or would be, with slashes; empty at the top, undefined outside of any. */
export function folderInRepository(folder: string): string | undefined {
  const real = realPathOf(folder);
  const repository = repositoryOf(real);
  return repository === undefined ? undefined : relative(repository, real).split(/[\\/]/).join('/');
}

/** @returns the text of a file that is named beside the input. @throws Error that says why it cannot be read, without its path */
export function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new Error(
      code === 'ENOENT'
        ? 'there is no such file'
        : code === 'EISDIR'
          ? 'this is a folder'
          : `it cannot be read: ${message}`,
      { cause: error },
    );
  }
}

/** @returns whether there is something at a path. */
export function exists(path: string): boolean {
  return existsSync(path);
}

/** @returns the error for an overlay that registry.yaml doesn't have, naming the nearest that it has. */
export function noSuchOverlay(name: string, known: string[], file: string): CliError {
  return new CliError(`there is no overlay "${name}" in ${file}; ${suggest(name, known)}`);
}

/** @returns the path as the user would type it from here. */
export function fromHere(path: string): string {
  return relative(process.cwd(), path) || '.';
}
