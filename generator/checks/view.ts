/** What rules ask of a unit: its workloads, who selects whom, the registries in it and their configuration. */
import type { Container, PodSpec, Volume } from 'kubernetes-types/core/v1';
import { parse } from 'yaml';
import { parseImage, parseVersion } from '../config/index.js';
import type { External, KubernetesObject } from '../model/index.js';
import type { Path } from './finding.js';
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
  /** Number of pods; undefined where nothing says it (DaemonSets, or left to an autoscaler). */
  replicas: number | undefined;
  /** Whether it runs until it is stopped. */
  isService: boolean;
}

/** A registry's configuration in a ConfigMap. */
export interface RegistryConfigFile {
  configMap: Manifest;
  key: string;
  text: string;
  value: Fields;
}

/** A container that serves a registry, or collects its garbage. */
export interface RegistryView extends ContainerView {
  /** Its configuration, where the unit has it. */
  config: RegistryConfigFile | undefined;
  /** 2 or 3; undefined where nothing tells. */
  major: number | undefined;
  /** Where that is known exactly. */
  version: { major: number; minor: number; patch: number } | undefined;
  /** Variables with a plain value. */
  env: Map<string, string>;
  command: 'serve' | 'garbage-collect';
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

export class View {
  readonly objects: readonly Manifest[];
  readonly workloads: readonly Workload[];
  readonly #byKind = new Map<string, Manifest[]>();
  readonly #externals: Set<string>;
  #configFiles: RegistryConfigFile[] | undefined;
  #registries: RegistryView[] | undefined;

  constructor(objects: readonly KubernetesObject[], externals: readonly External[] = []) {
    this.objects = objects as readonly Manifest[];
    this.#externals = new Set(externals.map(({ kind, name }) => `${kind}/${name}`));
    for (const object of this.objects) {
      const same = this.#byKind.get(object.kind);
      if (same) same.push(object);
      else this.#byKind.set(object.kind, [object]);
    }
    this.workloads = this.objects.flatMap((object) => workloadOf(object) ?? []);
  }

  /** @returns the objects of a kind, and where it is given of a group. */
  of(kind: string, group?: string): readonly Manifest[] {
    const all = this.#byKind.get(kind) ?? [];
    return group === undefined ? all : all.filter(({ apiVersion }) => groupOf(apiVersion) === group);
  }

  find(kind: string, name: string, namespace?: string): Manifest | undefined {
    return this.of(kind).find((object) => object.metadata.name === name && (namespace === undefined || namespaceOf(object) === namespace));
  }

  isExternal(kind: string, name: string): boolean {
    return this.#externals.has(`${kind}/${name}`);
  }

  /** Workloads of a namespace whose pods have what a selector asks for. */
  selected(selector: Fields | null | undefined, namespace: string): Workload[] {
    return this.workloads.filter((workload) => workload.namespace === namespace && selects(selector, workload.labels));
  }

  /** Workloads that a Service sends to. */
  behind(service: Manifest): Workload[] {
    const selector = service['spec']?.selector as Record<string, string> | undefined;
    return selector && Object.keys(selector).length > 0 ? this.selected({ matchLabels: selector }, namespaceOf(service)) : [];
  }

  get configFiles(): readonly RegistryConfigFile[] {
    return (this.#configFiles ??= this.of('ConfigMap').flatMap((configMap) =>
      Object.entries((configMap['data'] ?? {}) as Record<string, string>).flatMap(([key, text]) => {
        const value = parseRegistryConfig(text);
        return value ? [{ configMap, key, text, value }] : [];
      }),
    ));
  }

  get registries(): readonly RegistryView[] {
    return (this.#registries ??= this.workloads.flatMap(({ containers }) => containers.flatMap((container) => this.#registryOf(container) ?? [])));
  }

  /** Containers that serve a registry. */
  get servers(): readonly RegistryView[] {
    return this.registries.filter(({ command }) => command === 'serve');
  }

  #registryOf(view: ContainerView): RegistryView | undefined {
    const { container } = view;
    const words = [...(container.command ?? []), ...(container.args ?? [])];
    const image = parseImage(String(container.image ?? ''));
    const name = image?.repository.split('/').at(-1) ?? '';
    const command = words.includes('garbage-collect') ? 'garbage-collect' : 'serve';
    const config = this.#configOf(view, words);
    // By what it runs, as an image can have any name.
    if (!config && !(words.includes('serve') && /registry|distribution/.test(words.join(' '))) && command !== 'garbage-collect' && name !== 'registry') return undefined;
    const version = parseVersion(image?.tag ?? '') ?? undefined;
    const folder = words.find((word) => word.endsWith('.yml') || word.endsWith('.yaml')) ?? '';
    const major = version?.major ?? majorOf(image?.tag ?? '', folder);
    const env = new Map((container.env ?? []).flatMap(({ name: variable, value }): [string, string][] => (value === undefined ? [] : [[variable, value]])));
    return { ...view, config, major, version, env, command };
  }

