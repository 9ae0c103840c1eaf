/** What a collection would remove, found out while the registry takes writes, and looked at again while it takes none. */
import { performance } from 'node:perf_hooks';
import { blobFile, layersFolder, manifestLink } from './layout.mjs';
import { allBlobs, type Conflict, freedBy, linksTo, mark, usersOf } from './mark.mjs';
import { planRemoval, type Policy, type Removal } from './removal.mjs';
import type { Rule } from './retention.mjs';
import { Reader, type Repository } from './snapshot.mjs';
import { inParallel, type Storage } from './storage.mjs';
import { type Command, garbageByUpstream, Missed } from './upstream.mjs';

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
  /** What retention would remove too, were it no dry run, and what that would free. */
  previews: Removal[];
  previewed: Sizes;
  /** REPOSITORY:TAG of tags that cannot be read. */
  broken: string[];
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
    const lacking = mend ? await this.#mended(repositories) : lackingLayers(repositories);
    const start = performance.now();
    const isMended = mend || lacking.length === 0;
    const candidates = isMended ? await this.#secondOpinion(mend, signal) : await allBlobs(this.#storage, signal);
    const upstreamSeconds = secondsSince(start);
    if (isMended)
      this.#say(
        `the registry's own collector would remove ${candidates.size} blobs, it says after ${upstreamSeconds.toFixed(1)} s`,
      );
    else
      this.#say(
        `not asked: the registry's own collector, as ${lacking.join(', ')} lacks _layers; a collection mends that`,
      );
    const kept = new Set([...candidates].filter((blob) => !isGarbage(blob)));
    const agreed = [...candidates].filter(isGarbage);
    const expected = await freedBy(this.#reader, removals, new Set(agreed), isGarbage);
    const links = await linksTo(this.#storage, this.#reader, repositories, new Set([...agreed, ...expected]), signal);
    const garbage = await this.#judge(agreed, links, begun, signal);
    const freed = await this.#judge(expected, links, begun, signal);
    return {
      removals,
      garbage: garbage.sizes,
      freed: freed.sizes,
      young: garbage.young,
      ...(await this.#wouldBe(repositories, removals, new Set([...agreed, ...expected]), signal)),
      broken: repositories.flatMap(({ name, broken }) => broken.map((tag) => `${name}:${tag}`)),
      conflicts: await this.#conflicts(repositories, isMended ? kept : new Set(), begun),
      links,
      upstreamSeconds,
    };
  }

  /** Looks at what changes: manifests that it has seen are not read again. */
  async plan(signal: AbortSignal): Promise<Plan> {
    const start = performance.now();
    const repositories = await this.#reader.snapshot(signal);
    const removals = await this.#removals(repositories, this.#policy);
    const marked = await this.#markWithout(repositories, removals);
    const manifests = repositories.reduce((sum, { manifests }) => sum + manifests.size, 0);
    this.#say(
      `looked at ${repositories.length} repositories with ${manifests} manifests in ${secondsSince(start).toFixed(1)} s`,
    );
    return { repositories, removals, isGarbage: (blob) => !marked.has(blob) };
  }

  /**
   * Asks the registry's collector again, now that manifests are gone.
   *
   * @param links of the survey
   * @param limit seconds
   * @returns what both marks call garbage @throws TooSlow
   */
  async garbageNow(
    { repositories, isGarbage }: Plan,
    links: Findings['links'],
    limit: number,
    signal: AbortSignal,
  ): Promise<Sizes> {
    // Those that were pushed since the survey.
    await this.#mended(repositories);
    const candidates = await garbageByUpstream(this.#upstream, signal, limit);
    return (await this.#judge([...candidates].filter(isGarbage), links, Date.now(), signal)).sizes;
  }

  /** Asks the registry's collector. It fails at a repository without a folder for layers, and at an image that goes while it looks. */
  async #secondOpinion(mend: boolean, signal: AbortSignal): Promise<Set<string>> {
    const missed = new Set<string>();
    for (let tries = TRIES; ; tries--) {
      try {
        return await garbageByUpstream(this.#upstream, signal);
      } catch (error) {
        signal.throwIfAborted();
        if (tries === 1) throw error;
        const isMended = mend && (await this.#mended(await this.#reader.snapshot(signal))).length > 0;
        // What it misses twice is missing for good.
        if (error instanceof Missed && !missed.has(error.what)) missed.add(error.what);
        else if (!isMended) throw error;
      }
    }
  }

  /** @returns names of the repositories that lacked the folder for layers until now. */
  async #mended(repositories: readonly Repository[]): Promise<string[]> {
    const lacking = lackingLayers(repositories);
    await inParallel(lacking, AT_ONCE, (name) => this.#storage.makeFolder(layersFolder(name)));
    return lacking;
  }

  async #markWithout(repositories: readonly Repository[], removals: readonly Removal[]): Promise<Set<string>> {
    const going = new Map<string, Set<string>>();
    for (const { repository, manifests } of removals)
      going.set(repository, new Set([...(going.get(repository) ?? []), ...manifests]));
    return await mark(this.#reader, repositories, going);
  }

  /** @returns what retention would remove beyond what is removed, were it no dry run. */
  async #wouldBe(
    repositories: readonly Repository[],
    removals: readonly Removal[],
    counted: ReadonlySet<string>,
    signal: AbortSignal,
  ): Promise<Pick<Findings, 'previews' | 'previewed'>> {
    if (this.#preview.length === 0) return { previews: [], previewed: new Map() };
    const sure = new Set(
      removals.flatMap(({ repository, manifests }) => manifests.map((one) => `${repository}@${one}`)),
    );
    const all = await this.#removals(repositories, { ...this.#policy, rules: this.#preview });
    const previews = all.map(({ repository, tags, manifests }) => ({
      repository,
      tags,
      manifests: manifests.filter((one) => !sure.has(`${repository}@${one}`)),
    }));
    const marked = await this.#markWithout(repositories, [...removals, ...all]);
    const freed = await freedBy(this.#reader, previews, counted, (blob) => !marked.has(blob));
    const { sizes } = await this.#judge(freed, new Map(), Infinity, signal);
    return { previews, previewed: sizes };
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
  async #judge(
    blobs: Iterable<string>,
    links: Findings['links'],
    now: number,
    signal: AbortSignal,
  ): Promise<{ sizes: Sizes; young: number }> {
    const sizes: Sizes = new Map();
    let young = 0;
    await inParallel(blobs, AT_ONCE, async (blob) => {
      signal.throwIfAborted();
      const stat = await this.#storage.stat(blobFile(blob));
      if (!stat) return;
      // A blob that is pushed again is only linked again.
      const linked = await Promise.all((links.get(blob) ?? []).map((link) => this.#storage.stat(link)));
      const isYoung = [stat, ...linked].some((one) => one && now - one.time < this.#policy.grace);
      if (isYoung) young++;
      else sizes.set(blob, stat.bytes);
    });
    return { sizes, young };
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
}

function lackingLayers(repositories: readonly Repository[]): string[] {
  return repositories.filter(({ hasLayers }) => !hasLayers).map(({ name }) => name);
}

function secondsSince(start: number): number {
  return (performance.now() - start) / 1000;
}
