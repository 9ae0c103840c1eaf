/** What is to be done after the tree was written: as much as this change needs, and no more. */
import { compareObjects, type VariantChange } from '../../../changes/index.js';
import { folderOf } from '../../../model/index.js';
import { buildVariant, type Plan } from '../../../plan/index.js';
import { isDelivery } from '../../../model/index.js';
import { type Change, MANIFEST } from '../../../tree/index.js';
import { addedFolders, changedVariants, type EarlierTree } from '../../shared/earlier-tree.js';
import { generateCommand, type Site } from './commands.js';
import { consequencesOf } from './consequences.js';
import { appliedVariants, type Goal, goalsAmong, identityOf } from './goal.js';
import { installSteps } from './install.js';
import type { Next, Step } from './steps.js';
import { deliverySteps, hostOf, stepsAfter, stepsByHand, type Update } from './update.js';

export { pushCommand, siteOf } from './commands.js';
export { printFleet } from './fleet.js';
export { type Next, printNext } from './steps.js';

/** Registries that are compared: what nobody reads on for is not worth the time. */
const MOST_REGISTRIES = 12;
/** Overlays that a sentence names. */
const MOST_NAMED = 5;
/** Hosts that are for documentation alone: nobody runs a registry there. See https://www.rfc-editor.org/rfc/rfc2606 */
const RESERVED_HOST = /(^|\.)example(\.(com|net|org))?$/;

/** A file that a change is about. */
type ChangedFile = Pick<Change, 'kind' | 'path'>;

/** What there was before a change. */
export interface Earlier {
  tree: EarlierTree;
  /** Whether there was no tree at all. */
  isNew: boolean;
  /** Files in which it differs from what there is now. */
  changes: readonly ChangedFile[];
}

/** @returns the whole way to the first push, whether anything has changed or not */
export function allSteps(site: Site): Next {
  const steps = wayOf(site, goalsAmong(site.config, appliedVariants(site.config)));
  return { steps, consequences: [], wholeWay: undefined, kind: 'first' };
}

/**
 * @param changes that are about to be written
 * @param tree that is there, before it is replaced
 * @returns the steps that these changes need; none where nothing changes in the cluster
 */
export function nextSteps(plan: Plan, site: Site, changes: readonly Change[], tree: EarlierTree): Next {
  const isNew = changes.some(({ kind, path }) => kind === 'added' && path === MANIFEST);
  return stepsSince(plan, site, { tree, isNew, changes });
}

/** @returns the steps that a change from an earlier tree to that of the plan needs; none where nothing changes in the cluster */
export function stepsSince(plan: Plan, site: Site, { tree, isNew, changes }: Earlier): Next {
  const { config, place } = site;
  if (isNew || getsItsHost(config, tree)) return allSteps(site);
  const added = addedFolders(changes);
  const isThere = (name: string): boolean => !added.has(folderOf(name));
  const goals = goalsAmong(config, changedVariants(plan, changes), isThere).slice(0, MOST_REGISTRIES);
  if (!isReadable(config, tree)) return unreadSteps(site, goals, changedDelivery(plan, tree, changes));
  const updates: Update[] = [];
  const newcomers: Goal[] = [];
  for (const goal of goals) {
    const after = buildVariant(config, goal.name, place.file);
    const before = tree.sameRegistry(after, candidatesFor(config, goal));
    if (before.length === 0) newcomers.push(goal);
    else updates.push({ goal, before, after, change: { variant: goal.name, objects: compareObjects(before, after) } });
  }
  const next = together(plan, site, { tree, changes }, updates, newcomers);
  return { ...next, consequences: [...next.consequences, ...alternativesTo(goals)] };
}

/** Names the overlays that change beside those that are applied. */
function alternativesTo(goals: readonly Goal[]): string[] {
  return goals.flatMap(({ name, alternatives }) => {
    if (alternatives.length === 0) return [];
    const more = alternatives.length - MOST_NAMED;
    const shown = `${alternatives.slice(0, MOST_NAMED).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
    return [
      `${shown}: changed too, with the name and namespace of ${name}. Where that runs instead, apply ${alternatives.length > 1 ? 'its overlay' : folderOf(alternatives[0]!)}; \`npm run diff\` shows what changes there.`,
    ];
  });
}

/** @returns variants that may have had the registry of a goal on disk: itself, and those that have it now */
function candidatesFor(config: Plan['config'], { name, settings }: Goal): string[] {
  const others = config.overlays.filter((overlay) => identityOf(overlay.settings) === identityOf(settings));
  return [...new Set([name, ...others.map((overlay) => overlay.name), 'base'])];
}

function together(
  plan: Plan,
  site: Site,
  { tree, changes }: Omit<Earlier, 'isNew'>,
  updates: readonly Update[],
  newcomers: readonly Goal[],
): Next {
  const folders = changedDelivery(plan, tree, changes);
  const gone = goneRegistries(plan, tree, changes);
  const changed = updates.filter(({ change }) => change.objects.length > 0);
  const byHand = stepsByHand(site, changed);
  const after = stepsAfter(site, changed);
  const moved = newcomers.flatMap((goal) => movedFrom(tree, goal));
  const kept = folders.filter(({ state }) => state !== 'removed');
  const consequences = consequencesOf([...changed.map(({ change }) => change), ...kept]);
  return {
    steps: [...byHand, ...deliverySteps(site, changed, kept), ...after, ...wayOf(site, newcomers)],
    consequences: [...consequences, ...moved, ...gone, ...goneDelivery(folders)],
    wholeWay: newcomers.length > 0 ? undefined : generateCommand(site, '--steps'),
    kind: newcomers.length > 0 ? 'first' : byHand.length + after.length > 0 ? 'by-hand' : 'routine',
  };
}

