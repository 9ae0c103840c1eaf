/** Removes from the storage what a plan says, while the registry takes no writes. */
import { performance } from 'node:perf_hooks';
import { blobFile, manifestLink, tagsFolder } from './layout.mjs';
import type { Removal } from './removal.mjs';
import { inParallel, type Storage } from './storage.mjs';

/** Files between two looks at the clock: what a bucket removes by one request. */
const BATCH = 1000;
const AT_ONCE = 32;

/** Removes tags, then manifests. Wherever it is cut short, what is left is whole. */
export async function removeManifests(
  storage: Storage,
  removals: readonly Removal[],
  signal: AbortSignal,
  say: (text: string) => void,
): Promise<void> {
  for (const { repository, tags, manifests } of removals) {
    await inParallel(tags, AT_ONCE, async ({ tag, reason }) => {
      signal.throwIfAborted();
      say(`removing ${repository}:${tag}: ${reason}`);
      const folder = `${tagsFolder(repository)}/${tag}`;
      // What the tag is now goes last: without it the registry would list a tag that no collection sees.
      await storage.removeFolder(`${folder}/index`, signal);
      await storage.removeFolder(folder, signal);
    });
    for (let start = 0; start < manifests.length; start += BATCH) {
      signal.throwIfAborted();
      const batch = manifests.slice(start, start + BATCH);
      for (const digest of batch) say(`removing ${repository}@${digest}`);
      await storage.remove(
        batch.map((digest) => manifestLink(repository, digest)),
        signal,
      );
    }
  }
}

/**
 * Removes blobs, each after the links by which repositories have it.
 *
 * @param seconds for which it may go on
 * @returns how many blobs and bytes it removed, and how many blobs are left
 */
export async function sweep(
  storage: Storage,
  garbage: readonly [blob: string, bytes: number][],
  links: ReadonlyMap<string, readonly string[]>,
  seconds: number,
  signal: AbortSignal,
): Promise<{ blobs: number; bytes: number; left: number }> {
  const end = performance.now() + seconds * 1000;
  let blobs = 0;
  let bytes = 0;
  for (let start = 0; start < garbage.length && performance.now() < end; start += BATCH) {
    signal.throwIfAborted();
    const batch = garbage.slice(start, start + BATCH);
    await storage.remove(
      batch.flatMap(([blob]) => links.get(blob) ?? []),
      signal,
    );
    await storage.remove(
      batch.map(([blob]) => blobFile(blob)),
      signal,
    );
    blobs += batch.length;
    bytes += batch.reduce((sum, [, size]) => sum + size, 0);
  }
  return { blobs, bytes, left: garbage.length - blobs };
}
