import type { ArgoCd, Delivery } from '../config/index.js';
import { explain, type KubernetesObject } from '../model/index.js';
import { ownedByCollection } from './collection.js';
import { healthPatch } from './health.js';
import { appProject } from './project.js';
import { type Delivered, type DeliveryFolder, pathIn } from './unit.js';

/** What stands for a cluster's name in an ApplicationSet. */
const CLUSTER = '{{ .cluster }}';

/**
 * Argo CD's objects: the AppProject, and for each delivered overlay an Application, or where several clusters run it an
 * ApplicationSet.
 *
 * @param delivered by variant: at least those that the Applications name
 */
export function argoCdFolder(
  delivery: Delivery,
  argoCd: ArgoCd,
  delivered: ReadonlyMap<string, Delivered>,
): DeliveryFolder {
  const applications = argoCd.applications.map(({ overlay, clusters }) => {
    const one = delivered.get(overlay)!;
    return clusters.length === 1
      ? { file: `${overlay}-application.yaml`, object: application(delivery, argoCd, one, clusters[0]!) }
      : { file: `${overlay}-applicationset.yaml`, object: applicationSet(delivery, argoCd, one, clusters) };
  });
  const health = healthPatch(argoCd.applications.flatMap(({ overlay }) => delivered.get(overlay)!.objects));
  return {
    folder: 'delivery/argo-cd',
    objects: [{ file: 'appproject.yaml', object: appProject(delivery, argoCd, delivered) }, ...applications],
    patches: health ? [{ file: 'argocd-cm-patch.yaml', patch: health }] : [],
    externals: [],
  };
}

function application(delivery: Delivery, { namespace }: ArgoCd, one: Delivered, cluster: string): KubernetesObject {
  return {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Application',
    metadata: explain(
      { name: `${delivery.name}-${one.variant}`, namespace },
      { name: 'It has no finalizer: where it is deleted, the registry stays.' },
    ),
    spec: applicationSpec(delivery, one, cluster),
  } as KubernetesObject;
}

function applicationSet(
  delivery: Delivery,
  { namespace }: ArgoCd,
  one: Delivered,
  clusters: string[],
): KubernetesObject {
  const name = `${delivery.name}-${one.variant}`;
  return {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'ApplicationSet',
    metadata: { name, namespace },
    spec: {
      goTemplate: true,
      goTemplateOptions: ['missingkey=error'],
      generators: [{ list: { elements: clusters.map((cluster) => ({ cluster })) } }],
      syncPolicy: explain(
        { preserveResourcesOnDeletion: true },
        { preserveResourcesOnDeletion: 'Where this is deleted, or a cluster leaves the list, the registry stays.' },
      ),
      template: { metadata: { name: `${name}-${CLUSTER}` }, spec: applicationSpec(delivery, one, CLUSTER) },
    },
  } as KubernetesObject;
}

/** @see https://argo-cd.readthedocs.io/en/stable/user-guide/sync-options/ */
function applicationSpec(
  { name, repository, branch, path }: Delivery,
  { settings, folder }: Delivered,
  cluster: string,
): object {
  const owned = ownedByCollection(settings);
  const syncPolicy = explain(
    {
      automated: { prune: true, selfHeal: true },
      syncOptions: ['ServerSideApply=true', 'PruneLast=true', 'FailOnSharedResource=true'],
      retry: { limit: 10, backoff: { duration: '30s', factor: 2, maxDuration: '5m' } },
    },
    {
      syncOptions:
        'ServerSideApply: fields that others own are left to them. PruneLast: a ConfigMap of old goes once no pod needs it. FailOnSharedResource: two Applications never take turns at one registry.',
      retry: 'The Secret, or a controller of the cluster, may come later.',
    },
  );
  return explain(
    {
      project: name,
      source: { repoURL: repository, targetRevision: branch, path: pathIn(path, folder) },
      destination: { name: cluster, namespace: settings.namespace },
      syncPolicy,
      ...(owned.length > 0 ? { ignoreDifferences: owned } : {}),
    },
    {
      ignoreDifferences:
        'What a collection of garbage sets while it runs, and nothing else. No RespectIgnoreDifferences: it would make Argo CD an owner of these, so a sync in the wrong moment would refuse writes again.',
    },
  );
}
