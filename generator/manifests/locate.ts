/** Where, in the files of a kustomization, a value of a finished object is written. */
import { isDeepStrictEqual } from 'node:util';
import { type Finding, type Path, valueAt } from '../checks/index.js';
import type { KubernetesObject } from '../model/index.js';
import { type Place, placeInText } from './document.js';
import { type Fields, type Layer, type Patch, type Read } from './kustomization.js';

/** Fields by which items of lists are distinguished, where they have them. */
const IDENTITIES = [
  'name',
  'mountPath',
  'devicePath',
  'containerPort',
  'port',
  'key',
  'topologyKey',
  'ip',
  'host',
  'path',
  'secretName',
  'kind',
];

/**
 * Looks from the overlay down to its bases: the last file that sets a value is the one to change.
 *
 * @returns undefined where the object is in no file here
 */
export function placeIn(layer: Layer, sought: Sought, read: Read): Place | undefined {
  return exactPlace(layer, sought, read) ?? nearestPlace(layer, sought, read);
}

/** What of a finding says where it is. */
type Sought = Pick<Finding, 'object' | 'path' | 'inner' | 'at'>;

function exactPlace(layer: Layer, sought: Sought, read: Read, affixes = ['', '']): Place | undefined {
  const { object, path, inner, at } = sought;
  const own = affixesOf(layer, affixes);
  const generated = generatedPlace(layer, sought, read, own);
  if (generated) return generated;
  const transformed = transformedPlace(layer, object, path);
  if (transformed) return transformed;
  for (const patch of layer.patches.toReversed()) {
    const place = patchPlace(layer, patch, sought, own);
    if (place) return place;
  }
  for (const document of layer.resources) {
    const translated = isSame(document.value, object, own) ? translate(document.value, object, path) : undefined;
    if (translated && document.file.has(document, translated))
      return document.file.placeOf(document, translated, inner, at);
  }
  for (const parent of layer.parents.toReversed()) {
    const place = exactPlace(parent, sought, read, own);
    if (place) return place;
  }
  return undefined;
}

/** What is missing is missing in the object itself: as near as its file has it. */
function nearestPlace(layer: Layer, { object, path }: Sought, read: Read): Place | undefined {
  for (let length = path.length; length >= 0; length--) {
    const place = exactPlace(layer, { object, path: path.slice(0, length) }, read);
    if (place) return place;
  }
  return undefined;
}

/** Names get what the layers above add. */
function affixesOf({ value }: Layer, [prefix, suffix]: string[]): string[] {
  return [`${prefix}${value['namePrefix'] ?? ''}`, `${value['nameSuffix'] ?? ''}${suffix}`];
}

function isSame(value: unknown, { kind, metadata }: KubernetesObject, [prefix, suffix]: string[]): boolean {
  const { kind: own, metadata: meta } = (value ?? {}) as Fields;
  return (
    own === kind &&
    (meta?.name === metadata?.name || `${prefix}${meta?.name}${suffix}` === metadata?.name || kind === 'Namespace')
  );
}

/** A path of the finished object as one of a document: items of lists by what distinguishes them. */
function translate(value: unknown, object: unknown, path: Path): Path | undefined {
  const translated: (string | number)[] = [];
  let here = value;
  let there = object;
  for (const step of path) {
    there = valueAt(there, [step]);
    if (typeof step !== 'number' || !Array.isArray(here)) {
      translated.push(step);
      here = valueAt(here, [step]);
      continue;
    }
    const index = here.findIndex((item) => sameItem(item, there));
    const place = index >= 0 ? index : isPlain(there) ? here.indexOf(there) : -1;
    if (place < 0) return undefined;
    translated.push(place);
    here = here[place];
  }
  return translated;
}

function isPlain(value: unknown): boolean {
  return typeof value !== 'object' || value === null;
}

function sameItem(a: unknown, b: unknown): boolean {
  if (isPlain(a) || isPlain(b)) return false;
  const shared = IDENTITIES.filter((key) => (a as Fields)[key] !== undefined && (b as Fields)[key] !== undefined);
  return shared.length > 0
    ? JSON.stringify((a as Fields)[shared[0]!]) === JSON.stringify((b as Fields)[shared[0]!])
    : isDeepStrictEqual(a, b);
}

