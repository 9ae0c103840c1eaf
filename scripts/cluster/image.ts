/**
 * Images as one archive, written without a container runtime: what `docker save` writes, and `ctr images import`, `docker load`
 * and `crane push` take. The same files give the same bytes. modern-tar, which the program is packed with, makes the archives.
 */
import { createHash } from 'node:crypto';
import { createWriteStream, readFileSync, statSync } from 'node:fs';
import { posix } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { packTar, type TarEntry } from 'modern-tar';
import { packTar as packSources } from 'modern-tar/fs';

/** A file, a symbolic link or, where neither `from`, `text` nor `link` is given, a folder of an image. */
export interface Entry {
  /** Path in the image, without the leading slash. */
  path: string;
  /** The file on this machine that it is a copy of. */
  from?: string;
  text?: string;
  /** What a symbolic link points to. */
  link?: string;
  mode?: number;
  /** User and group that own it; root without one. */
  owner?: number;
}

/** How a container of the image starts, in the names of the format. @see https://github.com/opencontainers/image-spec/blob/main/config.md */
export interface RunConfig {
  Entrypoint?: string[];
  Cmd?: string[];
  Env?: string[];
  User?: string;
  WorkingDir?: string;
  Volumes?: Record<string, object>;
}

export interface Image {
  /** Full name, as containerd has it: docker.io/library/redis:7.2.16-alpine */
  reference: string;
  entries: Entry[];
  config: RunConfig;
}

/** Go's name of this machine's processor, which is the format's, too. */
const ARCHITECTURE = process.arch === 'x64' ? 'amd64' : process.arch;
const TIME = new Date(0);

/** Writes an image of one layer. Folders that entries are in need no entries of their own. @throws Error if a file is missing */
export async function writeImage(file: string, { reference, entries, config }: Image): Promise<void> {
  const layer = await packTar(withFolders(entries).map(tarEntry));
  const description = JSON.stringify({
    architecture: ARCHITECTURE,
    os: 'linux',
    config,
    rootfs: { type: 'layers', diff_ids: [`sha256:${sha256(layer)}`] },
  });
  const names = { Config: `${sha256(description)}.json`, Layers: [`${sha256(layer)}.tar`] };
  const content = (target: string, text: string | Uint8Array) =>
    ({ type: 'content', target, content: text, mtime: TIME, mode: 0o644 }) as const;
  await pipeline(
    packSources([
      content(names.Layers[0]!, layer),
      content(names.Config, description),
      content('manifest.json', JSON.stringify([{ ...names, RepoTags: [reference] }])),
    ]),
    createWriteStream(file),
  );
}

/** @returns a short name for what an image is made of: another one where its files, their sizes or its configuration differ. */
export function fingerprint({ reference, entries, config }: Image): string {
  const sized = withFolders(entries).map((entry) =>
    entry.from ? { ...entry, size: statSync(entry.from).size } : entry,
  );
  return sha256(JSON.stringify([reference, sized, config])).slice(0, 12);
}

/** @returns the entries and the folders above them, each once, in the order of their paths; of two with one path, the first. */
function withFolders(entries: readonly Entry[]): Entry[] {
  const byPath = new Map<string, Entry>();
  for (const entry of entries) if (!byPath.has(entry.path)) byPath.set(entry.path, entry);
  for (const { path } of entries)
    for (let above = posix.dirname(path); above !== '.'; above = posix.dirname(above))
      if (!byPath.has(above)) byPath.set(above, { path: above });
  return [...byPath.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
}

function tarEntry({ path, from, text, link, mode, owner = 0 }: Entry): TarEntry {
  const common = { mtime: TIME, uid: owner, gid: owner };
  if (link !== undefined)
    return { header: { ...common, name: path, type: 'symlink', linkname: link, size: 0, mode: 0o777 } };
  const body = from === undefined ? text : readFileSync(from);
  if (body === undefined)
    return { header: { ...common, name: `${path}/`, type: 'directory', size: 0, mode: mode ?? 0o755 } };
  const size = Buffer.byteLength(body);
  return { header: { ...common, name: path, type: 'file', size, mode: mode ?? 0o644 }, body };
}

function sha256(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}
