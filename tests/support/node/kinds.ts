/** Kinds that a cluster without their controllers has to be told of, so that it takes their objects. */
import type { KubernetesObject } from '../../../generator/model/index.js';

export const isOfGke = ({ apiVersion }: KubernetesObject): boolean => /\.gke\.io\/|\.google\.com\//.test(apiVersion);

/** @returns a definition under which the API server takes objects of this kind, whatever is in them */
export function definitionOf({ apiVersion, kind }: Pick<KubernetesObject, 'apiVersion' | 'kind'>): object {
  const [group, version] = apiVersion.split('/') as [string, string];
  const plural = `${kind.toLowerCase()}s`;
  const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      scope: 'Namespaced',
      names: { kind, plural },
      versions: [{ name: version, served: true, storage: true, schema }],
    },
  };
}
