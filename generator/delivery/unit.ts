import type { Settings } from '../config/index.js';
import type { External, KubernetesObject } from '../model/index.js';

/** A variant that is delivered: its settings, and the objects that its folder builds. */
export interface Delivered {
  /** base, or an overlay's name. */
  variant: string;
  /** Folder in the tree. */
  folder: string;
  settings: Settings;
  objects: readonly KubernetesObject[];
}

/** A folder of objects that are applied by themselves, with `kubectl apply -k`. */
export interface DeliveryFolder {
  /** Such as delivery/argo-cd. */
  folder: string;
  objects: { file: string; object: KubernetesObject }[];
  /** Files that kubectl is to be given apart: what stands in them is no object of ours. */
  patches: { file: string; patch: object }[];
  /** Objects that the cluster has from elsewhere, and these rely on. */
  externals: External[];
}

/** @returns the group of an apiVersion; empty for the core. */
export function groupOf(apiVersion: string): string {
  return apiVersion.includes('/') ? apiVersion.split('/')[0]! : '';
}

/** @returns the distinct values of a list, in the order of their keys. */
export function distinct<T>(items: readonly T[], key: (item: T) => string): T[] {
  return [...new Map(items.map((item) => [key(item), item])).entries()]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, item]) => item);
}

/** @returns the path of a folder of the tree in the repository, or in the artifact. */
export function pathIn(path: string, folder: string): string {
  return path ? `${path}/${folder}` : folder;
}
