// Generated from registry.yaml: change that, then run `npm run generate`.
/** What a manifest needs, read without knowing its type: types are invented faster than this program is updated. */
import { DIGESTS, isDigest } from './layout.mjs';

/** Keys by which manifests of all types name blobs; Go, in which registries and clients are written, reads keys in any case. */
const NAMES_A_BLOB = /^(digest|blobsum)$/i;
const IS_NOTED = /^annotations$/i;
const IS_SUBJECT = /^subject$/i;

/** @param text bytes of the manifest */
export function referencesOf(text) {
  const uses = new Set();
  let subject;
  const visit = (value) => {
    if (Array.isArray(value))
      return value.forEach(visit);
    if (typeof value !== 'object' || value === null)
      return;
    for (const [key, inner] of Object.entries(value)) {
      if (typeof inner === 'string' && NAMES_A_BLOB.test(key) && isDigest(inner))
        uses.add(inner);
      else if (IS_SUBJECT.test(key) && value === manifest)
        subject = digestOf(inner) ?? subject;
      else if (!IS_NOTED.test(key))
        visit(inner);
    }
  };
  const manifest = parse(text);
  visit(manifest);
  // The text itself has what a parser passes over: the first of two values with the same key, for example.
  const all = text
    .toString()
    .replace(/\\u00([0-7][0-9a-f])/gi, (_, hex) => String.fromCharCode(parseInt(hex, 16)));
  const mentions = new Set(all.match(DIGESTS));
  for (const digest of [...uses, subject ?? ''])
    mentions.delete(digest);
  return { uses: [...uses], mentions: [...mentions], subject };
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
