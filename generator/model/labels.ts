import type { LabelSelector, ObjectMeta } from 'kubernetes-types/meta/v1';
import type { Settings } from '../config/index.js';
import { isNamespaced } from './object.js';

/** The parts of a registry: each has its own pods. */
export type Component = 'registry' | 'redis' | 'garbage-collector' | 'gc-recover';

type Named = Pick<Settings, 'name' | 'namespace'>;

/** @returns the labels by which a component's pods are selected. They are immutable in a Deployment: never add one. */
export function selectorLabels({ name }: Named, component: Component): Record<string, string> {
  return {
    'app.kubernetes.io/name': 'registry',
    'app.kubernetes.io/instance': name,
    'app.kubernetes.io/component': component,
  };
}

/** @returns a selector for a component's pods. */
export function selectorOf(settings: Named, component: Component): LabelSelector {
  return { matchLabels: selectorLabels(settings, component) };
}

/**
 * @param suffix what follows the registry's name in the object's name
 * @returns metadata with name, namespace and the recommended labels
 * @see https://kubernetes.io/docs/concepts/overview/working-with-objects/common-labels/
 */
export function metadata(
  settings: Named,
  kind: string,
  component: Component,
  suffix = '',
): ObjectMeta & { name: string; labels: Record<string, string> } {
  return {
    name: suffix ? `${settings.name}-${suffix}` : settings.name,
    ...(isNamespaced({ kind }) ? { namespace: settings.namespace } : {}),
    labels: selectorLabels(settings, component),
  };
}
