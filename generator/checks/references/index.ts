/** Every reference from one object of a unit to another. */
import type { Path } from '../finding.js';
import { namespaceOf } from '../unit/manifest.js';
import type { View } from '../unit/view.js';
import { ofObjects } from './objects.js';
import { ofOperators } from './operators.js';
import { collectContainer, collectPod } from './pods.js';
import type { Collector, Reference } from './reference.js';
import { ofRoutes } from './routes.js';

export type { Reference } from './reference.js';
export { providedBy } from './provided.js';

/** Kinds of the whole cluster. */
const CLUSTER_KINDS = new Set([
  'ClusterIssuer',
  'IngressClass',
  'StorageClass',
  'PriorityClass',
  'RuntimeClass',
  'PersistentVolume',
  'ClusterRole',
  'GatewayClass',
  'ClusterSecretStore',
]);
/** Names that every cluster has. */
const BUILT_IN: Record<string, RegExp> = {
  ServiceAccount: /^default$/,
  PriorityClass: /^system-(node|cluster)-critical$/,
  ClusterRole: /^(system:.*|cluster-admin|admin|edit|view)$/,
  ConfigMap: /^kube-root-ca\.crt$/,
  AppProject: /^default$/,
};

const COLLECTORS: Record<string, Collector> = { ...ofObjects, ...ofRoutes, ...ofOperators };

/** @returns all references, those that may stay empty (optional: true) left out. */
export function referencesOf(view: View): Reference[] {
  const found: Reference[] = [];
  for (const object of view.objects) {
    const add = (
      kinds: string | string[],
      name: unknown,
      path: Path,
      more: { namespace?: unknown; keys?: Reference['keys'] } = {},
    ): void => {
      const list = [kinds].flat();
      if (typeof name !== 'string' || name === '' || BUILT_IN[list[0]!]?.test(name)) return;
      const namespace = CLUSTER_KINDS.has(list[0]!)
        ? ''
        : typeof more.namespace === 'string' && more.namespace
          ? more.namespace
          : namespaceOf(object);
      found.push({ from: object, path, kinds: list, name, namespace, keys: more.keys ?? [] });
    };
    COLLECTORS[object.kind]?.(object, add);
  }
  for (const { object, pod, path, containers } of view.workloads) {
    const add = (kind: string, name: unknown, at: Path, keys: Reference['keys'] = []): void => {
      if (typeof name !== 'string' || name === '' || BUILT_IN[kind]?.test(name)) return;
      found.push({
        from: object,
        path: at,
        kinds: [kind],
        name,
        namespace: CLUSTER_KINDS.has(kind) ? '' : namespaceOf(object),
        keys,
      });
    };
    collectPod(pod, path, add);
    for (const { container, path: at } of containers) collectContainer(container, at, add);
  }
  return found;
}
