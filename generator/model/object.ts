import type { ObjectMeta } from 'kubernetes-types/meta/v1';

/** Any Kubernetes object, as far as this program needs to know it. */
export interface KubernetesObject {
  apiVersion: string;
  kind: string;
  metadata: ObjectMeta & { name: string };
}

/** Typed objects from kubernetes-types leave apiVersion, kind and the name optional; a model never does. */
export type Complete<T> = T & KubernetesObject;

/** Kinds of ours that belong to no namespace. */
const CLUSTER_SCOPED = new Set(['Namespace', 'PersistentVolume']);

/** @returns whether objects of this kind live in a namespace. */
export function isNamespaced({ kind }: Pick<KubernetesObject, 'kind'>): boolean {
  return !CLUSTER_SCOPED.has(kind);
}

/** @returns what the API calls objects of a kind in its paths and in roles: by the rule that all kinds of ours follow. */
export function pluralOf(kind: string): string {
  const lower = kind.toLowerCase();
  return /(s|x|ch)$/.test(lower) ? `${lower}es` : lower.replace(/([^aeiou])y$/, '$1ie').concat('s');
}
