/** Which tags and manifests go: expired tags, and manifests that nothing which stays reaches. */
import { expiredTags, type Rule } from './retention.mjs';
import type { Reader, Repository } from './snapshot.mjs';

export interface Policy {
  /** Whether manifests go that no tag reaches, whatever they were. */
  deleteUntagged: boolean;
  /** Milliseconds for which what was pushed stays in any case: the rest of its image may be on its way. */
  grace: number;
  rules: readonly Rule[];
}

export interface Removal {
  repository: string;
  /** Why each goes; tags of what follows an image come before the image's own. */
  tags: { tag: string; digest: string; reason: string }[];
  /** Canonical digests: no manifest comes before one that reaches it. */
  manifests: string[];
}

/**
 * Tags by which clients find what belongs to an image: signatures, SBOMs and other referrers.
 *
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#referrers-tag-schema
 * @see https://github.com/sigstore/cosign/blob/main/specs/SIGNATURE_SPEC.md
 */
const FOLLOWS = /^([a-z0-9]+)-([a-f0-9]{32,})(\.[a-zA-Z0-9]+)?$/;

/** @param now milliseconds since 1970 @returns undefined where nothing goes */
export async function planRemoval(
  reader: Reader,
  repository: Repository,
  { deleteUntagged, grace, rules }: Policy,
  now: number,
): Promise<Removal | undefined> {
  // What a broken tag was for is not known: nothing is removed beside it.
  if (repository.broken.length > 0 || (!deleteUntagged && rules.length === 0)) return undefined;
  const links = await linksOf(reader, repository);
  const { tags, manifests } = repository;
  const isYoung = ({ time }: { time: number }): boolean => now - time < grace;

  const expired = expiredTags(repository, rules, (tag) => !links.followed.has(tag), now);
  for (const tag of expired.keys()) if (isYoung(tags.get(tag)!)) expired.delete(tag);
  if (!deleteUntagged && expired.size === 0) return undefined;

  // What only an expired tag reaches goes with it; what had no tag before stays, unless that is to go too.
  const candidates = deleteUntagged
    ? new Set(manifests.keys())
    : reach(
        [...expired.keys()].map((tag) => tags.get(tag)!.digest),
        links,
      );
  const roots = [...tags].flatMap(([tag, { digest }]) => (expired.has(tag) || links.followed.has(tag) ? [] : digest));
  for (const [digest, entry] of manifests) if (!candidates.has(digest) || isYoung(entry)) roots.push(digest);
  const stays = reach(roots, links);
  // A tag may follow what it reaches itself, such as an index its own part. Nothing else holds the two: it is a tag as any other.
  for (const [tag, subject] of links.followed) {
    if (stays.has(subject)) continue;
    const held = reach([tags.get(tag)!.digest], links);
    if (held.has(subject)) for (const digest of held) stays.add(digest);
  }

  const going = [...manifests.keys()].filter((digest) => !stays.has(digest));
  const followers = [...links.followed].filter(([, subject]) => manifests.has(subject) && !stays.has(subject));
  if (going.length === 0 && expired.size === 0) return undefined;
  return {
    repository: repository.name,
    tags: [
      ...followers.map(([tag, subject]) => ({ tag, digest: tags.get(tag)!.digest, reason: `${subject} goes` })),
      ...[...expired].map(([tag, reason]) => ({ tag, digest: tags.get(tag)!.digest, reason })),
    ],
    manifests: parentsFirst(going, links),
  };
}

interface Links {
  /** Manifest -> manifests of the same repository that stay with it. */
  after: Map<string, string[]>;
  /** Tag -> the manifest that it follows. */
  followed: Map<string, string>;
}

async function linksOf(reader: Reader, { name, tags, manifests, hidden }: Repository): Promise<Links> {
  const after = new Map<string, string[]>();
  const add = (from: string, to: string): void => {
    if (![from, to].every((digest) => manifests.has(digest) || hidden.has(digest))) return;
    const known = after.get(from);
    if (known) known.push(to);
    else after.set(from, [to]);
  };
  for (const digest of [...manifests.keys(), ...hidden]) {
    const { uses, mentions, subject } = reader.references(digest);
    for (const list of [uses, mentions]) {
      for (const named of list) for (const one of await reader.canonical(name, named)) add(digest, one);
    }
    if (subject) for (const one of await reader.canonical(name, subject)) add(one, digest);
  }
  const followed = new Map<string, string>();
  for (const [tag, { digest }] of tags) {
    const [, algorithm, hex] = FOLLOWS.exec(tag) ?? [];
    if (!algorithm) continue;
    for (const subject of await reader.canonical(name, `${algorithm}:${hex}`)) {
      // Signatures may be kept apart from what they sign: those are tags as any other.
      if (!manifests.has(subject) || subject === digest) continue;
      followed.set(tag, subject);
      add(subject, digest);
    }
  }
  return { after, followed };
}

function reach(roots: readonly string[], { after }: Links): Set<string> {
  const reached = new Set<string>();
  const left = [...roots];
  for (let digest = left.pop(); digest !== undefined; digest = left.pop()) {
    if (reached.has(digest)) continue;
    reached.add(digest);
    for (const next of after.get(digest) ?? []) left.push(next);
  }
  return reached;
}

/** Wherever a removal is cut short, no manifest is there whose parts are gone. */
function parentsFirst(digests: readonly string[], { after }: Links): string[] {
  const chosen = new Set(digests);
  const seen = new Set<string>();
  const order: string[] = [];
  for (const root of digests) {
    // Depth first, with a list instead of calls: an index may be in another one, and so on.
    const path: { digest: string; rest: string[] }[] = [];
    const enter = (digest: string): void => {
      if (!chosen.has(digest) || seen.has(digest)) return;
      seen.add(digest);
      path.push({ digest, rest: [...(after.get(digest) ?? [])] });
    };
    enter(root);
    while (path.length > 0) {
      const { digest, rest } = path.at(-1)!;
      const next = rest.pop();
      if (next !== undefined) enter(next);
      else {
        order.push(digest);
        path.pop();
      }
    }
  }
  return order.reverse();
}
