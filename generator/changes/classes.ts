/** What a change does to the cluster: the one table that diff and commit speak from. It is compared with a real API server. */
import { immutableErrors } from '../checks/index.js';
import type { KubernetesObject } from '../model/index.js';
import { opensByAdding, opensByField, opensByRemoving, widens } from './access.js';
import { worse } from './change.js';
import { deletesByAdding, deletesByField, deletesByRemoving, deletesMore } from './data.js';
import type { Difference } from './fields.js';
import { type Fields, type Judgement, pathText, WORKLOADS } from './judgement.js';

const SAFE: Judgement = { class: 'safe' };

/** @returns the worst of what some judges say; the first of equals. */
function worst(...judgements: (Judgement | undefined)[]): Judgement {
  return judgements.reduce<Judgement>(
    (one, other) => (other && worse(one.class, other.class) !== one.class ? other : one),
    judgements.find((one) => one?.why !== undefined && one.class === 'safe') ?? SAFE,
  );
}

/** @param before what the cluster had */
export function judgeAdded(object: KubernetesObject, before: readonly KubernetesObject[]): Judgement {
  return worst(opensByAdding(object, before), deletesByAdding(object, before));
}

/** @param after what the cluster has then */
export function judgeRemoved(object: KubernetesObject, after: readonly KubernetesObject[]): Judgement {
  const pods: Judgement | undefined = WORKLOADS.has(object.kind)
    ? { class: 'rolls-pods', why: 'its pods go' }
    : undefined;
  return worst(pods, opensByRemoving(object, after), deletesByRemoving(object, after));
}

/** What an object as a whole does after a change, beside what its fields tell. @param readers objects whose pods mount it then */
export function judgeChanged(
  before: KubernetesObject,
  after: KubernetesObject,
  readers: readonly KubernetesObject[],
): Judgement {
  return worst(widens(before, after), deletesMore(before, after, readers));
}

/** @param rolls whether pods are replaced for what is in this object: a ConfigMap that they mount */
export function judgeField(
  difference: Difference,
  object: KubernetesObject,
  before: KubernetesObject,
  rolls: boolean,
): Judgement {
  return worst(
    rolls || inTemplate(difference, object) ? { class: 'rolls-pods' } : undefined,
    toNothing(difference, object),
    opensByField(difference, object, before),
    refused(difference, object, before),
    keptDefaults(difference, object, before),
    deletesByField(difference, object, before),
  );
}

function inTemplate(difference: Difference, { kind }: KubernetesObject): boolean {
  return WORKLOADS.has(kind) && /^spec\/template(\/|$)/.test(pathText(difference));
}

function toNothing(difference: Difference, { kind }: KubernetesObject): Judgement | undefined {
  return WORKLOADS.has(kind) && pathText(difference) === 'spec/replicas' && difference.after === 0
    ? { class: 'rolls-pods', why: 'no pod is left' }
    : undefined;
}

/** What the API server refuses. */
function refused(
  { path, inner, before: was }: Difference,
  object: KubernetesObject,
  before: KubernetesObject,
): Judgement | undefined {
  if (inner) return undefined;
  if (object.kind === 'PersistentVolumeClaim' && path.join('.') === 'spec.storageClassName' && was === undefined) {
    return {
      class: 'needs-recreate',
      why: "the API server refuses it, unless it is the cluster's default: that was filled in when the claim was made",
      remedy: remedyFor(object),
    };
  }
  const within = (one: readonly (string | number)[], other: readonly (string | number)[]): boolean =>
    one.every((step, index) => step === other[index]);
  const found = immutableErrors(object, before).find((error) => {
    const [, named] = /^([\w.]+) /.exec(error.message) ?? [];
    const at = error.message.startsWith(`${named} cannot be`) && named?.includes('.') ? named.split('.') : error.path;
    return within(at, path) || within(path, at);
  });
  return (
    found && { class: 'needs-recreate', why: `the API server refuses it: ${found.message}`, remedy: remedyFor(object) }
  );
}

/**
 * Applied server-side, a field that nobody states stays as the API server filled it in: the way to roll, which only one
 * strategy may have.
 *
 * @see https://github.com/kubernetes/kubernetes/issues/24198
 */
function keptDefaults(
  difference: Difference,
  { kind, metadata: { name, namespace } }: KubernetesObject,
  before: KubernetesObject,
): Judgement | undefined {
  const field = ({ Deployment: 'strategy', StatefulSet: 'updateStrategy' } as Record<string, string>)[kind];
  if (field === undefined || !new RegExp(`^spec/${field}(/type)?$`).test(pathText(difference))) return undefined;
  const type = (value: unknown): string =>
    typeof value === 'string' ? value : ((value as Fields | undefined)?.['type'] ?? 'RollingUpdate');
  const stated = (before as Fields)['spec'][field]?.rollingUpdate as Fields | undefined;
  const isWhole =
    kind !== 'StatefulSet' && stated?.['maxSurge'] !== undefined && stated['maxUnavailable'] !== undefined;
  if (type(difference.before) !== 'RollingUpdate' || type(difference.after) === 'RollingUpdate' || isWhole)
    return undefined;
  const patch = JSON.stringify({ spec: { [field]: { type: type(difference.after), rollingUpdate: null } } });
  return {
    class: 'needs-recreate',
    why: 'the API server refuses it where it is applied server-side: what it filled in of rollingUpdate stays',
    remedy: `kubectl patch ${kind.toLowerCase()} ${name} -n ${namespace} --type merge -p '${patch}', then sync`,
  };
}

/** What to do where an object cannot become what it should. */
function remedyFor(object: KubernetesObject): string {
  const {
    kind,
    metadata: { name, namespace },
  } = object;
  const where = namespace === undefined ? name : `${name} -n ${namespace}`;
  switch (kind) {
    case 'StatefulSet':
      return `kubectl delete statefulset ${where} --cascade=orphan, then sync: its pods stay, and are taken over`;
    case 'Deployment':
    case 'DaemonSet':
      return `kubectl delete ${kind.toLowerCase()} ${where}, then sync: nothing is served until its new pods are ready`;
    case 'PersistentVolumeClaim':
      if ((object as Fields)['spec']?.storageClassName === '')
        return 'take it back: a volume made by hand has the size that it has, whatever its claim asks for; else make a volume and a claim of other names and copy the images';
      return 'take it back, or make a claim of another name and copy the images: to delete this one is to delete them';
    case 'PersistentVolume':
      return `see that its reclaim policy is Retain, delete its claim and it (kubectl delete pv ${name}), then sync`;
    case 'Service':
      return `kubectl delete service ${where}, then sync: it is away for a moment, and gets another address`;
    default:
      return `kubectl delete ${kind.toLowerCase()} ${where}, then sync`;
  }
}
