import type { ArgoCd, Delivery } from '../config/index.js';
import { explain, isNamespaced, type KubernetesObject } from '../model/index.js';
import { type Delivered, distinct, groupOf } from './unit.js';

/**
 * The AppProject: what its Applications may touch, which is what the delivered overlays hold and nothing else.
 *
 * @see https://argo-cd.readthedocs.io/en/stable/user-guide/projects/
 */
export function appProject(
  { name, repository }: Delivery,
  { namespace, applications }: ArgoCd,
  delivered: ReadonlyMap<string, Delivered>,
): KubernetesObject {
  const objects = applications.flatMap(({ overlay }) => delivered.get(overlay)!.objects);
  const destinations = applications.flatMap(({ overlay, clusters }) =>
    clusters.map((cluster) => ({ name: cluster, namespace: delivered.get(overlay)!.settings.namespace })),
  );
  const clusterKinds = objects
    .filter((object) => !isNamespaced(object))
    .map(({ apiVersion, kind, metadata }) => ({ group: groupOf(apiVersion), kind, name: metadata.name }));
  const kinds = objects.filter(isNamespaced).map(({ apiVersion, kind }) => ({ group: groupOf(apiVersion), kind }));
  return {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'AppProject',
    metadata: explain(
      { name, namespace, annotations: { 'argocd.argoproj.io/sync-wave': '-1' } },
      {
        annotations:
          'Where Argo CD applies this folder too: the project comes before its Applications, and goes after them.',
      },
    ),
    spec: explain(
      {
        description: 'A container registry, and nothing else',
        sourceRepos: [repository],
        destinations: distinct(destinations, ({ name, namespace }) => `${name} ${namespace}`),
        clusterResourceWhitelist: distinct(clusterKinds, ({ group, kind, name }) => `${group} ${kind} ${name}`),
        namespaceResourceWhitelist: distinct(kinds, ({ group, kind }) => `${group} ${kind}`),
      },
      {
        clusterResourceWhitelist: 'Of what belongs to the whole cluster, these very objects.',
        namespaceResourceWhitelist:
          'The kinds that the tree holds. Before a kind leaves it, let Argo CD prune its last object, then apply this.',
      },
    ),
  } as KubernetesObject;
}
