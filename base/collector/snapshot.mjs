// Generated from registry.yaml: change that, then run `npm run generate`.
/** What is in the storage at one time: repositories, tags and manifests, and what each manifest refers to. */
import { blobFile, CANONICAL, CURRENT, isCanonical, isDigest, LAYERS, layerLink, LINK, manifestLink, MANIFESTS, REPOSITORIES, repositoryFolder, revisionsFolder, tagFile, tagsFolder, } from './layout.mjs';
import { referencesOf } from './references.mjs';
import { inParallel } from './storage.mjs';

/** Files, and repositories, that are read at once. */
const AT_ONCE = 32;
const REPOSITORIES_AT_ONCE = 8;
/** Milliseconds after which a second change of a file cannot have the time of the first: clocks of file systems are coarse. */
const SETTLED = 60_000;

/** Reads the storage, again and again, and what it has seen already but once. */
export class Reader {
  #storage;
  /** By manifest: what a digest names does not change. */
  #references = new Map();
  /** By file: what a link said, at that version of it. */
  #links = new Map();
  /** By digest that is not canonical, in a repository. */
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
        if (!this.#references.has(digest))
          unread.set(digest, name);
    }
    await inParallel(unread, AT_ONCE, async ([digest, name]) => {
      signal?.throwIfAborted();
      this.#references.set(digest, await this.#read(name, digest));
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
    const key = `${repository} ${digest}`;
    const known = this.#aliases.get(key);
    if (known)
      return known;
    const links = await Promise.all([layerLink(repository, digest), manifestLink(repository, digest)].map((file) => this.#storage.read(file)));
    const digests = links.flatMap((link) => (link && isDigest(link.toString()) ? link.toString() : []));
    this.#aliases.set(key, digests);
    return digests;
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
    const repository = { name, tags: new Map(), broken: [], manifests: new Map(), hasLayers };
    const revisions = revisionsFolder(name);
    for (const algorithm of await this.#storage.folders(revisions)) {
      for (const link of await this.#storage.links(`${revisions}/${algorithm}`, LINK)) {
        const called = `${algorithm}:${link.name}`;
        const { time } = link;
        const digest = algorithm === CANONICAL ? called : await this.#link(manifestLink(name, called), link);
        if (digest && !(repository.manifests.get(digest)?.time > time))
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
    return referencesOf(text);
  }
}
