import type { KubernetesObject } from '../model/index.js';
import type { Fields, Layer } from './kustomization.js';

/**
 * Objects as the files of a kustomization and its bases have them, without building it: the maps of its patches are
 * merged, and lists taken from the last that has them. That is what kustomize makes of every field that is no list of
 * maps, in a tree whose patches name their objects.
 */
export function writtenObjects(layer: Layer): KubernetesObject[] {
  const objects = [...layer.parents.flatMap(writtenObjects), ...layer.resources.map(({ value }) => structuredClone(value))] as Fields[];
  for (const patch of layer.patches.flatMap(({ documents }) => documents.map(({ value }) => value as Fields))) {
    const object = objects.find(({ kind, metadata }) => kind === patch['kind'] && metadata?.name === patch['metadata']?.name);
    if (!object) continue;
    if (patch['$patch'] === 'delete') objects.splice(objects.indexOf(object), 1);
    else merge(object, patch);
  }
  if (layer.value['namespace']) for (const object of objects) object['metadata'] = { ...object['metadata'], namespace: layer.value['namespace'] as string };
  return objects as unknown as KubernetesObject[];
}

function merge(target: Fields, patch: Fields): void {
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete target[key];
    else if (isMap(value) && isMap(target[key])) merge(target[key], value);
    else target[key] = structuredClone(value) as unknown;
  }
}

function isMap(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
