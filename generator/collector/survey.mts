/** What a collection would remove, found out while the registry takes writes, and looked at again while it takes none. */
import { performance } from 'node:perf_hooks';
import { blobFile, CANONICAL, isDigest, layerLink, layersFolder, manifestLink } from './layout.mjs';
import { type Conflict, mark, usersOf } from './mark.mjs';
import { planRemoval, type Policy, type Removal } from './removal.mjs';
import type { Rule } from './retention.mjs';
import { Reader, type Repository } from './snapshot.mjs';
import { inParallel, type Storage } from './storage.mjs';
import { type Command, garbageByUpstream } from './upstream.mjs';

const AT_ONCE = 32;
/** Of the registry's collector, where repositories come that it fails at. */
const TRIES = 5;

export interface Plan {
  repositories: Repository[];
  removals: Removal[];
  /** Whether no manifest that stays reaches a blob. @param blob canonical digest */
  isGarbage: (blob: string) => boolean;
}

/** Blob -> bytes. */
export type Sizes = Map<string, number>;

export interface Findings {
  removals: Removal[];
  /** What retention would remove too, were it no dry run. */
  previews: Removal[];
  /** What both marks call garbage. */
  garbage: Sizes;
  /** What is garbage once the manifests are removed. */
  freed: Sizes;
  /** How many blobs nothing uses, and are too young to be judged. */
  young: number;
  conflicts: Conflict[];
  /** Blob -> the links by which repositories have it. */
  links: Map<string, string[]>;
  /** What the registry's collector took. */
  upstreamSeconds: number;
}

export class Survey {
  readonly #storage: Storage;
  readonly #reader: Reader;
  readonly #policy: Policy;
  readonly #preview: readonly Rule[];
  readonly #upstream: Command;
  readonly #say: (text: string) => void;

  /** @param preview rules by which nothing is removed, only reported */
  constructor(
    storage: Storage,
    policy: Policy,
    preview: readonly Rule[],
    upstream: Command,
    say: (text: string) => void,
  ) {
    this.#storage = storage;
    this.#reader = new Reader(storage);
    this.#policy = policy;
    this.#preview = preview;
    this.#upstream = upstream;
    this.#say = say;
  }

