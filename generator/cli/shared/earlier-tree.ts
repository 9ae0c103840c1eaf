/** The tree as it was before a change, on disk or at a commit: what the cluster has, as far as it was applied. */
import { reportedVariants } from '../../changes/index.js';
import { LayerError, type Read, WrittenTree } from '../../manifests/index.js';
import type { KubernetesObject } from '../../model/index.js';
import { type Plan, variantNames } from '../../plan/index.js';
import { folderOf } from '../../model/index.js';
import { type Change, readOwnFile } from '../../tree/index.js';

export class EarlierTree {
  readonly #tree: WrittenTree;
  readonly #objects = new Map<string, KubernetesObject[]>();

  /** @param read reads its files, which stay the same meanwhile */
  constructor(read: Read) {
    this.#tree = new WrittenTree(read);
  }

  /**
   * @param files of the tree that replaces it: what is the same in both is known without parsing it
   * @param changes all between the two
   * @param last files of the tree that was written last in this process
   * @returns the tree that is in a folder, before it is replaced
   */
  static onDisk(root: string, files: Plan['files'], changes: readonly Change[], last?: Plan['files']): EarlierTree {
    const changed = new Map(changes.map((change) => [change.path, change]));
    return new EarlierTree((path) => {
      const { kind, before } = changed.get(path) ?? {};
      if (kind === 'added') return undefined;
      if (before !== undefined) return last?.known(path, before) ?? { text: before };
      return files.sourceOf(path) ?? readOwnFile(root, path);
    });
  }

  /** @returns the finished objects of the base or an overlay; none where it is not there, or was edited beyond reading. */
  objectsOf(variant: string): KubernetesObject[] {
    const known = this.#objects.get(variant) ?? this.#read(variant);
    this.#objects.set(variant, known);
    return known;
  }

  #read(variant: string): KubernetesObject[] {
    try {
      return this.#tree.objectsOf(folderOf(variant)).filter(isObject);
    } catch (error) {
      if (error instanceof LayerError) return [];
      throw error;
    }
  }

  /** @returns the objects of the first of some variants that has the same registry: a Deployment of that name and namespace */
  sameRegistry(objects: readonly KubernetesObject[], variants: readonly string[]): KubernetesObject[] {
    const deployment = objects.find(({ kind }) => kind === 'Deployment')?.metadata;
    const isSame = ({ kind, metadata }: KubernetesObject): boolean =>
      kind === 'Deployment' && metadata.name === deployment?.name && metadata.namespace === deployment.namespace;
    const found = variants.find((variant) => this.objectsOf(variant).some(isSame));
    return found === undefined ? [] : this.objectsOf(found);
  }
}

/** What somebody wrote into a file by hand may be no object. */
function isObject({ kind, metadata }: Partial<KubernetesObject>): boolean {
  return typeof kind === 'string' && typeof metadata?.name === 'string';
}

/** @returns the folders of a tree that changes are in: base, overlays/NAME, delivery/NAME */
export function changedFolders(changes: readonly Pick<Change, 'path'>[]): Set<string> {
  return new Set(
    changes.map(({ path }) =>
      path
        .split('/')
        .slice(0, path.startsWith('base/') ? 1 : 2)
        .join('/'),
    ),
  );
}

/** @returns the folders of a tree that come with changes: those that had no kustomization.yaml */
export function addedFolders(changes: readonly Pick<Change, 'kind' | 'path'>[]): Set<string> {
  const added = changes.filter(({ kind, path }) => kind === 'added' && path.endsWith('/kustomization.yaml'));
  return changedFolders(added);
}

/** @returns what is applied of a tree (its overlays, or the base) and is touched by changes, itself or what it builds on */
export function changedVariants({ config }: Plan, changes: readonly Pick<Change, 'path'>[]): string[] {
  const folders = changedFolders(changes);
  const changed = new Map<string, boolean>([['base', folders.has('base')]]);
  for (const { name, parent } of config.overlays)
    changed.set(name, folders.has(folderOf(name)) || changed.get(parent ?? 'base')!);
  return reportedVariants(variantNames(config)).filter((variant) => changed.get(variant));
}
