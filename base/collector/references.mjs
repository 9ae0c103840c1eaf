// Generated from registry.yaml: change that, then run `npm run generate`.
/** What a manifest needs, read without knowing its type: types are invented faster than this program is updated. */
import { isDigest } from './layout.mjs';

/** Keys by which manifests of all types name blobs; Go, in which registries and clients are written, reads keys in any case. */
const NAMES_A_BLOB = /^(digest|blobsum)$/iu;
const IS_NOTED = /^annotations$/iu;
const HAS_PARTS = /^manifests$/iu;
const IS_SUBJECT = /^subject$/iu;
/**
 * Digests in any text, of the algorithms that the registry knows. The names of those are all that it looks for: a pattern for
 * names of any kind takes hours for a text of some MiB without a colon, which anyone may push.
 *
 * @see https://github.com/opencontainers/go-digest/blob/v1.0.0/algorithm.go
 */
const MENTIONED = /sha256:[a-f0-9]{64}|sha384:[a-f0-9]{96}|sha512:[a-f0-9]{128}/g;

/** @param text bytes of the manifest */
export function referencesOf(text) {
  const uses = new Set();
  let subject;
  const manifest = parse(text);
  const parts = new Set();
  // A list instead of calls: the registry takes what is nested some thousand times.
  const left = [manifest];
  while (left.length > 0) {
    const value = left.pop();
    if (typeof value !== 'object' || value === null)
      continue;
    for (const [key, inner] of Object.entries(value)) {
      if (value === manifest && HAS_PARTS.test(key) && Array.isArray(inner))
        for (const part of inner)
          parts.add(digestOf(part) ?? '');
      if (typeof inner === 'string' && NAMES_A_BLOB.test(key) && isDigest(inner))
        uses.add(inner);
      else if (IS_SUBJECT.test(key) && value === manifest)
        subject = digestOf(inner) ?? subject;
      else if (!IS_NOTED.test(key))
        left.push(inner);
    }
  }
  // The text itself has what a parser passes over: the first of two values with the same key, for example.
  const all = text
    .toString()
    .replace(/\\u00([0-7][0-9a-f])/gi, (_, hex) => String.fromCharCode(parseInt(hex, 16)));
  // Copied: a part of a text keeps all of it in memory, and these are kept for every manifest.
  const mentions = new Set(Array.from(all.matchAll(MENTIONED), ([digest]) => Buffer.from(digest).toString()));
  for (const digest of [...uses, subject ?? ''])
    mentions.delete(digest);
  parts.delete('');
  return { uses: [...uses], parts: [...parts], mentions: [...mentions], subject };
}

function parse(text) {
  try {
    return JSON.parse(text.toString());
  }
  catch {
    return undefined;
  }
}

function digestOf(descriptor) {
  if (typeof descriptor !== 'object' || descriptor === null)
    return undefined;
  const [, digest] = Object.entries(descriptor).find(([key]) => NAMES_A_BLOB.test(key)) ?? [];
  return typeof digest === 'string' && isDigest(digest) ? digest : undefined;
}