  /**
   * Looks at everything, at any length.
   *
   * @param mend gives a repository that lacks the folder for its layers one; without, the registry's collector fails at it (3.x), or does
   *   not see the repository (2.8). An index without manifests, pushed as the first, leaves one so.
   */
  async findings(signal: AbortSignal, { mend }: { mend: boolean }): Promise<Findings> {
    const begun = Date.now();
    const { repositories, removals, isGarbage } = await this.plan(signal);
    const previews = await this.#removals(repositories, { ...this.#policy, rules: this.#preview });
    const lacking = mend ? await this.#mended(repositories) : lackingLayers(repositories);
    const start = performance.now();
    const isMended = mend || lacking.length === 0;
    const candidates = isMended ? await this.#secondOpinion(mend, signal) : await this.#blobs(signal);
    const upstreamSeconds = secondsSince(start);
    if (isMended) this.#say(`the registry's own collector looked at them in ${upstreamSeconds.toFixed(1)} s`);
    else
      this.#say(
        `not asked: the registry's own collector, as ${lacking.join(', ')} lacks _layers; a collection mends that`,
      );
    const kept = new Set([...candidates].filter((blob) => !isGarbage(blob)));
    const { sizes: garbage, young } = await this.#judge([...candidates].filter(isGarbage), begun, signal);
    const freed = await this.#judge(await this.#freed(removals, garbage, isGarbage), begun, signal);
    return {
      removals,
      previews: this.#preview.length > 0 ? previews : [],
      garbage,
      freed: freed.sizes,
      young,
      conflicts: await this.#conflicts(repositories, isMended ? kept : new Set(), begun),
      links: await this.#links(repositories, new Set([...garbage.keys(), ...freed.sizes.keys()]), signal),
      upstreamSeconds,
    };
  }

  /** Looks at what changes: manifests that it has seen are not read again. */
  async plan(signal: AbortSignal): Promise<Plan> {
    const start = performance.now();
    const repositories = await this.#reader.snapshot(signal);
    const removals = await this.#removals(repositories, this.#policy);
    const going = new Map(removals.map(({ repository, manifests }) => [repository, new Set(manifests)]));
    const marked = await mark(this.#reader, repositories, going);
    const manifests = repositories.reduce((sum, { manifests }) => sum + manifests.size, 0);
    this.#say(
      `looked at ${repositories.length} repositories with ${manifests} manifests in ${secondsSince(start).toFixed(1)} s`,
    );
    return { repositories, removals, isGarbage: (blob) => !marked.has(blob) };
  }

  /**
   * Asks the registry's collector again, now that manifests are gone.
   *
   * @param limit seconds
   * @returns what both marks call garbage @throws TooSlow
   */
  async garbageNow({ repositories, isGarbage }: Plan, limit: number, signal: AbortSignal): Promise<Sizes> {
    // Those that were pushed since the survey.
    await this.#mended(repositories);
    const candidates = await garbageByUpstream(this.#upstream, signal, limit);
    return (await this.#judge([...candidates].filter(isGarbage), Date.now(), signal)).sizes;
  }

  /** Asks the registry's collector. Where it fails, a repository without a folder for layers may have come meanwhile. */
  async #secondOpinion(mend: boolean, signal: AbortSignal): Promise<Set<string>> {
    for (let tries = mend ? TRIES : 1; ; tries--) {
      try {
        return await garbageByUpstream(this.#upstream, signal);
      } catch (error) {
        signal.throwIfAborted();
        if (tries === 1 || (await this.#mended(await this.#reader.snapshot(signal))).length === 0) throw error;
      }
    }
  }

  /** @returns names of the repositories that lacked the folder for layers until now. */
  async #mended(repositories: readonly Repository[]): Promise<string[]> {
    const lacking = lackingLayers(repositories);
    await inParallel(lacking, AT_ONCE, (name) => this.#storage.makeFolder(layersFolder(name)));
    return lacking;
  }

  /** @returns every blob that there is. */
  async #blobs(signal: AbortSignal): Promise<Set<string>> {
    const blobs = new Set<string>();
    const folder = `blobs/${CANONICAL}`;
    await inParallel(await this.#storage.folders(folder), AT_ONCE, async (prefix) => {
      signal.throwIfAborted();
      for (const hex of await this.#storage.folders(`${folder}/${prefix}`)) blobs.add(`${CANONICAL}:${hex}`);
    });
    return blobs;
  }

  async #removals(repositories: readonly Repository[], policy: Policy): Promise<Removal[]> {
    const now = Date.now();
    const removals: Removal[] = [];
    for (const repository of repositories) {
      const removal = await planRemoval(this.#reader, repository, policy, now);
      if (removal) removals.push(removal);
    }
    return removals;
  }

  /** @returns sizes of those that are there, and older than the grace time; how many are younger. */
  async #judge(blobs: Iterable<string>, now: number, signal: AbortSignal): Promise<{ sizes: Sizes; young: number }> {
    const sizes: Sizes = new Map();
    let young = 0;
    await inParallel(blobs, AT_ONCE, async (blob) => {
      signal.throwIfAborted();
      const stat = await this.#storage.stat(blobFile(blob));
      if (stat && now - stat.time < this.#policy.grace) young++;
      else if (stat) sizes.set(blob, stat.bytes);
    });
    return { sizes, young };
  }

  /** @returns what only manifests use that are about to go. */
  async #freed(removals: readonly Removal[], garbage: Sizes, isGarbage: Plan['isGarbage']): Promise<Set<string>> {
    const freed = new Set<string>();
    for (const { repository, manifests } of removals) {
      for (const manifest of manifests) {
        for (const named of [manifest, ...this.#reader.references(manifest).uses]) {
          for (const blob of await this.#reader.canonical(repository, named))
            if (isGarbage(blob) && !garbage.has(blob)) freed.add(blob);
        }
      }
    }
    return freed;
  }

  /** @returns which blobs an image uses that was there before the survey began, and is there now. */
  async #conflicts(
    repositories: readonly Repository[],
    blobs: ReadonlySet<string>,
    begun: number,
  ): Promise<Conflict[]> {
    const conflicts = new Map<string, Conflict>();
    for (const { repository, manifest, time, conflict } of await usersOf(this.#reader, repositories, blobs)) {
      if (conflicts.has(conflict.blob) || time >= begun) continue;
      const now = await this.#storage.stat(manifestLink(repository, manifest));
      if (now && now.time === time) conflicts.set(conflict.blob, conflict);
    }
    return [...conflicts.values()];
  }

  async #links(
    repositories: readonly Repository[],
    blobs: ReadonlySet<string>,
    signal: AbortSignal,
  ): Promise<Map<string, string[]>> {
    const links = new Map<string, string[]>();
    if (blobs.size === 0) return links;
    const add = (blob: string, link: string): void => {
      if (!blobs.has(blob)) return;
      const known = links.get(blob);
      if (known) known.push(link);
      else links.set(blob, [link]);
    };
    await inParallel(repositories, AT_ONCE, async ({ name }) => {
      const folder = layersFolder(name);
      for (const algorithm of await this.#storage.folders(folder)) {
        signal.throwIfAborted();
        for (const hex of await this.#storage.folders(`${folder}/${algorithm}`)) {
          const called = `${algorithm}:${hex}`;
          if (!isDigest(called)) continue;
          for (const blob of await this.#reader.canonical(name, called)) add(blob, layerLink(name, called));
        }
      }
    });
    return links;
  }
}

function lackingLayers(repositories: readonly Repository[]): string[] {
  return repositories.filter(({ hasLayers }) => !hasLayers).map(({ name }) => name);
}

function secondsSince(start: number): number {
  return (performance.now() - start) / 1000;
}
