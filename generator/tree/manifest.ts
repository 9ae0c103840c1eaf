import { createHash } from 'node:crypto';

/** Lists what the generator owns. In the format of sha256sum, so that `sha256sum -c` shows what was changed by hand. */
export const MANIFEST = '.registry-gitops.sha256';

const HEADER = '# Files written by registry-gitops, which replaces and removes these and touches no others.';
const LINE = /^([0-9a-f]{64}) {2}(\S.*)$/;
const CONFLICT_MARKER = /^(<{7}|\|{7}|={7}|>{7})/;
/** Where the generator's files are, and nowhere else. */
export const OWN_FOLDERS: readonly string[] = ['base', 'overlays', 'delivery'];

/** A name that the generator gives to a file or a folder: letters, digits, - and _, with dots within. */
const NAME = /^[\w-]+(\.[\w-]+)*$/;

/** @returns whether a path is one that the generator may own: below base/, overlays/ or delivery/, and nowhere else. */
export function isOwnPath(path: string): boolean {
  const [top, ...below] = path.split('/');
  return OWN_FOLDERS.includes(top!) && below.length > 0 && below.every((part) => NAME.test(part));
}

/** @returns the hash that the manifest has of a text. */
export function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** @returns the manifest's text for these files: path -> hash. */
export function manifestOf(hashes: ReadonlyMap<string, string>): string {
  const lines = [...hashes].sort(([a], [b]) => (a < b ? -1 : 1)).map(([path, hash]) => `${hash}  ${path}`);
  return [HEADER, ...lines, ''].join('\n');
}

/**
 * @param before empty: there was none
 * @returns the manifest's text while files are moved from one tree to the other: whichever of its files are there, all are owned
 */
export function manifestOfBoth(before: string, after: string): string {
  const lines = [before, after].flatMap((text) =>
    [...ownedPaths(text)].flatMap(([path, hashes]) => hashes.map((hash) => `${path} ${hash}`)),
  );
  const entries = [...new Set(lines)].sort().map((line) => line.split(' '));
  return [HEADER, ...entries.map(([path, hash]) => `${hash}  ${path}`), ''].join('\n');
}

/**
 * @returns the paths that a manifest lists, each with its hash. Of a manifest with a merge conflict those of both sides, as
 *   either side's files may be in the tree.
 * @throws Error where it is no manifest, or lists paths outside the tree
 */
export function ownedPaths(manifest: string): Map<string, string[]> {
  const paths = new Map<string, string[]>();
  for (const [index, line] of manifest.split(/\r?\n/).entries()) {
    if (line === '' || line.startsWith('#') || CONFLICT_MARKER.test(line)) continue;
    const [, hash, path] = LINE.exec(line) ?? [];
    if (hash === undefined || path === undefined || !isOwnPath(path)) {
      throw new Error(
        `${MANIFEST}:${index + 1}: this is not a line of a list of generated files; restore the file from git`,
      );
    }
    paths.set(path, [...(paths.get(path) ?? []), hash]);
  }
  return paths;
}
