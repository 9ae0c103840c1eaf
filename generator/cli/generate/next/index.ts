/** What is to be done after the tree was written: as much as this change needs, and no more. */
import { compareObjects, type VariantChange } from '../../../changes/index.js';
import { buildVariant, isDelivery, type Plan } from '../../../plan/plan.js';
import { type Change, MANIFEST } from '../../../tree/index.js';
import { colours } from '../../shared/colours.js';
import { changedVariants, TreeOnDisk } from '../../shared/tree-on-disk.js';
import { type Goal, preferredGoal } from './goal.js';
import { installSteps, type Step } from './install.js';
import { consequences, updateSteps } from './update.js';

/** Overlays that are compared: what nobody reads on for is not worth the time. */
const MOST_OVERLAYS = 30;

/** What is to be printed once the tree is written. */
export type Next = () => void;

/**
 * Looks at the tree that is there, before it is replaced.
 *
 * @param changes that are about to be written
 * @returns what prints the steps
 */
export function nextSteps(plan: Plan, root: string, file: string, changes: readonly Change[]): Next {
  const { config } = plan;
  const disk = new TreeOnDisk(root);
  const isNew = changes.some(({ kind, path }) => kind === 'added' && path === MANIFEST);
  const names = changedVariants(plan, changes).slice(0, MOST_OVERLAYS);
  const overlays = config.overlays.map(({ name }) => name);
  const goal = preferredGoal(config, new Set(names));
  const after = buildVariant(config, goal.name, file);
  // What is new may be a variant of a registry that runs already.
  const before = isNew ? [] : disk.sameRegistry(after, [goal.name, ...overlays.toReversed(), 'base']);
  const written = changes.map(({ path }) => path);
  const runs = (variant: string): boolean => disk.objectsOf(variant).some(({ kind }) => kind === 'Deployment');
  if (!isNew && ![...overlays, 'base'].some(runs)) {
    // It was edited beyond reading: the cluster may have a registry all the same.
    const steps = updateSteps(config, goal, { before: after, after }, root, file, written);
    return () => print(steps, ['The tree on disk could not be read, so this is not known.'], goal);
  }
  if (before.length === 0) return () => print(installSteps(config, goal, root, file));
  const compared = names.map((variant): VariantChange => {
    const old = disk.objectsOf(variant);
    if (old.length === 0) return { variant, state: 'added', objects: [] };
    return { variant, objects: compareObjects(old, buildVariant(config, variant, file)) };
  });
  const lines = consequences(compared, goal.name);
  const isIdle = lines.length === 1 && !written.some((path) => isDelivery(path));
  const steps = isIdle ? [] : updateSteps(config, goal, { before, after }, root, file, written);
  return () => print(steps, lines, goal);
}

function print(steps: readonly Step[], lines: readonly string[] = [], goal?: Goal): void {
  console.log(`\n${colours.bold('Next')}`);
  for (const [index, { what, commands }] of steps.entries()) {
    console.log(`  ${steps.length > 1 ? `${index + 1}. ` : ''}${what}`);
    for (const command of commands) console.log(`       ${command}`);
  }
  if (lines.length === 0) return;
  console.log(
    `  ${goal && steps.length > 0 ? `What changes in the cluster, with ${goal.name}:` : 'What changes in the cluster:'}`,
  );
  for (const line of lines) console.log(`       ${line}`);
}
