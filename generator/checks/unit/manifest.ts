/** Objects as rules read them: any fields, of which the types are right already. */
import type { KubernetesObject } from '../../model/index.js';

/** Any fields. */
export type Fields = Record<string, any>;

/** An object, with its fields. */
export type Manifest = KubernetesObject & Fields;

/** @returns the group of an apiVersion; empty for the core group. */
export function groupOf(apiVersion: string): string {
  return apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '';
}

export function namespaceOf({ metadata }: KubernetesObject): string {
  return metadata.namespace ?? '';
}

/** @returns the Service that a name of the cluster's DNS means: registry, registry.images.svc, registry.images.svc.cluster.local. */
export function serviceAt(host: unknown, namespace: string): { name: string; namespace: string } | undefined {
  const [, name, other, svc] = /^([^.]+)(?:\.([^.]+)(\.svc(?:\..+)?)?)?$/.exec(String(host ?? '')) ?? [];
  if (name === undefined) return undefined;
  if (other === undefined) return { name, namespace };
  // registry.example may be a host of the internet's.
  return svc !== undefined || other === namespace ? { name, namespace: other } : undefined;
}
