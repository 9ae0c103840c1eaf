/** What rules ask of a unit: its workloads, who selects whom, the registries in it and their configuration. */
import type { External, KubernetesObject } from '../../model/index.js';
import { type Finding, withoutPaths } from '../finding.js';
import { parseRegistryConfig, type RegistryConfigFile, registryOf, type RegistryView } from '../registry/containers.js';
import { withoutNulls } from '../schema/nulls.js';
import { isKnownKind } from '../schema/validators.js';
import { selects } from '../schema/semantics/selectors.js';
import { type Fields, groupOf, type Manifest, namespaceOf } from './manifest.js';
import { type Workload, workloadOf } from './workloads.js';

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