  /** The configuration that a container's volumes bring, by the path it is called with where that says it. */
  #configOf({ container, workload }: ContainerView, words: string[]): RegistryConfigFile | undefined {
    const volumes = new Map(((workload.pod.volumes ?? []) as Volume[]).map((volume) => [volume.name, volume]));
    const mounted = (container.volumeMounts ?? []).flatMap(({ name, mountPath }) => {
      const configMap = volumes.get(name)?.configMap?.name;
      return this.configFiles
        .filter((file) => file.configMap.metadata.name === configMap && namespaceOf(file.configMap) === workload.namespace)
        .map((file) => ({ file, at: mountPath.endsWith(file.key) ? mountPath : `${mountPath.replace(/\/$/, '')}/${file.key}` }));
    });
    return (mounted.find(({ at }) => words.includes(at)) ?? mounted[0])?.file;
  }
}

function majorOf(tag: string, folder: string): number | undefined {
  const tagged = /^v?([23])(\.|-|$)/.exec(tag);
  if (tagged) return Number(tagged[1]);
  if (folder.startsWith('/etc/distribution/')) return 3;
  return folder.startsWith('/etc/docker/registry/') ? 2 : undefined;
}

/** @returns the group of an apiVersion; empty for the core group. */
export function groupOf(apiVersion: string): string {
  return apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '';
}

export function namespaceOf({ metadata }: KubernetesObject): string {
  return metadata.namespace ?? '';
}

function workloadOf(object: Manifest): Workload | undefined {
  const path = POD_PATHS[object.kind];
  if (!path || !(object.kind === 'Pod' ? object.apiVersion === 'v1' : /^(apps|batch)\//.test(object.apiVersion))) return undefined;
  const holder = path.slice(0, -1).reduce<Fields | undefined>((at, key) => at?.[key], object);
  const pod = (object.kind === 'Pod' ? object['spec'] : holder?.['spec']) as (PodSpec & Fields) | undefined;
  if (!pod) return undefined;
  const labels = ((object.kind === 'Pod' ? object.metadata.labels : holder?.['metadata']?.labels) ?? {}) as Record<string, string>;
  const isService = !['Job', 'CronJob'].includes(object.kind);
  const replicas = object.kind === 'Pod' ? 1 : object.kind === 'DaemonSet' || !isService ? undefined : ((object['spec']?.replicas ?? undefined) as number | undefined);
  const workload: Workload = { object, namespace: namespaceOf(object), labels, pod, path, containers: [], replicas, isService };
  for (const list of ['initContainers', 'containers'] as const) {
    for (const [index, container] of ((pod[list] ?? []) as Container[]).entries()) {
      const isInit = list === 'initContainers' && (container as Fields)['restartPolicy'] !== 'Always';
      workload.containers.push({ container, path: [...path, list, index], isInit, workload });
    }
  }
  return workload;
}

const parsed = new Map<string, Fields | undefined>();
/** Texts that are remembered: of a thousand overlays most share their config.yml. */
const REMEMBERED = 200;

/** Remembers what a text is as a value, where that is known without reading it. */
export function rememberConfig(text: string, value: object): void {
  if (parsed.size >= REMEMBERED) parsed.clear();
  parsed.set(text, value as Fields);
}

/** @returns the text as a registry's configuration, or undefined where it is none. */
function parseRegistryConfig(text: string): Fields | undefined {
  if (!/^version:\s*["']?0\.1/m.test(text)) return undefined;
  if (!parsed.has(text)) {
    if (parsed.size >= REMEMBERED) parsed.clear();
    let value: unknown;
    try {
      value = parse(text);
    } catch {
      value = undefined;
    }
    const isConfig = typeof value === 'object' && value !== null && ('storage' in value || 'http' in value);
    parsed.set(text, isConfig ? (value as Fields) : undefined);
  }
  return parsed.get(text);
}
