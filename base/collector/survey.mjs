// Generated from registry.yaml: change that, then run `npm run generate`.
/** What a collection would remove, found out while the registry takes writes, and looked at again while it takes none. */
import { performance } from 'node:perf_hooks';
import { blobFile, layersFolder, manifestLink } from './layout.mjs';
import { allBlobs, freedBy, linksTo, mark, usersOf } from './mark.mjs';
import { planRemoval } from './removal.mjs';
import { Reader } from './snapshot.mjs';
import { inParallel } from './storage.mjs';
import { garbageByUpstream, Missed } from './upstream.mjs';

const AT_ONCE = 32;
/** Of the registry's collector, where repositories come that it fails at. */
const TRIES = 5;

export class Survey {
  #storage;
  #reader;
  #policy;
  #preview;
  #upstream;
  #say;

  /** @param preview rules by which nothing is removed, only reported */
  constructor(storage, policy, preview, upstream, say) {
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
  async findings(signal, { mend }) {
    const begun = Date.now();
    const { repositories, removals, isGarbage } = await this.plan(signal);
    const lacking = mend ? await this.#mended(repositories) : lackingLayers(repositories);
    const start = performance.now();
    const isMended = mend || lacking.length === 0;
    const candidates = isMended ? await this.#secondOpinion(mend, signal) : await allBlobs(this.#storage, signal);
    const upstreamSeconds = secondsSince(start);
    if (isMended)
      this.#say(`the registry's own collector would remove ${candidates.size} blobs, it says after ${upstreamSeconds.toFixed(1)} s`);
    else
      this.#say(`not asked: the registry's own collector, as ${lacking.join(', ')} lacks _layers; a collection mends that`);
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
  async plan(signal) {
    const start = performance.now();
    const repositories = await this.#reader.snapshot(signal);
    const removals = await this.#removals(repositories, this.#policy);
    const marked = await this.#markWithout(repositories, removals);
    const manifests = repositories.reduce((sum, { manifests }) => sum + manifests.size, 0);
    this.#say(`looked at ${repositories.length} repositories with ${manifests} manifests in ${secondsSince(start).toFixed(1)} s`);
    return { repositories, removals, isGarbage: (blob) => !marked.has(blob) };
  }

  /**
   * Asks the registry's collector again, now that manifests are gone.
   *
   * @param links of the survey
   * @param limit seconds
   * @returns what both marks call garbage @throws TooSlow
   */
  async garbageNow({ repositories, isGarbage }, links, limit, signal) {
    // Those that were pushed since the survey.
    await this.#mended(repositories);
    const candidates = await garbageByUpstream(this.#upstream, signal, limit);
    return (await this.#judge([...candidates].filter(isGarbage), links, Date.now(), signal)).sizes;
  }

  /** Asks the registry's collector. It fails at a repository without a folder for layers, and at an image that goes while it looks. */
  async #secondOpinion(mend, signal) {
    const missed = new Set();
    for (let tries = TRIES;; tries--) {
      try {
        return await garbageByUpstream(this.#upstream, signal);
      }
      catch (error) {
        signal.throwIfAborted();
        if (tries === 1)
          throw error;
        const isMended = mend && (await this.#mended(await this.#reader.snapshot(signal))).length > 0;
        // What it misses twice is missing for good.
        if (error instanceof Missed && !missed.has(error.what))
          missed.add(error.what);
        else if (!isMended)
          throw error;
      }
    }
  }

  /** @returns names of the repositories that lacked the folder for layers until now. */
  async #mended(repositories) {
    const lacking = lackingLayers(repositories);
    await inParallel(lacking, AT_ONCE, (name) => this.#storage.makeFolder(layersFolder(name)));
    return lacking;
  }

  async #markWithout(repositories, removals) {
    const going = new Map();
    for (const { repository, manifests } of removals)
      going.set(repository, new Set([...(going.get(repository) ?? []), ...manifests]));
    return await mark(this.#reader, repositories, going);
  }

  /** @returns what retention would remove beyond what is removed, were it no dry run. */
  async #wouldBe(repositories, removals, counted, signal) {
    if (this.#preview.length === 0)
      return { previews: [], previewed: new Map() };
    const sure = new Set(removals.flatMap(({ repository, manifests }) => manifests.map((one) => `${repository}@${one}`)));
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

  async #removals(repositories, policy) {
    const now = Date.now();
    const removals = [];
    for (const repository of repositories) {
      const removal = await planRemoval(this.#reader, repository, policy, now);
      if (removal)
        removals.push(removal);
    }
    return removals;
  }

  /** @returns sizes of those that are there, and older than the grace time; how many are younger. */
  async #judge(blobs, links, now, signal) {
    const sizes = new Map();
    let young = 0;
    await inParallel(blobs, AT_ONCE, async (blob) => {
      signal.throwIfAborted();
      const stat = await this.#storage.stat(blobFile(blob));
      if (!stat)
        return;
      // A blob that is pushed again is only linked again.
      const linked = await Promise.all((links.get(blob) ?? []).map((link) => this.#storage.stat(link)));
      const isYoung = [stat, ...linked].some((one) => one && now - one.time < this.#policy.grace);
      if (isYoung)
        young++;
      else
        sizes.set(blob, stat.bytes);
    });
    return { sizes, young };
  }

  /** @returns which blobs an image uses that was there before the survey began, and is there now. */
  async #conflicts(repositories, blobs, begun) {
    const conflicts = new Map();
    for (const { repository, manifest, time, conflict } of await usersOf(this.#reader, repositories, blobs)) {
      if (conflicts.has(conflict.blob) || time >= begun)
        continue;
      const now = await this.#storage.stat(manifestLink(repository, manifest));
      if (now && now.time === time)
        conflicts.set(conflict.blob, conflict);
    }
    return [...conflicts.values()];
  }
}

function lackingLayers(repositories) {
  return repositories.filter(({ hasLayers }) => !hasLayers).map(({ name }) => name);
}

function secondsSince(start) {
  return (performance.now() - start) / 1000;
}
