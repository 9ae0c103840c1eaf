// Generated from registry.yaml: change that, then run `npm run generate`.
/**
 * @param going what is about to be removed from a repository
 * @returns every canonical digest that they reach, and their own. A layer that a manifest names by another algorithm is looked up in
 *   its repository: the registry keeps it by the canonical one.
 */
export async function mark(reader, repositories, going = new Map()) {
  const marked = new Set();
  for (const repository of repositories) {
    const gone = going.get(repository.name);
    for (const { digest } of repository.tags.values())
      if (!gone?.has(digest))
        marked.add(digest);
    for (const digest of [...repository.manifests.keys(), ...repository.hidden]) {
      if (gone?.has(digest))
        continue;
      marked.add(digest);
      const { uses, mentions, subject } = reader.references(digest);
      for (const list of [uses, mentions, subject ? [subject] : []]) {
        for (const named of list)
          for (const one of await reader.canonical(repository.name, named))
            marked.add(one);
      }
    }
  }
  return marked;
}

/** @returns which of the blobs a manifest uses as its own, and of which image it is. */
export async function usersOf(reader, repositories, blobs) {
  const users = [];
  if (blobs.size === 0)
    return users;
  for (const { name, tags, manifests } of repositories) {
    for (const { digest, time } of manifests.values()) {
      for (const named of [digest, ...reader.references(digest).uses]) {
        for (const blob of await reader.canonical(name, named)) {
          if (!blobs.has(blob))
            continue;
          const labels = [...tags].flatMap(([tag, entry]) => (entry.digest === digest ? tag : []));
          const image = `${name}@${digest}${labels.length > 0 ? ` (${labels.slice(0, 3).join(', ')})` : ''}`;
          users.push({ repository: name, manifest: digest, time, conflict: { blob, image } });
        }
      }
    }
  }
  return users;
}
