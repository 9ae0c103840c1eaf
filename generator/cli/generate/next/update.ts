/** What an update of registries that the cluster may run already needs. No step replaces what the cluster has in a Secret. */
import type { IngressSpec } from 'kubernetes-types/networking/v1';
import type { ObjectChange, VariantChange } from '../../../changes/index.js';
import type { KubernetesObject } from '../../../model/index.js';
import { findAddress, reserveAddress } from './address.js';
import { applyCommand, type Site } from './commands.js';
import { beforeApplying } from './consequences.js';
import { endCollection } from './collection.js';
import { prepareController } from './controller.js';
import { deliveryFolders, type Goal } from './goal.js';
import { clientSteps } from './install.js';
import { certificateSecret, completeSecret, pullSecrets } from './secret.js';
import type { Step } from './steps.js';

/** A registry that a change is about, in the overlay that is applied. */
export interface Update {
  goal: Goal;
  /** Its objects as they were generated before, and as they are now. */
  before: readonly KubernetesObject[];
  after: readonly KubernetesObject[];
  change: VariantChange;
}

/** Overlays that are named one by one. */
const NAMED = 6;

/** @returns what is to be seen to by hand, apart from bringing the change to the cluster */
export function stepsByHand(site: Site, updates: readonly Update[]): Step[] {
  return [
    ...updates.flatMap(({ goal, change }) => endCollection(goal.settings, change)),
    ...beforeApplying(updates.map(({ change }) => change)),
    ...updates.flatMap(({ goal, before, after }) => [
      ...completeSecret(site, goal, before, after),
      ...certificateSecret(goal, before),
      ...pullSecrets(goal, before),
      ...(hostOf(before) === hostOf(after) ? [] : reserveAddress(goal.settings)),
      ...(classOf(before) === classOf(after) ? [] : prepareController(goal.settings)),
    ]),
  ];
}

/**
 * @param updates that change something in the cluster
 * @param folders of delivery/ that change: who syncs does not sync these
 * @returns the steps that bring the change to the cluster
 */
export function deliverySteps(site: Site, updates: readonly Update[], folders: readonly VariantChange[]): Step[] {
  const isSynced = ({ goal }: Update): boolean => deliveryFolders(site.config, goal.name) !== undefined;
  const byHand = updates.filter((update) => !isSynced(update));
  const commands = byHand.map(({ goal }) => applyCommand(site, goal.folder));
  const leftovers = byHand.flatMap(({ change }) => deletions(change.objects));
  return [
    ...(updates.some(isSynced) || folders.length > 0 ? [pushStep(site)] : []),
    ...(commands.length > 0
      ? [{ what: `Apply the change${more(commands.length - NAMED)}.`, commands: commands.slice(0, NAMED) }]
      : []),
    ...(folders.length > 0
      ? [
          {
            what: `${whenToApply(folders)} what syncs it: nothing else does.`,
            commands: folders.map(({ variant }) => applyCommand(site, variant)),
          },
        ]
      : []),
    ...(leftovers.length > 0
      ? [
          {
            what: 'Once that is rolled out, delete what is no longer generated: `kubectl apply` leaves it in the cluster.',
            commands: leftovers,
          },
        ]
      : []),
  ];
}

/**
 * What syncs a tree may touch the kinds that are in it: what it may touch from now on it does not sync before, and what it may no
 * longer touch it has to prune before.
 */
function whenToApply(folders: readonly VariantChange[]): string {
  if (folders.every(({ state }) => state !== undefined)) return 'Apply';
  const isWider = folders.some(({ objects }) => objects.some((object) => object.class === 'opens-access'));
  return isWider ? 'Without waiting for the sync, which may need it, apply' : 'Once that is synced, apply';
}

function pushStep(site: Site): Step {
  const { argoCd, flux } = site.config.delivery ?? {};
  const isArtifact = flux?.source.type === 'oci' && argoCd === undefined;
  const how = isArtifact ? 'CI makes the artifact that is synced' : 'it is synced from git';
  if (site.push === undefined) return { what: `No overlay is applied by hand: ${how}.`, commands: [] };
  return { what: `Push the change: ${how}.`, commands: [site.push] };
}

function more(count: number): string {
  return count > 0 ? `: these overlays, and ${count} more` : '';
}

/** @returns commands that delete objects which left the tree: none that holds data, or that is kept on purpose */
function deletions(objects: readonly ObjectChange[]): string[] {
  const byNamespace = new Map<string, string[]>();
  for (const { change, class: worst, why, remedy, object } of objects) {
    const isKept = worst === 'safe' && why !== undefined && remedy === undefined;
    if (change !== 'removed' || worst === 'deletes-data' || isKept || object.metadata.namespace === undefined) continue;
    const [group] = object.apiVersion.includes('/') ? object.apiVersion.split('/') : [''];
    const kind = object.kind.toLowerCase() + (group?.includes('.') ? `.${group}` : '');
    const { namespace, name } = object.metadata;
    byNamespace.set(namespace, [...(byNamespace.get(namespace) ?? []), `${kind}/${name}`]);
  }
  return [...byNamespace].map(([namespace, names]) => `kubectl -n ${namespace} delete ${names.join(' ')}`);
}

/** @returns what follows once the change is in the cluster: where a host is new, DNS and clients have to know it */
export function stepsAfter(site: Site, updates: readonly Update[]): Step[] {
  return updates
    .filter(({ before, after }) => hostOf(before) !== hostOf(after))
    .flatMap(({ goal }) => [...findAddress(goal.settings), ...clientSteps(site, goal)]);
}

/** @returns the host of the Ingress among some objects */
export function hostOf(objects: readonly KubernetesObject[]): string | undefined {
  return ingressAmong(objects)?.rules?.[0]?.host;
}

function classOf(objects: readonly KubernetesObject[]): string | undefined {
  return ingressAmong(objects)?.ingressClassName;
}

function ingressAmong(objects: readonly KubernetesObject[]): IngressSpec | undefined {
  const ingress = objects.find(({ kind }) => kind === 'Ingress') as { spec?: IngressSpec } | undefined;
  return ingress?.spec;
}
