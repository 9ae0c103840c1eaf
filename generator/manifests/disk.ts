/** Reads manifests of a repository, and nothing else: neither a path nor a link leads out of it, and what is no file is not opened. */
import { realpathSync, type Stats, statSync } from 'node:fs';
import { resolve } from 'node:path';
import {
  isInside,
  kindOf,
  MAX_BYTES,
  NotReadable,
  readRegularFile,
  realPathOf,
  repositoryAbove,
} from '../tree/index.js';
import type { Read } from './kustomization.js';

/** What is on disk at a path that the user named, and around it. */
export class Disk {
  /** Undefined outside of any: then there is no border. */
  readonly #repository: string | undefined;

  /** @param named a file or a folder */
  constructor(named: string) {
    const path = resolve(named);
    const here = repositoryAbove(realpathSync('.'));
    // What the user's own repository has under that name may be a link out of it.
    this.#repository = here !== undefined && isInside(here, path) ? here : repositoryAbove(realPathOf(path));
  }

  /** @returns the text of a regular file. @throws NotReadable where it is something else, or outside of the repository */
  text(path: string): string {
    return readRegularFile(this.#inside(path)).toString('utf8');
  }

  /** As `text`, for what reads kustomizations. What cannot be read is kustomize's to say. */
  readonly read: Read = (path) => {
    try {
      const real = this.#inside(path);
      return statSync(real).isDirectory() ? 'folder' : { text: readRegularFile(real).toString('utf8') };
    } catch {
      return undefined;
    }
  };

  /** @returns why neither this program nor kustomize is to read what is at a path; undefined where nothing is there, or nothing is against it */
  objectionTo(path: string): string | undefined {
    try {
      const stat = statSync(this.#inside(path));
      if (stat.isDirectory()) return undefined;
      if (!stat.isFile()) return `this is ${kindOf(stat)}; put a file there`;
      return stat.size > MAX_BYTES ? `the file is ${stat.size} bytes; at most ${MAX_BYTES} are read` : undefined;
    } catch (error) {
      const { reason, message } = error as NotReadable;
      return reason === 'link' ? message : undefined;
    }
  }

  /** @returns the path without links @throws NotReadable where it leads out of the repository */
  #inside(path: string): string {
    let real: string;
    try {
      real = realpathSync(path);
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      if (code === 'ELOOP') throw new NotReadable('link', 'this is a symbolic link that leads to itself');
      throw code === 'ENOENT' || code === 'ENOTDIR'
        ? new NotReadable('missing', 'there is no such file')
        : new NotReadable('failed', `it cannot be read: ${message.replace(/,.*$/, '')}`);
    }
    if (this.#repository === undefined || isInside(this.#repository, real)) return real;
    throw new NotReadable(
      'link',
      'this is outside the repository, where others do not have it; copy it into the repository',
    );
  }
}

/** @returns what is at a path; undefined where there is nothing, or a link that leads nowhere. */
export function statOf(path: string): Stats | undefined {
  try {
    return statSync(path);
  } catch {
    return undefined;
  }
}
