// Generated from registry.yaml: change that, then run `npm run generate`.
/** What is in the storage at one time: repositories, tags and manifests, and what each manifest refers to. */
import { createHash } from 'node:crypto';
import { blobFile, CANONICAL, CURRENT, isCanonical, isDigest, LAYERS, layerLink, layersFolder, LINK, manifestLink, MANIFESTS, REPOSITORIES, repositoryFolder, revisionsFolder, tagFile, tagsFolder, } from './layout.mjs';
import { referencesOf } from './references.mjs';
import { inParallel } from './storage.mjs';

/** Files, and repositories, that are read at once. */
const AT_ONCE = 32;
const REPOSITORIES_AT_ONCE = 8;
/** Bytes: four times what a registry takes for a manifest. */
const LARGEST = 16 * 1024 * 1024;
/** Milliseconds after which a second change of a file cannot have the time of the first: clocks of file systems are coarse. */
const SETTLED = 60_000;

/** Reads the storage, again and again, and what it has seen already but once. */
export class Reader {
  #storage;
  /** By manifest: what a digest names does not change. */
  #references = new Map();
  /** Manifests that were not whole when they were read: they are read again. */
  #unsure = new Set();
  /** By file: what a link said, at that version of it. */
  #links = new Map();
  /** By repository: what it calls by a digest that is not canonical -> canonical digests. */
  #aliases = new Map();

  constructor(storage) {
    this.#storage = storage;
  }

  /** @returns all repositories. @throws where a manifest is not in the storage though a repository has it */
  async snapshot(signal) {
    this.#aliases = new Map();
    const repositories = [];
    const found = [];
    await this.#find('', found, signal);
    await inParallel(found, REPOSITORIES_AT_ONCE, async ({ name, parts }) => {
      signal?.throwIfAborted();
      repositories.push(await this.#repository(name, parts.includes(LAYERS)));
    });
    const unread = new Map();
    for (const { name, manifests } of repositories) {
      for (const digest of manifests.keys())
        if (!this.#references.has(digest) || this.#unsure.has(digest))
          unread.set(digest, name);
    }
    await inParallel(unread, AT_ONCE, async ([digest, name]) => {
      signal?.throwIfAborted();
      await this.#read(name, digest);
    });
    await inParallel(repositories, REPOSITORIES_AT_ONCE, async (repository) => {
      signal?.throwIfAborted();
      await this.#findHidden(repository);
    });
    return repositories;
  }

  /** @returns what a manifest of the last snapshot refers to. */
  references(manifest) {
    return this.#references.get(manifest);
  }

  /** @returns the canonical digests of what a repository calls by another digest; none where it has no such thing. */
  async canonical(repository, digest) {
    if (isCanonical(digest))
      return [digest];
    let aliases = this.#aliases.get(repository);
    if (!aliases)
      this.#aliases.set(repository, (aliases = this.#aliasesOf(repository)));
    return (await aliases).get(digest) ?? [];
  }

  /** Reads what there is, not what manifests name: that may be thousands of digests that nobody has ever pushed. */
  async #aliasesOf(repository) {
    const aliases = new Map();
    for (const [folder, fileOf] of [
      [layersFolder(repository), layerLink],
      [revisionsFolder(repository), manifestLink],
    ]) {
      for (const algorithm of await this.#storage.folders(folder)) {
        if (algorithm === CANONICAL)
          continue;
        await inParallel(await this.#storage.folders(`${folder}/${algorithm}`), AT_ONCE, async (hex) => {
          const digest = `${algorithm}:${hex}`;
          const link = (await this.#storage.read(fileOf(repository, digest)))?.toString().trim();
          if (link && isDigest(link))
            aliases.set(digest, [...(aliases.get(digest) ?? []), link]);
        });
      }
    }
    return aliases;
  }

  /** Looks for repositories: one may be in the folder of another. */
  async #find(name, found, signal) {
    signal?.throwIfAborted();
    const names = await this.#storage.folders(name ? repositoryFolder(name) : REPOSITORIES);
    const parts = names.filter((part) => part.startsWith('_'));
    if (parts.includes(MANIFESTS))
      found.push({ name, parts });
    const inner = names.filter((part) => !part.startsWith('_'));
    await inParallel(inner, REPOSITORIES_AT_ONCE, (part) => this.#find(name ? `${name}/${part}` : part, found, signal));
  }

  async #repository(name, hasLayers) {
    const repository = {
      name,
      tags: new Map(),
      broken: [],
      manifests: new Map(),
      hidden: new Set(),
      hasLayers,
    };
    const revisions = revisionsFolder(name);
    for (const algorithm of await this.#storage.folders(revisions)) {
      for (const link of await this.#storage.links(`${revisions}/${algorithm}`, LINK)) {
        const called = `${algorithm}:${link.name}`;
        const { time } = link;
        const digest = algorithm === CANONICAL ? called : await this.#link(manifestLink(name, called), link);
        if (digest && (repository.manifests.get(digest)?.time ?? -Infinity) <= time)
          repository.manifests.set(digest, { digest, time });
      }
    }
    await inParallel(await this.#storage.links(tagsFolder(name), CURRENT), AT_ONCE, async (link) => {
      const digest = await this.#link(tagFile(name, link.name), link);
      if (digest)
        repository.tags.set(link.name, { digest, time: link.time });
      else
        repository.broken.push(link.name);
    });
    return repository;
  }

  /** For 2.8, a part of an index may be what was pushed as a blob: it accepts that, and serves it as a manifest. */
  async #findHidden({ name, manifests, hidden }) {
    let blobs;
    const left = [...manifests.keys()];
    for (const index of left) {
      for (const part of this.#references.get(index).parts) {
        for (const digest of await this.canonical(name, part)) {
          if (manifests.has(digest) || hidden.has(digest))
            continue;
          blobs ??= new Set(await this.#storage.folders(`${layersFolder(name)}/${CANONICAL}`));
          if (!blobs.has(digest.slice(CANONICAL.length + 1)))
            continue;
          const size = await this.#storage.stat(blobFile(digest));
          if (!size || size.bytes > LARGEST)
            continue;
          if (!this.#references.has(digest))
            await this.#read(name, digest);
          hidden.add(digest);
          left.push(digest);
        }
      }
    }
  }

  /** @returns the digest in a link; undefined where there is none. */
  async #link(file, { version, time }) {
    const known = this.#links.get(file);
    if (known?.version === version)
      return known.digest;
    const digest = (await this.#storage.read(file))?.toString().trim();
    if (!digest || !isDigest(digest))
      return undefined;
    if (Date.now() - time > SETTLED)
      this.#links.set(file, { version, digest });
    return digest;
  }

  async #read(repository, digest) {
    const text = await this.#storage.read(blobFile(digest));
    if (!text)
      throw new Error(`${repository}: the manifest ${digest} is not in the storage, though the repository has it`);
    this.#references.set(digest, referencesOf(text));
    // 2.8 writes in place: of two pushes of one manifest at once, one writes what the other one has acknowledged.
    if (digest === digestOf(text))
      this.#unsure.delete(digest);
    else
      this.#unsure.add(digest);
  }
}

function digestOf(text) {
  return `${CANONICAL}:${createHash(CANONICAL).update(text).digest('hex')}`;
}