/** Whether some layer of the earlier tree has a registry: what was edited beyond reading has none. */
function isReadable(config: Plan['config'], tree: EarlierTree): boolean {
  const runs = (variant: string): boolean => tree.objectsOf(variant).some(({ kind }) => kind === 'Deployment');
  return [...config.overlays.map(({ name }) => name), 'base'].some(runs);
}

/** @returns steps for a tree that could not be compared: the cluster may have its registries all the same */
function unreadSteps(site: Site, goals: readonly Goal[], folders: readonly VariantChange[]): Next {
  const updates = goals.map((goal): Update => ({
    goal,
    before: [],
    after: [],
    change: { variant: goal.name, objects: [] },
  }));
  return {
    steps: deliverySteps(
      site,
      updates,
      folders.filter(({ state }) => state !== 'removed'),
    ),
    consequences: ['The tree that was there could not be read, so this is not known.'],
    wholeWay: generateCommand(site, '--steps'),
    kind: 'by-hand',
  };
}

/** @returns the way of the first of some registries, and which others need the same */
function wayOf(site: Site, [goal, ...others]: readonly Goal[]): Step[] {
  if (!goal) return [];
  const names = others.slice(0, MOST_REGISTRIES).map(({ name, settings }) => `${name} (${identityOf(settings)})`);
  return [
    ...installSteps(site, goal),
    ...(names.length > 0 ? [{ what: `The same for the other registries: ${names.join(', ')}.`, commands: [] }] : []),
  ];
}

/** Whether the tree of a clone, or of `init`, gets the first host that a registry can run at. */
function getsItsHost({ overlays }: Plan['config'], tree: EarlierTree): boolean {
  const some = overlays.filter(({ settings }) => settings.ingress.type !== 'none').slice(0, MOST_REGISTRIES);
  if (some.every(({ settings }) => RESERVED_HOST.test(settings.host))) return false;
  // Reading the tree takes longer than all else of a run, and mostly the first host decides.
  let isThere = false;
  for (const { name } of some) {
    const host = hostOf(tree.objectsOf(name));
    if (host === undefined) continue;
    if (!RESERVED_HOST.test(host)) return false;
    isThere = true;
  }
  return isThere;
}

/** A registry of another name or namespace is another one for the cluster. */
function movedFrom(tree: EarlierTree, { name, settings }: Goal): string[] {
  const was = tree.objectsOf(name).find(({ kind }) => kind === 'Deployment')?.metadata;
  if (!was || was.namespace === undefined) return [];
  return [
    `${name} moves from ${was.namespace}/${was.name} to ${identityOf(settings)}: for the cluster that is another registry, without the images of a volume and without users.`,
    '  The old one stays until it is deleted; docs/how-to/uninstall.md shows how to keep its images.',
  ];
}

/** @returns what changes in the folders of the delivery */
function changedDelivery(plan: Plan, tree: EarlierTree, changes: readonly ChangedFile[]): VariantChange[] {
  const folders = new Set(
    changes.flatMap(({ path }) => (isDelivery(path) ? path.slice(0, path.lastIndexOf('/')) : [])),
  );
  return [...folders].map((variant): VariantChange => {
    const before = tree.objectsOf(variant);
    const after = plan.delivery.find(({ folder }) => folder === variant)?.objects.map(({ object }) => object);
    if (!after) return { variant, state: 'removed', objects: [] };
    if (before.length === 0) return { variant, state: 'added', objects: [] };
    return { variant, objects: compareObjects(before, after) };
  });
}

function goneDelivery(folders: readonly VariantChange[]): string[] {
  return folders
    .filter(({ state }) => state === 'removed')
    .map(
      ({ variant }) =>
        `${variant} is gone: its objects stay in the cluster until they are deleted (docs/how-to/uninstall.md).`,
    );
}

/** @returns registries that no overlay has any more: nothing but a sync that prunes takes them away */
function goneRegistries({ config }: Plan, tree: EarlierTree, changes: readonly ChangedFile[]): string[] {
  const known = new Set([config.base, ...config.overlays.map(({ settings }) => settings)].map(identityOf));
  const names = changes.flatMap(({ kind, path }) =>
    kind === 'removed' ? (/^overlays\/([^/]+)\/kustomization\.yaml$/.exec(path)?.[1] ?? []) : [],
  );
  return names.slice(0, MOST_REGISTRIES).flatMap((name) => {
    const was = tree.objectsOf(name).find(({ kind }) => kind === 'Deployment')?.metadata;
    if (!was || known.has(`${was.namespace}/${was.name}`)) return [];
    return [
      `${folderOf(name)} is gone: where it was applied, the registry ${was.namespace}/${was.name} stays until it is deleted (docs/how-to/uninstall.md).`,
    ];
  });
}
