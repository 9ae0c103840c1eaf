/** What rules ask of a unit: its workloads, who selects whom, the registries in it and their configuration. */
import type { Container, PodSpec } from 'kubernetes-types/core/v1';
import type { External, KubernetesObject } from '../model/index.js';
import { type Finding, type Path, withoutPaths } from './finding.js';
import { parseRegistryConfig, type RegistryConfigFile, registryOf, type RegistryView } from './registries.js';
import { withoutNulls } from './schema/nulls.js';
import { isKnownKind } from './schema/validators.js';
import { selects } from './schema/semantics/selectors.js';

/** Any fields. */
export type Fields = Record<string, any>;

/** An object, with its fields. */
export type Manifest = KubernetesObject & Fields;

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
  /** Number of pods; undefined where it is not told here: one for each node, or left to an autoscaler. */
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

/** What a unit cannot tell by itself. */
export interface Surroundings {
  externals?: readonly External[] | undefined;
  /** What objects of a kind belong to; undefined where the kind is not known. @param id apiVersion/Kind */
  scopeOf: (id: string) => 'namespace' | 'cluster' | undefined;
  /** Values that rules cannot read. The rest of their objects is there all the same, for others to refer to. */
  unreadable?: readonly Pick<Finding, 'object' | 'path'>[];
}

export class View {
  readonly objects: readonly Manifest[];
  readonly workloads: readonly Workload[];
  readonly scopeOf: Surroundings['scopeOf'];
  readonly #byKind = new Map<string, Manifest[]>();
  readonly #written = new Map<Manifest, KubernetesObject>();
  readonly #externals: Set<string>;
  #configFiles: RegistryConfigFile[] | undefined;
  #registries: RegistryView[] | undefined;

  constructor(objects: readonly KubernetesObject[], { externals = [], scopeOf, unreadable = [] }: Surroundings) {
    this.scopeOf = scopeOf;
    this.objects = objects.flatMap((object) => {
      const paths = unreadable.filter((one) => one.object === object).map(({ path }) => path);
      if (paths.some((path) => path.length === 0)) return [];
      const read = withoutNulls(withoutPaths(object, paths)) as Manifest;
      if (read !== object) this.#written.set(read, object);
      return typeof read.metadata?.name === 'string' && read.metadata.name ? [read] : [];
    });
    this.#externals = new Set(externals.map(({ kind, name }) => `${kind.toLowerCase()}/${name}`));
    for (const object of this.objects) {
      // Of what nobody here knows, a kind of the same name may have any form.
      if (!isKnownKind(`${object.apiVersion}/${object.kind}`)) continue;
      const same = this.#byKind.get(object.kind);
      if (same) same.push(object);
      else this.#byKind.set(object.kind, [object]);
    }
    const scaled = new Set(
      this.of('HorizontalPodAutoscaler').map(
        ({ metadata, spec }) => `${metadata.namespace}/${spec?.scaleTargetRef?.kind}/${spec?.scaleTargetRef?.name}`,
      ),
    );
    this.workloads = this.objects.flatMap(
      (object) =>
        workloadOf(object, scaled.has(`${object.metadata.namespace}/${object.kind}/${object.metadata.name}`)) ?? [],
    );
  }

  /** @returns an object of the view as it is written, with what is null in it. */
  written(object: Manifest): KubernetesObject {
    return this.#written.get(object) ?? object;
  }

  /** @returns the objects of a kind, and where it is given of a group. */
  of(kind: string, group?: string): readonly Manifest[] {
    const all = this.#byKind.get(kind) ?? [];
    return group === undefined ? all : all.filter(({ apiVersion }) => groupOf(apiVersion) === group);
  }

  find(kind: string, name: string, namespace?: string): Manifest | undefined {
    return this.of(kind).find(
      (object) => object.metadata.name === name && (namespace === undefined || namespaceOf(object) === namespace),
    );
  }

  isExternal(kind: string, name: string): boolean {
    return this.#externals.has(`${kind.toLowerCase()}/${name}`);
  }

  /** Workloads of a namespace whose pods have what a selector asks for. */
  selected(selector: Fields | null | undefined, namespace: string): Workload[] {
    return this.workloads.filter((workload) => workload.namespace === namespace && selects(selector, workload.labels));
  }

  /** Workloads that a Service sends to. */
  behind(service: Manifest): Workload[] {
    const selector = service['spec']?.selector as Record<string, string> | undefined;
    return selector && Object.keys(selector).length > 0
      ? this.selected({ matchLabels: selector }, namespaceOf(service))
      : [];
  }

  /** Configurations of registries, whoever mounts them. */
  get configFiles(): readonly RegistryConfigFile[] {
    return this.#candidates.filter((file) => file.certain || this.registries.some(({ config }) => config === file));
  }

  get #candidates(): readonly RegistryConfigFile[] {
    return (this.#configFiles ??= this.of('ConfigMap').flatMap((configMap) =>
      Object.entries((configMap['data'] ?? {}) as Record<string, string>).flatMap(([key, text]) => {
        const config = parseRegistryConfig(text);
        return config ? [{ configMap, key, text, ...config }] : [];
      }),
    ));
  }

  #configFilesIn(namespace: string): RegistryConfigFile[] {
    return this.#candidates.filter(({ configMap }) => namespaceOf(configMap) === namespace);
  }

  get registries(): readonly RegistryView[] {
    return (this.#registries ??= this.workloads.flatMap(({ containers }) =>
      containers.flatMap((container) => registryOf(container, this.#configFilesIn(container.workload.namespace)) ?? []),
    ));
  }

  /** Containers that serve a registry. */
  get servers(): readonly RegistryView[] {
    return this.registries.filter(({ command }) => command === 'serve');
  }
}

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

function workloadOf(object: Manifest, isScaled: boolean): Workload | undefined {
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
