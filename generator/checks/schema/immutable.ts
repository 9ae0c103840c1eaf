/**
 * Fields that an object in the cluster keeps: the API server refuses an update that changes one.
 *
 * @see https://github.com/kubernetes/kubernetes/tree/master/pkg/apis each group's ValidateUpdate functions
 */
import type { KubernetesObject } from '../../model/index.js';
import { type Path, valueAt } from '../finding.js';
import { quantityOf } from './semantics/quantity.js';

export interface ImmutableError {
  path: Path;
  message: string;
}

type Fields = Record<string, any>;

/** Fields of a StatefulSet's spec that may change. */
const STATEFUL_SET = new Set([
  'replicas',
  'ordinals',
  'template',
  'updateStrategy',
  'revisionHistoryLimit',
  'persistentVolumeClaimRetentionPolicy',
  'minReadySeconds',
]);
/** What a field is where nothing says it. */
const DEFAULTS: Record<string, unknown> = {
  podManagementPolicy: 'OrderedReady',
  volumeMode: 'Filesystem',
  completionMode: 'NonIndexed',
  reclaimPolicy: 'Delete',
  volumeBindingMode: 'Immediate',
  preemptionPolicy: 'PreemptLowerPriority',
  type: 'Opaque',
};

/** Paths that keep their values, by kind. */
const KEPT: Record<string, Path[]> = {
  'apps/v1/Deployment': [['spec', 'selector']],
  'apps/v1/DaemonSet': [['spec', 'selector']],
  'apps/v1/ReplicaSet': [['spec', 'selector']],
  'batch/v1/Job': [
    ['spec', 'selector'],
    ['spec', 'template'],
    ['spec', 'completionMode'],
  ],
  'v1/Secret': [['type']],
  'rbac.authorization.k8s.io/v1/RoleBinding': [['roleRef']],
  'rbac.authorization.k8s.io/v1/ClusterRoleBinding': [['roleRef']],
  'networking.k8s.io/v1/IngressClass': [['spec', 'controller']],
  'scheduling.k8s.io/v1/PriorityClass': [['value'], ['preemptionPolicy']],
  'storage.k8s.io/v1/StorageClass': [['provisioner'], ['parameters'], ['reclaimPolicy'], ['volumeBindingMode']],
  'v1/PersistentVolumeClaim': [
    ['spec', 'accessModes'],
    ['spec', 'storageClassName'],
    ['spec', 'volumeName'],
    ['spec', 'volumeMode'],
    ['spec', 'selector'],
    ['spec', 'dataSource'],
    ['spec', 'dataSourceRef'],
  ],
};

/** Fields that the cluster fills in: to state one is no change, nor is to leave it out where it was read from a cluster. */
const FILLED_IN = new Set([
  'spec.volumeName',
  'spec.storageClassName',
  'spec.clusterIP',
  'spec.dataSource',
  'spec.dataSourceRef',
  'spec.selector',
]);

/**
 * @param previous the object as the cluster has it, or as the tree had it
 * @returns the fields that cannot be changed in place, and are
 */
