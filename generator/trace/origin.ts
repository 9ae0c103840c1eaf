/** Where an object of the tree comes from: the features that make it, and the fields of registry.yaml that have a say in it. */
import { compareObjects, plainName } from '../changes/index.js';
import { type Path, valueAt } from '../checks/index.js';
import type { Field, Place, Settings } from '../config/index.js';
import { buildSteps } from '../features/index.js';
import type { KubernetesObject, Model } from '../model/index.js';
import { variantsThatChoose } from './effects.js';
import { keysOf, otherValues, type WhatIf } from './what-if.js';

/** What a feature did to an object. */
export interface Share {
  /** Name of its file in features/. */
  feature: string;
  did: 'made' | 'changed';
}

/** A field of registry.yaml without which the object would be another. */
export interface Say {
  field: string;
  /** Undefined: the variant has its default. */
  place: Place | undefined;
  /** What of the object another value changes; empty where the object itself goes. */
  changes: string[];
}

/** @returns kind and name without the hash of a ConfigMap's contents, as people name an object. */
export function nameOf(object: KubernetesObject): string {
  return `${object.kind}/${plainName(object)}`;
}

/**
 * @param name kind and name, as nameOf gives them
 * @param path what of the object is asked for; empty: all of it
 * @returns the features that have to do with it, in their order
 */
export function sharesIn(settings: Settings, name: string, path: Path): Share[] {
  const shares: Share[] = [];
  let before: { object: unknown; value: string | undefined } = { object: undefined, value: undefined };
  for (const { feature, model } of buildSteps(settings)) {
    const object = plainObjects(model).find((candidate) => nameOf(candidate) === name);
    const value = JSON.stringify(valueAt(object, path));
    if (value !== before.value) shares.push({ feature, did: before.object === undefined ? 'made' : 'changed' });
    before = { object, value };
  }
  return shares;
}

/** @returns the objects of a model, ConfigMaps among them, whose files are values still. */
function plainObjects({ objects, configMaps, namespace }: Model): KubernetesObject[] {
  return [
    ...objects,
    ...configMaps.map(
      ({ name, files }) =>
        ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace }, data: files }) as KubernetesObject,
    ),
  ];
}

/**
 * Writes each field otherwise, and looks at the object.
 *
 * @param fields those of registry.yaml
 * @param name kind and name, as nameOf gives them
 * @param path what of the object is asked for; empty: all of it
 */
export function fieldsWithSay(
  whatIf: WhatIf,
  fields: readonly Field[],
  variant: string,
  name: string,
  path: Path,
): Say[] {
  const before = whatIf.objects(variant).find((object) => nameOf(object) === name)!;
  return fields.flatMap((field): Say[] => {
    // A map has no say but by its fields, unless its keys are the user's; a list's item none but by the list.
    if (
      field.path.includes('[]') ||
      fields.some(({ path: other }) => other.startsWith(`${field.path}.`)) ||
      !variantsThatChoose(whatIf, field).includes(variant)
    )
      return [];
    const keys = keysOf(field);
    const overlays = whatIf.variants().filter((one) => one !== 'base' && one !== variant);
    const changes = new Set<string>();
    let says = false;
    for (const value of otherValues(field, whatIf.written(variant, keys) ?? field.default, overlays)) {
      const outcome = whatIf.choose(variant, keys, value);
      if ('refused' in outcome) continue;
      const after = outcome.objects.find((object) => nameOf(object) === name);
      if (!after) says = true;
      else
        for (const change of changesOf(before, after, path)) {
          says = true;
          changes.add(change);
        }
    }
    return says ? [{ field: field.path, place: whatIf.placeOf(variant, keys), changes: [...changes] }] : [];
  });
}

/** What of an object becomes another, as people name it. */
function changesOf(before: KubernetesObject, after: KubernetesObject, path: Path): string[] {
  const { namespace } = after.metadata;
  // In another namespace it would be another object.
  const here = namespace === undefined ? before : { ...before, metadata: { ...before.metadata, namespace } };
  const moved =
    namespace !== before.metadata.namespace && meets(['metadata', 'namespace'], undefined, path)
      ? ['metadata.namespace']
      : [];
  const fields = compareObjects([here], [after])
    .flatMap((one) => one.fields)
    .filter((field) => meets(field.path, field.inner, path));
  return [...moved, ...fields.map((field) => (field.inner ? `${field.path.at(-1)}: ${field.label}` : field.label))];
}

/** Whether a change at one path is one of what is at another: in it, or around it. */
function meets(changed: Path, inner: Path | undefined, asked: Path): boolean {
  const whole = [...changed, ...(inner ?? [])];
  const shorter = Math.min(whole.length, asked.length);
  return whole.slice(0, shorter).every((step, index) => step === asked[index]);
}
