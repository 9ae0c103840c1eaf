/** The hosts of Redis and its Sentinels that pods connect to. */
import { type Fields, namespaceOf } from '../unit/manifest.js';
import { isSentinel, watchedBy } from '../unit/redis.js';
import type { View } from '../unit/view.js';
import type { Workload } from '../unit/workloads.js';

/** Redis' replicas connect to the primary that their configuration names. */
export function primariesOf(view: View, workload: Workload): [host: string, port: number][] {
  const names = new Set(
    ((workload.pod['volumes'] ?? []) as Fields[]).map(({ configMap }) => configMap?.name as string | undefined),
  );
  const texts = view
    .of('ConfigMap')
    .filter((configMap) => names.has(configMap.metadata.name) && namespaceOf(configMap) === workload.namespace)
    .flatMap(({ data }) => Object.values((data ?? {}) as Record<string, string>));
  return texts.flatMap((text) =>
    [...text.matchAll(/^(?:replicaof|slaveof) (\S+) (\d+)/gm)].map(([, host, port]): [string, number] => [
      host!,
      Number(port),
    ]),
  );
}

/** @returns where the Redis is that a Sentinel of the pod watches, and where the other Sentinels are. */
export function watchedFrom(view: View, workload: Workload): [host: string, port: number, why: string][] {
  const ports = workload.containers.flatMap(({ container }) =>
    isSentinel(container as Fields) ? (container.ports ?? []) : [],
  );
  if (!workload.containers.some(({ container }) => isSentinel(container))) return [];
  return watchedBy(view, workload).flatMap(({ host, port }) => [
    [host, port, 'sentinel monitor in its configuration'] as [string, number, string],
    // Sentinels find each other through the Redis that they watch: in the same pods.
    ...ports.map(({ containerPort }): [string, number, string] => [
      host,
      containerPort,
      'Sentinels agree with each other',
    ]),
  ]);
}

/** @returns where a registry finds Redis that it asks Sentinels for. */
export function primariesFor(view: View, { namespace }: Workload, { redis }: Fields): [host: string, port: number][] {
  if (!redis?.mastername) return [];
  const others = view.workloads.filter((other) => other.namespace === namespace);
  return others.flatMap((other) =>
    watchedBy(view, other).flatMap(({ name, host, port }): [string, number][] =>
      name === String(redis.mastername) ? [[host, port]] : [],
    ),
  );
}
