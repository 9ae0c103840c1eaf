/** What an object in a cluster becomes where the API server does not say it: by what was applied before, and is not any more. */
import { diffMaps, mergeMaps, typeOf } from '../../kustomize/index.js';
import type { KubernetesObject } from '../../model/index.js';

type Fields = Record<string, any>;

export const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';
/** Names under which Argo CD, Flux and kubectl apply server-side. */
const APPLIERS = ['argocd-controller', 'kustomize-controller', 'kubectl'];

/** @returns the entry of who applied an object server-side; undefined where nobody did */
export function applierOf(object: KubernetesObject): { manager: string; fieldsV1?: Fields } | undefined {
  const entries = ((object.metadata as Fields)['managedFields'] ?? []) as {
    manager: string;
    operation: string;
    fieldsV1?: Fields;
  }[];
  return APPLIERS.flatMap((name) =>
    entries.filter(({ manager, operation }) => manager === name && operation === 'Apply'),
  )[0];
}

/**
 * @param was as the cluster has it
 * @param wanted as it is to be applied
 * @returns the object with what is wanted, without what was applied and is not wanted any more, and with all else that it has
 */
export function appliedOver(was: KubernetesObject, wanted: KubernetesObject): KubernetesObject {
  const type = typeOf(wanted);
  const removed = diffMaps(noted(lastApplied(was)), noted(wanted), type);
  const kept =
    typeof removed === 'symbol' ? (was as unknown as Fields) : mergeMaps(was as unknown as Fields, removed, type);
  return mergeMaps(kept, wanted as unknown as Fields, type) as unknown as KubernetesObject;
}

/** With what kubectl notes in each object: the annotations of others stay, though none is applied any more. */
function noted(object: Fields): Fields {
  const { metadata = {} } = object as { metadata?: Fields };
  return { ...object, metadata: { ...metadata, annotations: { ...metadata['annotations'], [LAST_APPLIED]: '' } } };
}

/** @returns what was applied, as far as that is known. */
function lastApplied(object: KubernetesObject): Fields {
  const applier = applierOf(object);
  if (applier) return owned(object, applier.fieldsV1 ?? {}) as Fields;
  return JSON.parse(object.metadata.annotations?.[LAST_APPLIED] ?? '{}') as Fields;
}

/**
 * @param value of which a part is owned
 * @param fields the part, as the API server writes it down: f:NAME of a map, k:KEYS and v:VALUE of a list
 * @see https://kubernetes.io/docs/reference/using-api/server-side-apply/#managing-fields
 */
function owned(value: unknown, fields: Fields): unknown {
  const steps = Object.entries(fields).filter(([step]) => step !== '.');
  if (steps.length === 0) return value;
  if (!Array.isArray(value))
    return Object.fromEntries(
      steps.flatMap(([step, within]) => {
        const field = step.slice('f:'.length);
        const there = (value as Fields | undefined)?.[field] as unknown;
        return there === undefined ? [] : [[field, owned(there, within as Fields)]];
      }),
    );
  return steps.flatMap(([step, within]) => {
    const key = JSON.parse(step.slice('k:'.length)) as unknown;
    if (step.startsWith('v:')) return [key];
    const item = value.find((one: Fields) => Object.entries(key as Fields).every(([name, of]) => one[name] === of)) as
      | Fields
      | undefined;
    return item ? [owned(item, within as Fields)] : [];
  });
}
