/** What a change of registry.yaml asks of objects that the cluster may have already, and cannot be done to them. */
import { identity, immutableErrors } from '../../checks/index.js';
import { buildVariant, type Plan, type VariantFinding, variantNames } from '../../plan/index.js';
import { folderOf } from '../../model/index.js';
import type { Change } from '../../tree/index.js';
import { addedFolders, changedFolders, type EarlierTree } from './earlier-tree.js';

/** Variants that are looked at: what nobody reads on for is not worth the time. */
const MOST_VARIANTS = 30;
const HINT =
  'Where the registry runs already, the API server refuses this: make the object anew by hand (of a claim, move the images first), or take the change back; where it does not run yet, there is nothing to do.';

/**
 * Compares what is about to be written with the tree that is on disk still, which is what the cluster has.
 *
 * @param tree that is on disk
 * @param changes between the two
 * @returns fields that cannot be changed in place, and are
 */
export function changesInPlace(
  plan: Plan,
  file: string,
  tree: EarlierTree,
  changes: readonly Change[],
): VariantFinding[] {
  const added = addedFolders(changes);
  const changed = changedFolders(changes);
  const variants = variantNames(plan.config).filter(
    (variant) => changed.has(folderOf(variant)) && !added.has(folderOf(variant)),
  );
  const found = new Map<string, VariantFinding>();
  for (const variant of variants.slice(0, MOST_VARIANTS)) {
    const before = new Map(tree.objectsOf(variant).map((object) => [identity(object), object]));
    for (const object of buildVariant(plan.config, variant, file)) {
      const previous = before.get(identity(object));
      if (!previous) continue;
      for (const { path, message } of immutableErrors(object, previous)) {
        // What all inherit is reported once.
        const key = JSON.stringify([object.kind, object.metadata.name, path, message]);
        const known = found.get(key);
        if (known) known.others++;
        else
          found.set(key, {
            rule: 'immutable-field',
            severity: 'warning',
            object,
            path,
            message,
            ...(found.size === 0 ? { hint: HINT } : {}),
            variant,
            others: 0,
            previous,
          });
      }
    }
  }
  return [...found.values()];
}
