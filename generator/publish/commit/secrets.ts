/** Secrets in clear text: what git once has, every clone has for ever. */
import { posix } from 'node:path';
import type { ManifestFile, Place } from '../../manifests/index.js';
import { PublishError, readable } from '../git/git.js';
import type { Repository } from '../git/repository.js';
import { rawDifferences, readContents } from '../git/contents.js';

/** What makes it worth to parse a file. */
const SUSPECT = /\bSecret\b|secretGenerator/;
const MANIFEST_FILE = /(\.ya?ml|\.json|(^|\/)Kustomization)$/i;
/** How SOPS writes a value. See https://getsops.io */
const ENCRYPTED = /^ENC\[AES256_GCM,/;

/**
 * Refuses Secrets that anyone could read in what is committed, and in what is staged in the tree's folders, which the
 * next commit would take.
 *
 * @param changed contents by path, of all that the commit changes
 * @param folders of the tree, from the top
 * @throws PublishError with the place of each
 */
export async function refuseSecrets(
  repository: Repository,
  changed: ReadonlyMap<string, string>,
  folders: readonly string[],
): Promise<void> {
  const ids = new Map([...(await stagedIn(repository, folders)), ...changed]);
  const contents = await readContents(repository, [...ids.values()]);
  const found: string[] = [];
  for (const [path, id] of [...ids].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const text = contents.get(id)!.toString('utf8');
    if (!SUSPECT.test(text) || !MANIFEST_FILE.test(path)) continue;
    const { ManifestFile } = await import('../../manifests/index.js');
    const isClear = (other: string): boolean =>
      ids.has(other) && !isEncrypted(contents.get(ids.get(other)!)!.toString('utf8'));
    for (const { file, line, column, what } of clearSecrets(new ManifestFile(path, text), isClear))
      found.push(`${file}:${line}:${column}: ${what}`);
  }
  if (found.length === 0) return;
  throw new PublishError(
    `a Secret in clear text is not committed: every clone would have it for ever.\n  ${found.join('\n  ')}\nRemove it (\`git rm --cached FILE\`) and create it in the cluster (\`npm run --silent htpasswd\` makes the registry's own), or encrypt it: SOPS, a SealedSecret, an ExternalSecret. If it was pushed before, change what it holds.`,
    'refused',
  );
}

/** @returns contents by path, of files in some folders that are staged. */
async function stagedIn({ git }: Repository, folders: readonly string[]): Promise<[path: string, id: string][]> {
  const staged = await rawDifferences(git, [
    'diff',
    '--cached',
    '--diff-filter=AM',
    '--ignore-submodules',
    '--',
    ...folders,
  ]);
  return staged.map(({ path, entry: { id } }) => [readable(path), id]);
}

/** Whether SOPS encrypted a file: what it is encrypted with stands in it, in whatever format. */
function isEncrypted(text: string): boolean {
  return /ENC\[AES256_GCM,/.test(text) && /\bsops\b|\bsops_/.test(text);
}

/**
 * @param isClear whether a file of this path is committed too, and can be read
 * @returns where a file has values of Secrets that anyone could read
 */
export function clearSecrets(file: ManifestFile, isClear: (path: string) => boolean): (Place & { what: string })[] {
  const found: (Place & { what: string })[] = [];
  for (const document of file.documents) {
    for (const { object, at } of objectsIn(document.value)) {
      for (const path of clearValues(object, (name) => isClear(posix.join(posix.dirname(file.path), name))))
        found.push({
          ...file.placeOf(document, [...at, ...path], undefined, 'key'),
          what: `${path.join('.')} of ${object['kind']}/${object['metadata']?.name ?? '?'} can be read by anyone`,
        });
    }
  }
  if (file.problems.length > 0 && file.documents.length === 0) found.push(...unreadable(file));
  return found;
}

/** What is no YAML to us may be some to others. */
function unreadable({ path, text }: ManifestFile): (Place & { what: string })[] {
  const index = text.split('\n').findIndex((line) => /^\s*["']?kind["']?:\s*["']?Secret["']?\s*,?\s*$/.test(line));
  return index < 0 || !/^\s*["']?(data|stringData)["']?:/m.test(text)
    ? []
    : [{ file: path, line: index + 1, column: 1, what: 'a Secret, in a file that cannot be read as YAML' }];
}

type Fields = Record<string, any>;

function objectsIn(value: unknown): { object: Fields; at: (string | number)[] }[] {
  if (typeof value !== 'object' || value === null) return [];
  const object = value as Fields;
  if (typeof object['kind'] === 'string' && object['kind'].endsWith('List') && Array.isArray(object['items']))
    return object['items'].flatMap((item: unknown, index) =>
      objectsIn(item).map(({ object: inner, at }) => ({ object: inner, at: ['items', index, ...at] })),
    );
  return [{ object, at: [] }];
}

/** @returns paths of the first value that can be read, in each part of a Secret. */
function clearValues(object: Fields, isClear: (name: string) => boolean): (string | number)[][] {
  if (object['kind'] === 'Secret' && !String(object['apiVersion']).includes('/')) {
    return ['data', 'stringData'].flatMap((part) => {
      const clear = Object.entries((object[part] ?? {}) as Fields).find(
        ([, value]) => value !== '' && value !== null && !(object['sops'] && ENCRYPTED.test(String(value))),
      );
      return clear ? [[part, clear[0]]] : [];
    });
  }
  if (!Array.isArray(object['secretGenerator'])) return [];
  return object['secretGenerator'].flatMap((generator: Fields | null, index) =>
    clearParts(generator ?? {}, isClear).map((part) => ['secretGenerator', index, part]),
  );
}

/** Files of which a Secret is made are named as they are, or as KEY=FILE. See https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/secretgenerator/ */
function clearParts(generator: Fields, isClear: (name: string) => boolean): string[] {
  const listed = (part: string): unknown[] =>
    [generator[part]].flat().filter((item) => item !== undefined && item !== null);
  const files = ['files', 'envs', 'env'].filter((part) =>
    listed(part).some((item) => isClear(String(item).replace(/^[^=]*=/, ''))),
  );
  return listed('literals').length > 0 ? ['literals', ...files] : files;
}
