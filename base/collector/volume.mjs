// Generated from registry.yaml: change that, then run `npm run generate`.
/** The registry's images on a volume that is mounted here. */
import { mkdir, readdir, readFile, rm, rmdir, stat, unlink } from 'node:fs/promises';
import { readFileSync, realpathSync } from 'node:fs';
import { dirname } from 'node:path';
import { inParallel } from './storage.mjs';

const ROOT = 'docker/registry/v2';
/** Files that are looked at at once: on a network each takes as long as its answer. */
const AT_ONCE = 64;
/**
 * Seconds for which Linux remembers what NFS told it of a file or a folder, where the mount says nothing else.
 *
 * @see https://man7.org/linux/man-pages/man5/nfs.5.html acregmax, acdirmax
 */
const NFS_CACHE = 60;
/** @see https://man7.org/linux/man-pages/man8/mount.cifs.8.html actimeo */
const SMB_CACHE = 1;
/** File systems of this machine alone, and those that tell every machine of a change before they carry it out. */
const COHERENT = /^(ext[234]|xfs|btrfs|f2fs|zfs|bcachefs|overlay|tmpfs|ceph|gfs2|ocfs2)$/;

export class Volume {
  settle;
  #root;

  /**
   * @param folder the registry's root directory
   * @param settle where it is known better than by the mount
   */
  constructor(folder, settle) {
    const place = realpathSync(folder);
    this.#root = `${place}/${ROOT}`;
    this.settle = settle ?? cacheSeconds(readFileSync('/proc/self/mountinfo', 'utf8'), place);
  }

  async folders(folder) {
    const entries = await orNothing(readdir(this.#path(folder), { withFileTypes: true }));
    return (entries ?? []).filter((entry) => entry.isDirectory()).map(({ name }) => name);
  }

  async links(folder, file) {
    const links = [];
    await inParallel(await this.folders(folder), AT_ONCE, async (name) => {
      const found = await orNothing(stat(this.#path(`${folder}/${name}/${file}`)));
      if (found)
        links.push({ name, time: found.mtimeMs, version: `${found.mtimeMs} ${found.ino} ${found.size}` });
    });
    return links;
  }

  async read(file) {
    return await orNothing(readFile(this.#path(file)));
  }

  async stat(file) {
    const found = await orNothing(stat(this.#path(file)));
    return found && { bytes: found.size, time: found.mtimeMs };
  }

  async makeFolder(folder) {
    await mkdir(this.#path(folder), { recursive: true });
  }

  async remove(files, signal) {
    await inParallel(files, AT_ONCE, async (file) => {
      signal.throwIfAborted();
      const path = this.#path(file);
      await orNothing(unlink(path));
      // The file was all that there was to its folder.
      await rmdir(dirname(path)).catch(() => { });
    });
  }

  async removeFolder(folder) {
    await rm(this.#path(folder), { recursive: true, force: true });
  }

  #path(path) {
    return `${this.#root}/${path}`;
  }
}

/** @returns undefined where a file or a folder is not there. */
async function orNothing(result) {
  return await result.catch((error) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR')
      return undefined;
    throw error;
  });
}

/**
 * @param mounts what /proc/self/mountinfo contains
 * @param folder absolute
 * @returns for how many seconds a machine that mounts the file system of a folder may not see what another one changes
 * @see https://man7.org/linux/man-pages/man5/proc_pid_mountinfo.5.html
 */
export function cacheSeconds(mounts, folder) {
  let longest = -1;
  let seconds = NFS_CACHE;
  for (const line of mounts.split('\n')) {
    const [place = '', source = ''] = line.split(' - ');
    const [, , , , mounted = ''] = place.split(' ').map(unescape);
    const [type = '', , options = ''] = source.split(' ');
    const inside = mounted === '/' || folder === mounted || folder.startsWith(`${mounted}/`);
    // Of two in one place, the later one is seen.
    if (!mounted || !inside || mounted.length < longest)
      continue;
    longest = mounted.length;
    seconds = secondsOf(type, options);
  }
  return seconds;
}

function secondsOf(type, options) {
  if (COHERENT.test(type) || /(^|,)noac(,|$)/.test(options))
    return 0;
  // What is not known is taken for the worst.
  const usual = /^(cifs|smb3)$/.test(type) ? SMB_CACHE : NFS_CACHE;
  const given = (name) => Number(new RegExp(`(?:^|,)${name}=(\\d+)`).exec(options)?.[1] ?? NaN);
  const both = given('actimeo');
  return Math.max(...['acregmax', 'acdirmax'].map((name) => [given(name), both, usual].find((value) => value >= 0)));
}

/** Spaces, tabs and the like are written as octal numbers there. */
function unescape(word) {
  return word.replace(/\\([0-7]{3})/g, (_, octal) => String.fromCharCode(parseInt(octal, 8)));
}
