/** The message of a commit, in the cluster's terms. */
import { basename } from 'node:path';
import { compareObjects, summarize, type VariantChange } from '../changes/index.js';
import { LayerError, readLayer, writtenObjects } from '../manifests/index.js';
import type { KubernetesObject } from '../model/index.js';
import { folderOf } from '../plan.js';
import { messageOf, readerOf } from '../publish/index.js';

/** The files of a tree: path below base/ and overlays/ -> text. */
export type Tree = ReadonlyMap<string, string>;

/**
 * @param before as the commit has it on which the new one is made; empty: there was no tree
 * @param after as it is committed
 * @param file registry.yaml, as told to the user
 * @returns the message: a subject of 72 characters at most and, where there is more to say, a body
 */
export function commitMessage(before: Tree, after: Tree, file: string): string {
  const overlays = variantsOf(after).filter((name) => name !== 'base');
  if (variantsOf(before).length === 0) {
    const count = overlays.length === 1 ? 'the overlay ' + overlays[0] : `${overlays.length} overlays`;
    return messageOf(`Add the registry${overlays.length === 0 ? '' : ` with ${count}`}`) + (overlays.length > 1 ? `\n${overlays.map((name) => `- ${name}\n`).join('')}` : '');
  }
  const summary = summarize(changesOf(before, after));
  if (summary !== '') return messageOf(summary);
  const same = before.size === after.size && [...after].every(([path, text]) => before.get(path) === text);
  return messageOf(same ? `${basename(file)}: nothing changes in the cluster` : 'Write the tree anew: nothing changes in the cluster');
}

/** The base is inherited, and told where there is nothing else. */
function changesOf(before: Tree, after: Tree): VariantChange[] {
  const [old, now] = [variantsOf(before), variantsOf(after)];
  const all = [...new Set([...now, ...old])];
  const told = all.some((name) => name !== 'base') ? all.filter((name) => name !== 'base') : all;
  return told.map((variant): VariantChange => {
    const state = !old.includes(variant) ? 'added' : !now.includes(variant) ? 'removed' : undefined;
    return { variant, ...(state && { state }), objects: compareObjects(objectsOf(before, variant), objectsOf(after, variant)) };
  });
}

function variantsOf(tree: Tree): string[] {
  return [...tree.keys()].flatMap((path) => (path === 'base/kustomization.yaml' ? ['base'] : (/^overlays\/([^/]+)\/kustomization\.yaml$/.exec(path)?.[1] ?? [])));
}

function objectsOf(tree: Tree, variant: string): KubernetesObject[] {
  const read = readerOf(tree);
  try {
    return writtenObjects(readLayer(folderOf(variant), read), read);
  } catch (error) {
    // What was committed by hand may be beyond reading: then all that it gets is new.
    if (error instanceof LayerError) return [];
    throw error;
  }
}
