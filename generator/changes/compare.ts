import { type KubernetesObject, podSpecOf } from '../model/index.js';
import { CLASSES, type FieldChange, type ObjectChange, worse } from './change.js';
import { judgeAdded, judgeChanged, judgeField, judgeRemoved } from './classes.js';
import { type Difference, differences } from './fields.js';
import { WORKLOADS } from './judgement.js';

/** The suffix that kustomize gives a generated ConfigMap's name. */
const HASH = /-[2456789bcdfghkmt]{10}$/;

/**
 * Compares what a cluster has with what it gets.
 *
 * @param before finished objects, as a tree or a cluster has them
 * @param after finished objects
 * @returns the objects that change, the worst first; a ConfigMap that only has another hash in its name is the same one
 */
export function compareObjects(
  before: readonly KubernetesObject[],
  after: readonly KubernetesObject[],
): ObjectChange[] {
  const old = new Map(before.map((object) => [plainIdentity(object), object]));
  const now = new Map(after.map((object) => [plainIdentity(object), object]));
  const changes: ObjectChange[] = [];
  for (const [id, object] of now) {
    const previous = old.get(id);
    const change = previous ? changed(previous, object, after) : added(object, before);
    if (change) changes.push(change);
  }
  for (const [id, object] of old)
    if (!now.has(id)) changes.push({ change: 'removed', object, ...judgeRemoved(object, after), fields: [] });
  return changes.sort((one, other) => CLASSES.indexOf(other.class) - CLASSES.indexOf(one.class));
}

/** @returns what an object is called without the hash of its contents. */
export function plainName({ kind, metadata: { name } }: KubernetesObject): string {
  return kind === 'ConfigMap' ? name.replace(HASH, '') : name;
}

/** @returns what distinguishes objects, but for a hash. The version of the API does not: the cluster has an object once, in all versions. */
export function plainIdentity(object: KubernetesObject): string {
  return [
    object.apiVersion.replace(/\/?[^/]+$/, ''),
    object.kind,
    object.metadata.namespace ?? '',
    plainName(object),
  ].join('/');
}

function added(object: KubernetesObject, before: readonly KubernetesObject[]): ObjectChange {
  return { change: 'added', object, ...judgeAdded(object, before), fields: [] };
}

function changed(
  before: KubernetesObject,
  after: KubernetesObject,
  all: readonly KubernetesObject[],
): ObjectChange | undefined {
  const readers = after.kind === 'ConfigMap' ? all.filter((object) => isMountedBy(object, after)) : [];
  const rolls = readers.some(({ kind }) => WORKLOADS.has(kind));
  const fields = differences(before, after).map((difference): FieldChange => ({
    ...shown(difference, after),
    ...judgeField(difference, after, before, rolls),
  }));
  if (fields.length === 0) return undefined;
  const whole = judgeChanged(before, after, readers);
  const worst = fields.reduce((one, field) => worse(one, field.class), whole.class);
  // What no field tells is reported of the object.
  const { class: _, ...reported } = whole.class === worst ? whole : { class: worst };
  return { change: 'changed', object: after, class: worst, ...reported, fields };
}

/** Without the values of a Secret: what is reported of a change is read by many, and kept. */
function shown(difference: Difference, { kind }: KubernetesObject): Difference {
  if (kind !== 'Secret' || !['data', 'stringData'].includes(String(difference.path[0]))) return difference;
  const { before, after } = difference;
  return {
    ...difference,
    before: before === undefined ? undefined : '(not shown)',
    after: after === undefined ? undefined : before === undefined ? '(not shown)' : '(changed)',
  };
}

/** @returns whether an object's pods mount a ConfigMap. */
export function isMountedBy(object: KubernetesObject, { kind, metadata }: KubernetesObject): boolean {
  return (
    kind === 'ConfigMap' &&
    object.metadata.namespace === metadata.namespace &&
    (podSpecOf(object)?.volumes ?? []).some(({ configMap }) => configMap?.name === metadata.name)
  );
}
