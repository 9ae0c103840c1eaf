/** The two sides of a diff: a commit's tree, the tree on disk, what registry.yaml gives. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { FLEET } from '../../fleet/index.js';
import {
  build,
  FileTree,
  findKustomize,
  type Known,
  LayerError,
  ManifestFile,
  refuseFiles,
} from '../../manifests/index.js';
import type { KubernetesObject } from '../../model/index.js';
import { buildVariant, type Plan, variantNames } from '../../plan/index.js';
import { folderOf } from '../../model/index.js';
import { listTreeAt, readTreeAt } from '../../publish/index.js';
import { OWN_FOLDERS, readRegularFile } from '../../tree/index.js';
import { CliError, EXIT } from '../shared/exit.js';

/** What a cluster would have, overlay by overlay. */
export interface Side {
  /** As told to the user. */
  name: string;
  /** base, the overlays that there are, and the folders of the delivery, such as delivery/argo-cd. */
  variants: string[];
  /** @throws CliError where the overlay cannot be read */
  objectsOf(variant: string): Promise<KubernetesObject[]>;
  /** Of objects that the API server was asked about, what it says where it refuses them: plain identity -> its words. */
  refusals?(variant: string): Promise<ReadonlyMap<string, string>>;
  /** Its files, where it has some: overlays whose files are the same on both sides need no look. */
  tree?: FileTree;
  /** Saves parsing files of the other side that it has too. */
  known?: Known;
}

/** @returns what registry.yaml gives. */
export function planned(plan: Plan, file: string): Side {
  const deliveries = new Map(plan.delivery.map(({ folder, objects }) => [folder, objects.map(({ object }) => object)]));
  const objectsOf = async (variant: string): Promise<KubernetesObject[]> =>
    deliveries.get(variant) ?? buildVariant(plan.config, variant, file);
  return {
    name: file,
    variants: [...variantNames(plan.config), ...deliveries.keys()],
    objectsOf,
    tree: new FileTree(plan.files),
    known: plan.files.known,
  };
}

/** @returns the tree as a commit has it. @param root may be gone since @param other side, of which files may be the same */
export async function committed(root: string, revision: string, other?: Side): Promise<Side> {
  const { commit, files } = await readTreeAt(root, revision, OWN_FOLDERS);
  return sideOf(`${revision} (${commit.slice(0, 12)})`, files, (run) => inFolder(files, run), other?.known);
}

/** @returns the registries of a fleet as a commit has them: every registries/NAME/registry.yaml. */
export async function committedRegistries(root: string, revision: string): Promise<string[]> {
  const paths = await listTreeAt(root, revision, [FLEET]);
  return paths
    .filter((path) => /^[^/]+\/[^/]+\/registry\.yaml$/.test(path))
    .map((path) => join(root, path))
    .sort();
}

/** @returns what there is of a registry that was taken away. */
export function gone(file: string): Side {
  return sideOf(`nothing: ${file} is gone`, new Map(), (run) => inFolder(new Map(), run));
}

/** @returns the tree as it is on disk. @param other side, of which files may be the same */
export function onDisk(root: string, other?: Side): Side {
  const files = new Map<string, string>();
  const walk = (folder: string): void => {
    for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
      const path = `${folder}/${entry.name}`;
      if (entry.isDirectory()) walk(path);
      else if (entry.isFile()) files.set(path, textOf(root, path));
    }
  };
  const there = (existsSync(root) ? readdirSync(root, { withFileTypes: true }) : []).filter((entry) =>
    entry.isDirectory(),
  );
  for (const folder of OWN_FOLDERS) if (there.some(({ name }) => name === folder)) walk(folder);
  return sideOf('the tree on disk', files, (run) => run(root), other?.known);
}

function textOf(root: string, path: string): string {
  try {
    return readRegularFile(join(root, path)).toString('utf8');
  } catch (error) {
    throw new CliError(`${path}: ${(error as Error).message}`, EXIT.files);
  }
}

/** @param inRoot runs with a folder that has the files, for kustomize */
function sideOf(
  name: string,
  files: Map<string, string>,
  inRoot: <T>(run: (root: string) => Promise<T>) => Promise<T>,
  known?: Known,
): Side {
  const tree = new FileTree(files, known);
  const objectsOf = async (variant: string): Promise<KubernetesObject[]> => {
    try {
      return tree.objectsOf(variant);
    } catch (error) {
      if (!(error instanceof LayerError)) throw error;
      return inRoot((root) => built(root, folderOf(variant), error.message));
    }
  };
  return { name, variants: tree.variants, objectsOf, tree };
}

/** What this generator did not write, the real kustomize builds. */
async function built(root: string, folder: string, why: string): Promise<KubernetesObject[]> {
  const kustomize = findKustomize();
  if (!kustomize) throw new CliError(`${why}; install kubectl or kustomize`, EXIT.files);
  try {
    refuseFiles(join(root, folder));
    return new ManifestFile(folder, await build(kustomize, join(root, folder))).documents.map(
      ({ value }) => value as KubernetesObject,
    );
  } catch (error) {
    throw new CliError(`${folder} cannot be built: ${(error as Error).message}`, EXIT.files);
  }
}

async function inFolder<T>(files: ReadonlyMap<string, string>, run: (root: string) => Promise<T>): Promise<T> {
  const root = mkdtempSync(join(tmpdir(), 'registry-gitops-diff-'));
  try {
    for (const [path, text] of files) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
    }
    return await run(root);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}
