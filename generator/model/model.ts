import type { CronJob } from 'kubernetes-types/batch/v1';
import type { Deployment, StatefulSet } from 'kubernetes-types/apps/v1';
import type { Container, Pod, PodSpec } from 'kubernetes-types/core/v1';
import type { Settings } from '../config/index.js';
import type { KubernetesObject } from './object.js';

/**
 * What a file in a ConfigMap holds: a value to be written as YAML, or as JSON, which has no comments, lines of a text whose
 * comments begin with #, or a program.
 */
export type FileContent = { yaml: object } | { json: object } | { lines: string[] } | { script: string };

/** A ConfigMap whose name gets a hash of its contents, so that a change of content rolls the pods that read it. */
export interface GeneratedConfigMap {
  name: string;
  labels: Record<string, string>;
  annotations?: Record<string, string>;
  files: Record<string, FileContent>;
}

/**
 * The objects that a cluster must end up with for the base or for one overlay. ConfigMaps with files are apart, and
 * pods refer to them by their plain name: the hash that kustomize adds is put in where the model is finished.
 */
export interface Model {
  /** The registry's name, with which the names of its objects begin. */
  name: string;
  namespace: string;
  objects: KubernetesObject[];
  configMaps: GeneratedConfigMap[];
  /** Objects that the cluster has from elsewhere, and these rely on. */
  externals: External[];
}

/** An object that is not in the model, by kind and name. */
export interface External {
  kind: string;
  name: string;
}

/** config.yml as far as features fill it in. Registry 2.8 and 3.x differ in `redis`. */
export interface RegistryConfig {
  version: string;
  log: object;
  storage: Record<string, object>;
  http: Record<string, unknown>;
  auth?: object;
  health?: object;
  redis?: object;
}

/** A model under construction, with the parts that several features have a hand in. */
export class Draft {
  readonly settings: Settings;
  readonly objects: KubernetesObject[] = [];
  readonly configMaps: GeneratedConfigMap[] = [];
  readonly externals: External[] = [];
  /** The pod that serves the registry, and the container in it that does. */
  readonly pod: PodSpec;
  readonly container: Container;
  /** Pods that open the storage beside the serving ones, such as the garbage collector's. */
  readonly storagePods: { pod: PodSpec; readOnly: boolean }[] = [];
  readonly config: RegistryConfig;

  constructor(settings: Settings, pod: PodSpec, container: Container, config: RegistryConfig) {
    this.settings = settings;
    this.pod = pod;
    this.container = container;
    this.config = config;
  }

  add(...objects: KubernetesObject[]): void {
    this.objects.push(...objects);
  }

  /** Notes an object that is made elsewhere. */
  relyOn(kind: string, name: string): void {
    if (!this.externals.some((known) => known.kind === kind && known.name === name))
      this.externals.push({ kind, name });
  }

  /** @returns the object of this kind and name; @throws where an earlier feature should have made it and did not */
  get<T>(kind: string, name: string): T & KubernetesObject {
    const found = this.objects.find((object) => object.kind === kind && object.metadata.name === name);
    if (!found) throw new Error(`no ${kind} "${name}" in the model`);
    return found as T & KubernetesObject;
  }
}

/** A capability of the registry: adds its objects to the model, and its share to the common parts. */
export type Feature = (draft: Draft) => void;

/** @returns the pod template's spec of an object that runs pods, else undefined. */
export function podSpecOf(object: KubernetesObject): PodSpec | undefined {
  switch (object.kind) {
    case 'Deployment':
    case 'StatefulSet':
    case 'DaemonSet':
    case 'ReplicaSet':
    case 'Job':
      return (object as Deployment | StatefulSet).spec?.template?.spec;
    case 'Pod':
      return (object as Pod).spec;
    case 'CronJob':
      return (object as CronJob).spec?.jobTemplate?.spec?.template?.spec;
    default:
      return undefined;
  }
}