/** A hash is added to a generated name. */
function isGenerated(name: string, object: KubernetesObject, [prefix, suffix]: string[]): boolean {
  const full = `${prefix}${name}${suffix}`;
  const own = object.metadata?.name ?? '';
  return own === full || (own.startsWith(`${full}-`) && /^-[a-z0-9]{10}$/.test(own.slice(full.length)));
}

function generatedPlace(
  layer: Layer,
  { object, path, inner, at }: Sought,
  read: Read,
  affixes: string[],
): Place | undefined {
  const entries = layer.generated.filter(
    ({ kind, name }) => kind === object.kind && isGenerated(name, object, affixes),
  );
  if (entries.length === 0 || !layer.document) return undefined;
  const [field, key] = path;
  const entry =
    ['data', 'binaryData', 'stringData'].includes(String(field)) && key !== undefined
      ? entries.find((one) => one.key === key)
      : undefined;
  if (!entry)
    return field === undefined || field === 'metadata'
      ? layer.file.placeOf(layer.document, entries[0]!.at.slice(0, 2))
      : undefined;
  const found = entry.file === undefined ? undefined : read(entry.file);
  if (entry.file === undefined || typeof found !== 'object') return layer.file.placeOf(layer.document, entry.at);
  return inner ? placeInText(entry.file, found.text, inner, at) : { file: entry.file, line: 1, column: 1 };
}

/** What kustomization.yaml itself sets on every object. */
function transformedPlace({ document, file, value }: Layer, object: KubernetesObject, path: Path): Place | undefined {
  if (!document) return undefined;
  if (
    path.length === 2 &&
    path[0] === 'metadata' &&
    path[1] === 'namespace' &&
    value['namespace'] === object.metadata.namespace
  )
    return file.placeOf(document, ['namespace']);
  if (path.at(-1) === 'image') {
    const image = String(valueAt(object, path));
    const index = ((value['images'] ?? []) as Fields[]).findIndex(
      ({ name, newName }) => image.startsWith(`${newName ?? name}:`) || image.startsWith(`${newName ?? name}@`),
    );
    if (index >= 0) return file.placeOf(document, ['images', index]);
  }
  if (path.join('.') === 'spec.replicas') {
    const index = ((value['replicas'] ?? []) as Fields[]).findIndex(({ name }) => name === object.metadata.name);
    if (index >= 0) return file.placeOf(document, ['replicas', index, 'count']);
  }
  return undefined;
}

function patchPlace(layer: Layer, patch: Patch, { object, path, at }: Sought, affixes: string[]): Place | undefined {
  for (const document of patch.documents.toReversed()) {
    const place = (inPatch: Path): Place =>
      patch.inline && layer.document
        ? layer.file.placeOf(layer.document, [...patch.path, 'patch'], inPatch, at)
        : document.file.placeOf(document, inPatch, undefined, at);
    if (patch.kind === 'json6902') {
      const target = patch.target ?? {};
      if (
        (target['kind'] && target['kind'] !== object.kind) ||
        (target['name'] && target['name'] !== object.metadata?.name)
      )
        continue;
      const operations = (Array.isArray(document.value) ? document.value : []) as Fields[];
      const index = operations.findLastIndex(
        ({ path: pointer }) => typeof pointer === 'string' && leads(pointer, path),
      );
      if (index >= 0) return place([index]);
      continue;
    }
    const matches = patch.target
      ? (!patch.target['kind'] || patch.target['kind'] === object.kind) &&
        (!patch.target['name'] || patch.target['name'] === object.metadata?.name)
      : isSame(document.value, object, affixes);
    const translated = matches ? translate(document.value, object, path) : undefined;
    // The fields that name the object are in every patch.
    if (
      !translated ||
      path.length === 0 ||
      ['apiVersion', 'kind'].includes(String(path[0])) ||
      (path[0] === 'metadata' && (path.length === 1 || path[1] === 'name'))
    )
      continue;
    if (document.file.has(document, translated)) return place(translated);
  }
  return undefined;
}

/** Whether a JSON pointer is of a path, or of what it is in. */
function leads(pointer: string, path: Path): boolean {
  const steps = pointer
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
  return (
    steps.length > 0 &&
    steps.length <= path.length &&
    steps.every((step, index) => step === String(path[index]) || (step === '-' && typeof path[index] === 'number'))
  );
}