export function immutableErrors(object: KubernetesObject, previous: KubernetesObject): ImmutableError[] {
  const id = `${object.apiVersion}/${object.kind}`;
  const errors: ImmutableError[] = [];
  const keep = (path: Path, why = 'cannot be changed in place'): void => {
    const [now, before] = [valueAt(object, path), valueAt(previous, path)];
    const filledIn = before === undefined || ((previous as Fields)['metadata']?.uid !== undefined && now === undefined);
    if (id === 'v1/PersistentVolumeClaim' && filledIn && FILLED_IN.has(path.join('.'))) return;
    if (same(asStored(path, now), asStored(path, before))) return;
    // The values of a Secret are nobody's to read.
    const said = id === 'v1/Secret' && path[0] !== 'type' ? why : `${why}: it was ${text(before)}`;
    errors.push(
      now === undefined ? { path: path.slice(0, -1), message: `${path.join('.')} ${said}` } : { path, message: said },
    );
  };
  for (const path of KEPT[id] ?? []) keep(path);
  const [spec, old] = [
    (object as Fields)['spec'] as Fields | undefined,
    (previous as Fields)['spec'] as Fields | undefined,
  ];
  if (id === 'apps/v1/StatefulSet') {
    for (const field of new Set([...Object.keys(spec ?? {}), ...Object.keys(old ?? {})])) {
      if (STATEFUL_SET.has(field)) continue;
      if (field === 'volumeClaimTemplates') checkClaims(spec, old, errors);
      else keep(['spec', field]);
    }
  }
  if (id === 'v1/Service') checkService(spec, old, errors);
  if (id === 'v1/PersistentVolumeClaim') {
    const { storage: size, ...others } = (spec?.['resources']?.requests ?? {}) as Fields;
    const { storage: was, ...otherThen } = (old?.['resources']?.requests ?? {}) as Fields;
    if (!same(others, otherThen))
      errors.push({
        path: ['spec', 'resources', 'requests'],
        message: "of a claim's requests only storage can be changed in place",
      });
    if (size !== undefined && was !== undefined && quantityOf(size) < quantityOf(was))
      errors.push({
        path: ['spec', 'resources', 'requests', 'storage'],
        message: `a claim cannot become smaller: it was ${was}`,
      });
    if (
      size !== undefined &&
      was !== undefined &&
      quantityOf(size) > quantityOf(was) &&
      (spec?.['storageClassName'] ?? old?.['storageClassName']) === ''
    )
      errors.push({
        path: ['spec', 'resources', 'requests', 'storage'],
        message: `a claim without a storage class cannot become larger: it was ${was}`,
      });
  }
  if (id === 'v1/PersistentVolume') {
    for (const field of ['nfs', 'csi', 'hostPath', 'local', 'volumeMode']) keep(['spec', field]);
    // A volume that any node may mount can be bound to some.
    if (old?.['nodeAffinity']) keep(['spec', 'nodeAffinity']);
  }
  if ((id === 'v1/ConfigMap' || id === 'v1/Secret') && (previous as Fields)['immutable'] === true) {
    for (const field of ['data', 'binaryData', 'stringData'])
      keep([field], 'cannot be changed, as the object is immutable');
    if ((object as Fields)['immutable'] !== true) errors.push({ path: [], message: 'immutable cannot be taken back' });
  }
  return errors;
}

/** @returns a value as the API server keeps it, with what it fills in. */
function asStored(path: Path, value: unknown): unknown {
  const field = String(path.at(-1));
  if (field === 'roleRef' && typeof value === 'object' && value !== null)
    return { ...value, apiGroup: (value as Fields)['apiGroup'] || 'rbac.authorization.k8s.io' };
  return value ?? DEFAULTS[field];
}

function checkService(spec: Fields | undefined, old: Fields | undefined, errors: ImmutableError[]): void {
  const [ip, was] = [spec?.['clusterIP'], old?.['clusterIP']];
  const external = spec?.['type'] === 'ExternalName' || old?.['type'] === 'ExternalName';
  // One that is not stated stays as it is.
  if (ip && !external && ip !== was && (was || ip === 'None'))
    errors.push({ path: ['spec', 'clusterIP'], message: `cannot be changed in place: it was ${text(was)}` });
}

/** Claims are compared by what they ask for: the API server adds the rest. */
function checkClaims(spec: Fields | undefined, old: Fields | undefined, errors: ImmutableError[]): void {
  const essence = (claims: Fields[] | undefined): unknown =>
    (claims ?? []).map(({ metadata, spec: claim }) => [
      metadata?.name,
      claim?.accessModes,
      claim?.storageClassName,
      claim?.resources?.requests,
      claim?.volumeMode ?? 'Filesystem',
      claim?.selector,
    ]);
  if (!same(essence(spec?.['volumeClaimTemplates']), essence(old?.['volumeClaimTemplates']))) {
    errors.push(
      spec?.['volumeClaimTemplates']
        ? { path: ['spec', 'volumeClaimTemplates'], message: 'cannot be changed in place' }
        : { path: ['spec'], message: 'spec.volumeClaimTemplates cannot be taken away in place' },
    );
  }
}

function same(a: unknown, b: unknown): boolean {
  const ordered = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(ordered);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value)
        .filter(([, item]) => item !== null && item !== undefined)
        .sort(([x], [y]) => (x < y ? -1 : 1))
        .map(([key, item]) => [key, ordered(item)]),
    );
  };
  return JSON.stringify(ordered(a ?? null)) === JSON.stringify(ordered(b ?? null));
}

function text(value: unknown): string {
  if (value === undefined) return 'not set';
  const json = typeof value === 'string' ? value : JSON.stringify(value);
  return json.length > 80 ? `${json.slice(0, 77)}...` : json;
}
