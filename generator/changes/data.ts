/** Changes after which something is gone, or is not found any more. */
import { collectionOf, isDryRun, valueAt } from '../checks/index.js';
import { type KubernetesObject, podSpecOf } from '../model/index.js';
import { type Fields, type Judge, type Judgement, pathText, WORKLOADS } from './judgement.js';
import { settingOf } from './settings.js';

const deletes = (why: string, remedy?: string): Judgement => ({
  class: 'deletes-data',
  why,
  ...(remedy ? { remedy } : {}),
});

const ELSEWHERE =
  'the registry looks for its images elsewhere: those that it has are not served any more, until they are copied';
const READ_TAGS =
  'read first in the log of a collection with gc.retention.dryRun: true which tags go, and why: retention (dry run) would remove';
const READ_LOG = 'read first in the log of the last one what goes: to be removed';
const COPY = 'copy the images first, or take the change back';

/** Annotations by which Argo CD, Flux and Helm leave an object where it is. */
const KEEPING: [string, RegExp][] = [
  ['argocd.argoproj.io/sync-options', /\bPrune=false\b/],
  ['kustomize.toolkit.fluxcd.io/prune', /^disabled$/],
  ['helm.sh/resource-policy', /^keep$/],
];

/** What goes with an object that is taken away. @param after what the cluster has then */
export function deletesByRemoving(object: KubernetesObject, after: readonly KubernetesObject[]): Judgement | undefined {
  const spec = (object as Fields)['spec'] as Fields | undefined;
  const keeps = KEEPING.filter(([name, pattern]) => pattern.test(object.metadata.annotations?.[name] ?? '')).map(
    ([name]) => name,
  );
  if (keeps.length > 0) {
    if (object.kind === 'PersistentVolumeClaim' && after.some(({ kind }) => WORKLOADS.has(kind)))
      return deletes(`the claim stays in the cluster, but ${ELSEWHERE}`, COPY);
    return { class: 'safe', why: `it stays in the cluster (${keeps.join(', ')})` };
  }
  switch (object.kind) {
    case 'PersistentVolumeClaim':
      return deletes(
        'a sync that prunes deletes the claim, and with it the images, unless its volume is retained',
        'keep the volume first: kubectl patch pv VOLUME -p \'{"spec":{"persistentVolumeReclaimPolicy":"Retain"}}\'',
      );
    case 'PersistentVolume':
      return deletes(
        'the claim that is bound to it loses its volume',
        'see that its reclaim policy is Retain, and that no claim uses it',
      );
    case 'Namespace':
      return deletes(
        'everything in the namespace goes with it, claims and Secrets too',
        'set createNamespace: false only after the namespace is kept by something else',
      );
    case 'CustomResourceDefinition':
      return deletes('all objects of the kind go with it');
    case 'Secret':
    case 'SealedSecret':
    case 'ExternalSecret':
      return deletes('logins and passwords go with it');
    case 'StatefulSet':
      return spec?.['persistentVolumeClaimRetentionPolicy']?.whenDeleted === 'Delete' &&
        spec['volumeClaimTemplates']?.length > 0
        ? deletes('its claims go with it')
        : undefined;
    case 'CronJob':
      return recovers(object) && after.some(({ kind }) => WORKLOADS.has(kind))
        ? {
            class: 'safe',
            why: 'while a collection is in progress, the registry would stay read-only',
            remedy: 'see first that none is: docs/how-to/operations.md, "A push answers 405"',
          }
        : undefined;
    default:
      return undefined;
  }
}

/** A new job that removes something of a registry that was there. @param before what the cluster had */
export function deletesByAdding(object: KubernetesObject, before: readonly KubernetesObject[]): Judgement | undefined {
  const wasThere = before.some(
    ({ kind, metadata }) => WORKLOADS.has(kind) && metadata.namespace === object.metadata.namespace,
  );
  return wasThere && collects(object) ? deletes('a collection removes the layers that no image uses') : undefined;
}

/** Whether an object's pods run the registry's collector for good. */
function collects(object: KubernetesObject): boolean {
  return (podSpecOf(object)?.containers ?? []).some(
    (container) => wordsOf(container).includes('garbage-collect') && !isDryRun(container),
  );
}

function wordsOf({ command = [], args = [] }: { command?: string[]; args?: string[] }): string[] {
  return [...command, ...args];
}

