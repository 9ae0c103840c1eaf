/** The objects that make pods, each with its pods' labels, containers and number. */
import type { Container, PodSpec } from 'kubernetes-types/core/v1';
import type { Path } from '../finding.js';
import { type Fields, type Manifest, namespaceOf } from './manifest.js';

export interface ContainerView {
  container: Container;
  path: Path;
  /** Whether it runs to its end before the others start. */
  isInit: boolean;
  workload: Workload;
}

/** An object that makes pods, or a pod. */
export interface Workload {
  object: Manifest;
  namespace: string;
  /** Labels of its pods. */
  labels: Record<string, string>;
  pod: PodSpec & Fields;
  /** Path to the pod's spec. */
  path: Path;
  containers: ContainerView[];
  /** Number of pods; undefined where it is not reported here: one for each node, or left to an autoscaler. */
  replicas: number | undefined;
  /** Whether it runs until it is stopped. */
  isService: boolean;
}

const POD_PATHS: Record<string, Path> = {
  Pod: ['spec'],
  Deployment: ['spec', 'template', 'spec'],
  StatefulSet: ['spec', 'template', 'spec'],
  DaemonSet: ['spec', 'template', 'spec'],
  ReplicaSet: ['spec', 'template', 'spec'],
  Job: ['spec', 'template', 'spec'],
  CronJob: ['spec', 'jobTemplate', 'spec', 'template', 'spec'],
};

/** @returns an object as a workload, or undefined where it makes no pods. @param isScaled whether an autoscaler sets its number of pods */
export function workloadOf(object: Manifest, isScaled: boolean): Workload | undefined {
  const path = POD_PATHS[object.kind];
  if (!path || !(object.kind === 'Pod' ? object.apiVersion === 'v1' : /^(apps|batch)\//.test(object.apiVersion)))
    return undefined;
  const holder = path.slice(0, -1).reduce<Fields | undefined>((at, key) => at?.[key], object);
  const pod = (object.kind === 'Pod' ? object['spec'] : holder?.['spec']) as (PodSpec & Fields) | undefined;
  if (!pod) return undefined;
  const labels = ((object.kind === 'Pod' ? object.metadata.labels : holder?.['metadata']?.labels) ?? {}) as Record<
    string,
    string
  >;
  const isService = !['Job', 'CronJob'].includes(object.kind);
  const replicas =
    object.kind === 'DaemonSet' || !isService || isScaled
      ? undefined
      : ((object.kind === 'Pod' ? 1 : (object['spec']?.replicas ?? 1)) as number);
  const workload: Workload = {
    object,
    namespace: namespaceOf(object),
    labels,
    pod,
    path,
    containers: [],
    replicas,
    isService,
  };
  for (const list of ['initContainers', 'containers'] as const) {
    for (const [index, container] of (pod[list] ?? []).entries()) {
      const isInit = list === 'initContainers' && (container as Fields)['restartPolicy'] !== 'Always';
      workload.containers.push({ container, path: [...path, list, index], isInit, workload });
    }
  }
  return workload;
}
