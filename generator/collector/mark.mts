/** What is in use: every digest that a manifest which stays reaches. */
import { CANONICAL, isDigest, layerLink, layersFolder } from './layout.mjs';
import type { Removal } from './removal.mjs';
import type { Reader, Repository } from './snapshot.mjs';
import { inParallel, type Storage } from './storage.mjs';

const AT_ONCE = 32;

/**
 * @param going what is about to be removed from a repository
 * @returns every canonical digest that they reach, and their own. A layer that a manifest names by another algorithm is looked up in
 *   its repository: the registry keeps it by the canonical one.
 */
export async function mark(
  reader: Reader,
  repositories: readonly Repository[],
  going: ReadonlyMap<string, ReadonlySet<string>> = new Map(),
): Promise<Set<string>> {
  const marked = new Set<string>();
  for (const repository of repositories) {
    const gone = going.get(repository.name);
    for (const { digest } of repository.tags.values()) if (!gone?.has(digest)) marked.add(digest);
    for (const digest of [...repository.manifests.keys(), ...repository.hidden]) {
      if (gone?.has(digest)) continue;
      marked.add(digest);
      const { uses, mentions, subject } = reader.references(digest);
      for (const list of [uses, mentions, subject ? [subject] : []]) {
        for (const named of list) for (const one of await reader.canonical(repository.name, named)) marked.add(one);
      }
    }
  }
  return marked;
}

/** Something that an image uses, and that the registry's collector would remove. */
export interface Conflict {
  blob: string;
  /** REPOSITORY@DIGEST, with its tags. */
  image: string;
}

/** @returns which of the blobs a manifest uses as its own, and of which image it is. */
export async function usersOf(
  reader: Reader,
  repositories: readonly Repository[],
  blobs: ReadonlySet<string>,
): Promise<{ repository: string; manifest: string; time: number; conflict: Conflict }[]> {
  const users: { repository: string; manifest: string; time: number; conflict: Conflict }[] = [];
  if (blobs.size === 0) return users;
  for (const { name, tags, manifests } of repositories) {
    for (const { digest, time } of manifests.values()) {
      for (const named of [digest, ...reader.references(digest).uses]) {
        for (const blob of await reader.canonical(name, named)) {
          if (!blobs.has(blob)) continue;
          const labels = [...tags].flatMap(([tag, entry]) => (entry.digest === digest ? tag : []));
          const image = `${name}@${digest}${labels.length > 0 ? ` (${labels.slice(0, 3).join(', ')})` : ''}`;
          users.push({ repository: name, manifest: digest, time, conflict: { blob, image } });
        }
      }
    }
  }
  return users;
}

/** @returns blob -> the links by which repositories have it. @param blobs canonical digests */
export async function linksTo(
  storage: Storage,
  reader: Reader,
  repositories: readonly Repository[],
  blobs: ReadonlySet<string>,
  signal: AbortSignal,
): Promise<Map<string, string[]>> {
  const links = new Map<string, string[]>();
  if (blobs.size === 0) return links;
  await inParallel(repositories, AT_ONCE, async ({ name }) => {
    const folder = layersFolder(name);
    for (const algorithm of await storage.folders(folder)) {
      signal.throwIfAborted();
      for (const hex of await storage.folders(`${folder}/${algorithm}`)) {
        const called = `${algorithm}:${hex}`;
        for (const blob of isDigest(called) ? await reader.canonical(name, called) : []) {
          if (!blobs.has(blob)) continue;
          const known = links.get(blob);
          if (known) known.push(layerLink(name, called));
          else links.set(blob, [layerLink(name, called)]);
        }
      }
    }
  });
  return links;
}

/** @returns what only manifests use that are about to go. @param counted what is known to be garbage without that */
export async function freedBy(
  reader: Reader,
  removals: readonly Removal[],
  counted: ReadonlySet<string>,
  isGarbage: (blob: string) => boolean,
): Promise<Set<string>> {
  const freed = new Set<string>();
  for (const { repository, manifests } of removals) {
    for (const manifest of manifests) {
      for (const named of [manifest, ...reader.references(manifest).uses]) {
        for (const blob of await reader.canonical(repository, named))
          if (isGarbage(blob) && !counted.has(blob)) freed.add(blob);
      }
    }
  }
  return freed;
}

/** @returns every blob that there is. */
export async function allBlobs(storage: Storage, signal: AbortSignal): Promise<Set<string>> {
  const blobs = new Set<string>();
  const folder = `blobs/${CANONICAL}`;
  await inParallel(await storage.folders(folder), AT_ONCE, async (prefix) => {
    signal.throwIfAborted();
    for (const hex of await storage.folders(`${folder}/${prefix}`)) blobs.add(`${CANONICAL}:${hex}`);
  });
  return blobs;
}
