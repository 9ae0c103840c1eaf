import type { Affinity, EnvVar, PodSpec, ResourceRequirements, Volume } from 'kubernetes-types/core/v1';
import type { NetworkPolicyPeer } from 'kubernetes-types/networking/v1';
import { canonicalQuantity, type Settings } from '../config/index.js';
import { type Component, explain, selectorOf } from '../model/index.js';

/** Names and values that the registry's parts agree on. */
export const HTTP_PORT = 5000;
export const REDIS_PORT = 6379;
export const SENTINEL_PORT = 26379;
export const DATA_FOLDER = '/var/lib/registry';

/**
 * What keeps GitOps controllers from deleting an object that holds data, even where it leaves the tree. Argo CD counts one that
 * it may not prune as a difference, and syncs again and again, unless that is to be ignored.
 *
 * @see https://argo-cd.readthedocs.io/en/stable/user-guide/compare-options/#ignoring-resources-that-are-extraneous
 */
export const KEEP = {
  'argocd.argoproj.io/compare-options': 'IgnoreExtraneous',
  'argocd.argoproj.io/sync-options': 'Prune=false,Delete=false',
  'kustomize.toolkit.fluxcd.io/prune': 'disabled',
};

/**
 * Of an object that holds a program, in which ${...} is the program's own. Where a Flux Kustomization has `postBuild`, it
 * puts nothing in the place of that, or refuses it.
 *
 * @see https://fluxcd.io/flux/components/kustomize/kustomizations/#post-build-variable-substitution
 */
export const NO_SUBSTITUTION = explain(
  { 'kustomize.toolkit.fluxcd.io/substitute': 'disabled' },
  { 'kustomize.toolkit.fluxcd.io/substitute': 'The $ in these files are of programs, not variables for Flux.' },
);

/** Keys of the Secret that the pods read. `registry-gitops htpasswd` writes them. */
export const SECRET_KEYS = {
  htpasswd: 'htpasswd',
  httpSecret: 'http-secret',
  redisPassword: 'redis-password',
} as const;

/** Keys of the same Secret that let into a bucket, and the variables in which the registry reads them. */
export const S3_KEYS = [
  { key: 's3-access-key', variable: 'REGISTRY_STORAGE_S3_ACCESSKEY' },
  { key: 's3-secret-key', variable: 'REGISTRY_STORAGE_S3_SECRETKEY' },
] as const;

/** What a container may leave on the node's disk: its log. Nothing else of these programs writes there. */
export const EPHEMERAL_STORAGE = { request: '64Mi', limit: '1Gi' };

/** @returns the resources of a container that runs the registry's program. */
export function registryResources({ resources }: Settings): ResourceRequirements {
  return {
    requests: {
      cpu: canonicalQuantity(resources.cpu),
      memory: canonicalQuantity(resources.memory),
      'ephemeral-storage': EPHEMERAL_STORAGE.request,
    },
    limits: {
      ...(resources.cpuLimit ? { cpu: canonicalQuantity(resources.cpuLimit) } : {}),
      memory: canonicalQuantity(resources.memoryLimit),
      'ephemeral-storage': EPHEMERAL_STORAGE.limit,
    },
  };
}

/** Registry 3 sends traces to localhost:4318 unless told otherwise; nothing listens there. */
export const NO_TRACES: EnvVar = { name: 'OTEL_TRACES_EXPORTER', value: 'none' };

/** @returns whether garbage is collected, and not only looked for. */
export function collects({ gc }: Settings): boolean {
  return gc.enabled && !gc.dryRun;
}

/**
 * @returns whether all pods of the registry run on one node: so that they can share a volume, and so that none of a roll
 * waits for a volume that the garbage collector holds on another
 */
export function runsOnOneNode(settings: Settings): boolean {
  const { storage } = settings;
  return (
    storage.type === 'volume' && (storage.colocate || (storage.accessMode === 'ReadWriteOnce' && collects(settings)))
  );
}

/** @returns what keeps a pod on the node of the registry's pods, with the reason for the reader. */
export function besideRegistry(settings: Settings, why: string): Affinity {
  const term = { labelSelector: selectorOf(settings, 'registry'), topologyKey: 'kubernetes.io/hostname' };
  return explain({ podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term] } }, { podAffinity: why });
}

/**
 * @returns what keeps the registry's own pods on one node, and lets them start on another one as soon as all of them have left
 * it: since Kubernetes 1.32 the scheduler tries a pod again when one is gone that its anti-affinity matches, and otherwise
 * after five minutes
 * @see https://github.com/kubernetes/kubernetes/issues/141354
 */
export function together(settings: Settings): Affinity {
  const gone = { labelSelector: selectorOf(settings, 'registry'), topologyKey: 'registry-gitops/none' };
  return explain(
    {
      ...besideRegistry(settings, 'One node can mount the volume: all replicas run there.'),
      podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [gone] },
    },
    {
      podAntiAffinity:
        'No node has this label, so it keeps no pod from a node. After a drain it lets the pods start elsewhere when the last one is gone, and not five minutes later (kubernetes issue 141354).',
    },
  );
}

/**
 * @param matchLabelKeys labels by which a pod counts only those of its own revision
 * @returns what spreads the pods of a component over nodes and zones, as far as there are some. The zone is no second
 * constraint: with several, the scheduler leaves out every node that lacks one of their labels, and prefers none.
 * @see https://kubernetes.io/docs/concepts/scheduling-eviction/topology-spread-constraints/#conventions
 */
export function spread(
  settings: Settings,
  component: Component,
  matchLabelKeys: string[] = [],
): Pick<PodSpec, 'affinity' | 'topologySpreadConstraints'> {
  const counted = {
    labelSelector: selectorOf(settings, component),
    ...(matchLabelKeys.length > 0 ? { matchLabelKeys } : {}),
  };
  const zone = { weight: 100, podAffinityTerm: { topologyKey: 'topology.kubernetes.io/zone', ...counted } };
  return {
    affinity: explain(
      { podAntiAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [zone] } },
      { podAntiAffinity: 'Not a second constraint: nodes without a zone would be none to spread over.' },
    ),
    topologySpreadConstraints: [
      { topologyKey: 'kubernetes.io/hostname', maxSkew: 1, whenUnsatisfiable: 'ScheduleAnyway', ...counted },
    ],
  };
}

/** @returns the plain name of the ConfigMap with config.yml, before kustomize adds its hash. */
export function configMapName({ name }: Settings): string {
  return `${name}-config`;
}

/** @returns the names of the pods of the shared Redis in the namespace's DNS; the first is the primary's, until it is lost. */
export function redisHosts({ name, redis }: Settings): string[] {
  if (redis.type !== 'statefulset') return [];
  return Array.from({ length: 1 + redis.replicas }, (_, ordinal) => `${name}-redis-${ordinal}.${name}-redis`);
}

/** @returns the volume with config.yml. */
export function configVolume(settings: Settings): Volume {
  return { name: 'config', configMap: { name: configMapName(settings) } };
}

/** @returns a variable whose value comes from the registry's Secret. */
export function fromSecret({ secretName }: Settings, variable: string, key: string): EnvVar {
  return { name: variable, valueFrom: { secretKeyRef: { name: secretName, key } } };
}

/** Where each version's image has its own config.yml, and its documentation's commands look for it. */
export function configFolder(major: number): string {
  return major === 2 ? '/etc/docker/registry' : '/etc/distribution';
}

/** @returns all pods of a namespace, as a peer of a NetworkPolicy. */
export function namespaceNamed(name: string): NetworkPolicyPeer {
  return { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': name } } };
}