/** Whether an object's pods make the registry take writes again after a collection that was cut short. */
function recovers(object: KubernetesObject): boolean {
  return (podSpecOf(object)?.containers ?? []).some((container) => collectionOf(container)?.task === 'recover');
}

/** The file by which collections remove tags: generator/features/gc. */
const RETENTION = 'retention.json';

/** Whether an object's pods remove tags, and not only report them. */
function expires(object: KubernetesObject): boolean {
  return (
    collects(object) &&
    (podSpecOf(object)?.containers ?? []).some((container) => {
      const words = wordsOf(container);
      return words.includes('--retention') && !words.includes('--retention-dry-run');
    })
  );
}

/** @returns what is gone after a change of the object as a whole. @param readers objects whose pods mount it then */
export function deletesMore(
  before: KubernetesObject,
  after: KubernetesObject,
  readers: readonly KubernetesObject[],
): Judgement | undefined {
  const rules = (object: KubernetesObject): unknown => (object as Fields)['data']?.[RETENTION];
  if (rules(before) !== rules(after) && rules(after) !== undefined && readers.some(expires))
    return deletes('collections remove other tags from now on', READ_TAGS);
  if (expires(after) && !expires(before))
    return deletes('collections remove tags by the rules of retention', READ_TAGS);
  if (collects(after) && !collects(before))
    return deletes('collections remove from now on what they only listed', READ_LOG);
  const words = (object: KubernetesObject): string =>
    JSON.stringify((podSpecOf(object)?.containers ?? []).map(({ command = [], args = [] }) => [command, args]));
  const untagged = /"(--delete-untagged|-m)(=true)?"/;
  if (collects(after) && untagged.test(words(after)) && !untagged.test(words(before)))
    return deletes('collections remove manifests without a tag too');
  const suspended = (object: KubernetesObject): boolean => (object as Fields)['spec']?.suspend === true;
  if (collects(after) && suspended(before) && !suspended(after)) return deletes('collections run again');
  return undefined;
}

/** Settings of the registry that say where the images are. */
const PLACE =
  /^storage(\/(filesystem|s3|gcs|azure|swift|oss|inmemory)(\/(rootdirectory|bucket|region|regionendpoint|container|accountname|prefix))?)?$/;

/** The one value of a field by which Argo CD and Flux leave the registry where it is when the object that syncs it is deleted. */
const STAYS: Record<string, { path: string[]; value: unknown }> = {
  ApplicationSet: { path: ['spec', 'syncPolicy', 'preserveResourcesOnDeletion'], value: true },
  Kustomization: { path: ['spec', 'deletionPolicy'], value: 'Orphan' },
};

/** @returns what a single field takes away. */
export const deletesByField: Judge = (difference, object, was) => {
  const { kind } = object;
  const text = pathText(difference);
  const { before, after } = difference;
  if (PLACE.test(settingOf(difference, object)?.path ?? '')) return deletes(ELSEWHERE, COPY);
  if (
    /\/volumes\/\d+(\/persistentVolumeClaim(\/claimName)?|\/nfs.*|\/hostPath.*)?$/.test(text) &&
    before !== undefined &&
    isStorage(before)
  )
    return deletes(ELSEWHERE, COPY);
  if (kind === 'PersistentVolume' && text === 'spec/persistentVolumeReclaimPolicy' && after === 'Delete')
    return deletes('the images go with the claim from now on');
  if (goesFromNowOn(text, object, was)) return deletes('the registry goes with it from now on');
  if (
    kind === 'StatefulSet' &&
    text.startsWith('spec/persistentVolumeClaimRetentionPolicy') &&
    JSON.stringify(after ?? '').includes('Delete')
  )
    return deletes('claims go with the StatefulSet or its pods from now on');
  return undefined;
};

/** Whether a field, or one that comes or goes with it, lets the registry go. @param text its path */
function goesFromNowOn(text: string, object: KubernetesObject, was: KubernetesObject): boolean {
  const stays = STAYS[object.kind];
  if (!stays || !`${stays.path.join('/')}/`.startsWith(`${text}/`)) return false;
  const [before, after] = [valueAt(was, stays.path), valueAt(object, stays.path)];
  return before !== after && after !== stays.value;
}

/** Whether what a volume was can hold images; a ConfigMap, a Secret or an emptyDir cannot. */
function isStorage(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return true;
  return ['persistentVolumeClaim', 'nfs', 'hostPath', 'claimName', 'server', 'path', 'csi'].some(
    (field) => field in value,
  );
}
