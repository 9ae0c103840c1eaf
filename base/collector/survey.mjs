// Generated from registry.yaml: change that, then run `npm run generate`.
/** What a collection would remove, found out while the registry takes writes, and looked at again while it takes none. */
import { performance } from 'node:perf_hooks';
import { blobFile, CANONICAL, isDigest, layerLink, layersFolder, manifestLink } from './layout.mjs';
import { mark, usersOf } from './mark.mjs';
import { planRemoval } from './removal.mjs';
import { Reader } from './snapshot.mjs';
import { inParallel } from './storage.mjs';
import { garbageByUpstream } from './upstream.mjs';

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
    const previews = await this.#removals(repositories, { ...this.#policy, rules: this.#preview });
    const lacking = mend ? await this.#mended(repositories) : lackingLayers(repositories);
    const start = performance.now();
    const isMended = mend || lacking.length === 0;
    const candidates = isMended ? await this.#secondOpinion(mend, signal) : await this.#blobs(signal);
    const upstreamSeconds = secondsSince(start);
    if (isMended)
      this.#say(`the registry's own collector looked at them in ${upstreamSeconds.toFixed(1)} s`);
    else
      this.#say(`not asked: the registry's own collector, as ${lacking.join(', ')} lacks _layers; a collection mends that`);
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
  async plan(signal) {
    const start = performance.now();
    const repositories = await this.#reader.snapshot(signal);
    const removals = await this.#removals(repositories, this.#policy);
    const going = new Map(removals.map(({ repository, manifests }) => [repository, new Set(manifests)]));
    const marked = await mark(this.#reader, repositories, going);
    const manifests = repositories.reduce((sum, { manifests }) => sum + manifests.size, 0);
    this.#say(`looked at ${repositories.length} repositories with ${manifests} manifests in ${secondsSince(start).toFixed(1)} s`);
    return { repositories, removals, isGarbage: (blob) => !marked.has(blob) };
  }

  /**
   * Asks the registry's collector again, now that manifests are gone.
   *
   * @param limit seconds
   * @returns what both marks call garbage @throws TooSlow
   */
  async garbageNow({ repositories, isGarbage }, limit, signal) {
    // Those that were pushed since the survey.
    await this.#mended(repositories);
    const candidates = await garbageByUpstream(this.#upstream, signal, limit);
    return (await this.#judge([...candidates].filter(isGarbage), Date.now(), signal)).sizes;
  }

  /** Asks the registry's collector. Where it fails, a repository without a folder for layers may have come meanwhile. */
  async #secondOpinion(mend, signal) {
    for (let tries = mend ? TRIES : 1;; tries--) {
      try {
        return await garbageByUpstream(this.#upstream, signal);
      }
      catch (error) {
        signal.throwIfAborted();
        if (tries === 1 || (await this.#mended(await this.#reader.snapshot(signal))).length === 0)
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

  /** @returns every blob that there is. */
  async #blobs(signal) {
    const blobs = new Set();
    const folder = `blobs/${CANONICAL}`;
    await inParallel(await this.#storage.folders(folder), AT_ONCE, async (prefix) => {
      signal.throwIfAborted();
      for (const hex of await this.#storage.folders(`${folder}/${prefix}`))
        blobs.add(`${CANONICAL}:${hex}`);
    });
    return blobs;
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
  async #judge(blobs, now, signal) {
    const sizes = new Map();
    let young = 0;
    await inParallel(blobs, AT_ONCE, async (blob) => {
      signal.throwIfAborted();
      const stat = await this.#storage.stat(blobFile(blob));
      if (stat && now - stat.time < this.#policy.grace)
        young++;
      else if (stat)
        sizes.set(blob, stat.bytes);
    });
    return { sizes, young };
  }

  /** @returns what only manifests use that are about to go. */
  async #freed(removals, garbage, isGarbage) {
    const freed = new Set();
    for (const { repository, manifests } of removals) {
      for (const manifest of manifests) {
        for (const named of [manifest, ...this.#reader.references(manifest).uses]) {
          for (const blob of await this.#reader.canonical(repository, named))
            if (isGarbage(blob) && !garbage.has(blob))
              freed.add(blob);
        }
      }
    }
    return freed;
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

  async #links(repositories, blobs, signal) {
    const links = new Map();
    if (blobs.size === 0)
      return links;
    const add = (blob, link) => {
      if (!blobs.has(blob))
        return;
      const known = links.get(blob);
      if (known)
        known.push(link);
      else
        links.set(blob, [link]);
    };
    await inParallel(repositories, AT_ONCE, async ({ name }) => {
      const folder = layersFolder(name);
      for (const algorithm of await this.#storage.folders(folder)) {
        signal.throwIfAborted();
        for (const hex of await this.#storage.folders(`${folder}/${algorithm}`)) {
          const called = `${algorithm}:${hex}`;
          if (!isDigest(called))
            continue;
          for (const blob of await this.#reader.canonical(name, called))
            add(blob, layerLink(name, called));
        }
      }
    });
    return links;
  }
}

function lackingLayers(repositories) {
  return repositories.filter(({ hasLayers }) => !hasLayers).map(({ name }) => name);
}

function secondsSince(start) {
  return (performance.now() - start) / 1000;
}
