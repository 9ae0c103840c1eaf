/** The message of a commit, in the cluster's terms. */
import { basename } from 'node:path';
import { compareObjects, isOverlay, summarize, reportedVariants, type VariantChange } from '../../changes/index.js';
import { FileTree, type Known, LayerError } from '../../manifests/index.js';
import type { KubernetesObject } from '../../model/index.js';
import { messageOf } from '../../publish/index.js';

/** The files of a tree: path below base/, overlays/ and delivery/ -> text. */
export type Tree = ReadonlyMap<string, string>;

/**
 * @param before as the commit has it on which the new one is made; empty: there was no tree
 * @param after as it is committed
 * @param file registry.yaml, as it is shown to the user
 * @param known saves parsing the trees
 * @returns the message: a subject of 72 characters at most and, where there is more to say, a body
 */
export function commitMessage(before: Tree, after: Tree, file: string, known?: Known): string {
  const [old, now] = [new FileTree(before, known), new FileTree(after, known)];
  const overlays = now.variants.filter(isOverlay);
  if (old.variants.length === 0) {
    const count = overlays.length === 1 ? 'the overlay ' + overlays[0] : `${overlays.length} overlays`;
    return (
      messageOf(`Add the registry${overlays.length === 0 ? '' : ` with ${count}`}`) +
      (overlays.length > 1 ? `\n${overlays.map((name) => `- ${name}\n`).join('')}` : '')
    );
  }
  const summary = summarize(changesOf(old, now));
  if (summary !== '') return messageOf(summary);
  const same = before.size === after.size && [...after].every(([path, text]) => before.get(path) === text);
  return messageOf(
    same ? `${basename(file)}: nothing changes in the cluster` : 'Write the tree anew: nothing changes in the cluster',
  );
}

/** A registry of a fleet, as the commit has it on which the new one is made, and as it is committed. */
export interface Member {
  name: string;
  before: Tree;
  after: Tree;
  /** Saves parsing the trees. */
  known?: Known;
}

/** @returns the message about several registries, as `commitMessage` gives it of one: what all of them share is said once */
export function fleetMessage(members: readonly Member[]): string {
  const changes: VariantChange[] = [];
  const added: string[] = [];
  for (const { name, before, after, known } of members) {
    const old = new FileTree(before, known);
    if (old.variants.length === 0) added.push(name);
    else
      for (const change of changesOf(old, new FileTree(after, known)))
        changes.push({ ...change, variant: change.variant === 'base' ? name : `${name} ${change.variant}` });
  }
  const parts = [summarize(changes), added.length === 0 ? '' : `${added.join(', ')}: new registry`].filter(Boolean);
  return messageOf(parts.length === 0 ? 'Write the trees anew: nothing changes in the cluster' : parts.join('; '));
}

function changesOf(before: FileTree, after: FileTree): VariantChange[] {
  const all = [...new Set([...after.variants, ...before.variants])];
  return reportedVariants(all).map((variant): VariantChange => {
    const state = !before.variants.includes(variant)
      ? 'added'
      : !after.variants.includes(variant)
        ? 'removed'
        : undefined;
    const same = state === undefined && before.fingerprintOf(variant) === after.fingerprintOf(variant);
    return {
      variant,
      ...(state && { state }),
      objects: state || same ? [] : compareObjects(objectsOf(before, variant), objectsOf(after, variant)),
    };
  });
}

function objectsOf(tree: FileTree, variant: string): KubernetesObject[] {
  try {
    return tree.objectsOf(variant);
  } catch (error) {
    // What was committed by hand may be beyond reading: then all that it gets is new.
    if (error instanceof LayerError) return [];
    throw error;
  }
}
