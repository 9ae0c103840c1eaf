/** The two sides of a diff: a commit's tree, the tree on disk, what registry.yaml gives, a cluster. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, mkdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { build, findKustomize, LayerError, ManifestFile, type Read, readLayer, writtenObjects } from '../manifests/index.js';
import type { KubernetesObject } from '../model/index.js';
import { buildVariant, folderOf, type Plan, variantNames } from '../plan.js';
import { readerOf, readTreeAt } from '../publish/index.js';
import { CliError, EXIT } from './exit.js';

/** What a cluster would have, overlay by overlay. */
export interface Side {
  /** As told to the user. */
  name: string;
  /** base, and the overlays that there are. */
  variants: string[];
  /** @throws CliError where the overlay cannot be read */
  objectsOf(variant: string): Promise<KubernetesObject[]>;
}

const FOLDERS = ['base', 'overlays'];

/** @returns what registry.yaml gives. */
export function planned(plan: Plan, file: string): Side {
  return { name: file, variants: variantNames(plan.config), objectsOf: async (variant) => buildVariant(plan.config, variant, file) };
}

/** @returns the tree as a commit has it. */
export async function committed(root: string, revision: string): Promise<Side> {
  const { commit, files } = await readTreeAt(root, revision, FOLDERS);
  const read = readerOf(files);
  const kustomized = [...files.keys()].flatMap((path) => /^(base|overlays\/[^/]+)\/kustomization\.ya?ml$/.exec(path)?.[1] ?? []);
  return {
    name: revision === commit ? commit.slice(0, 12) : `${revision} (${commit.slice(0, 12)})`,
    variants: kustomized.map(variantOf),
    objectsOf: (variant) => objectsIn(variant, read, (run) => inFolder(files, run)),
  };
}

/** @returns the tree as it is on disk. */
export function onDisk(root: string): Side {
  const read: Read = (path) => {
    const stat = statSync(join(root, path), { throwIfNoEntry: false });
    return stat?.isDirectory() ? 'folder' : stat && { text: readFileSync(join(root, path), 'utf8') };
  };
  const names = (folder: string): string[] => (read(folder) === 'folder' ? readdirSync(join(root, folder)) : []);
  const folders = ['base', ...names('overlays').map((name) => `overlays/${name}`)].filter((folder) => read(`${folder}/kustomization.yaml`));
  return { name: 'the tree on disk', variants: folders.map(variantOf), objectsOf: (variant) => objectsIn(variant, read, (run) => run(root)) };
}

function variantOf(folder: string): string {
  return folder === 'base' ? folder : folder.slice('overlays/'.length);
}

/** What this generator did not write, the real kustomize builds. */
async function objectsIn(variant: string, read: Read, inRoot: (run: (root: string) => Promise<KubernetesObject[]>) => Promise<KubernetesObject[]>): Promise<KubernetesObject[]> {
  const folder = folderOf(variant);
  try {
    return writtenObjects(readLayer(folder, read), read);
  } catch (error) {
    if (!(error instanceof LayerError)) throw error;
    const kustomize = findKustomize();
    if (!kustomize) throw new CliError(`${error.message}; install kubectl or kustomize`, EXIT.files);
    return inRoot(async (root) => new ManifestFile(folder, await build(kustomize, join(root, folder))).documents.map(({ value }) => value as KubernetesObject)).catch((reason: Error) => {
      throw new CliError(`${folder} cannot be built: ${reason.message}`, EXIT.files);
    });
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
