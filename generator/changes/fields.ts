/** Where two objects differ, field by field: items of lists are distinguished as Kubernetes does, by their merge keys. */
import { parse } from 'yaml';
import { factsOf, isEqual, typeOf } from '../kustomize/index.js';
import type { KubernetesObject } from '../model/index.js';

type Fields = Record<string, unknown>;

/** One value that differs, without a judgement. */
export interface Difference {
  /** Where in the object; for a value inside a ConfigMap's file, `inner` goes on from there. */
  path: (string | number)[];
  /** Path in the file of a ConfigMap: fields of config.yml. */
  inner?: (string | number)[];
  /** The path as people read it: containers and variables by their names. */
  label: string;
  /** Undefined: the field is not there. */
  before: unknown;
  after: unknown;
}

/** Where a value stands, for programs and for people. */
interface Place {
  path: (string | number)[];
  names: string[];
}

/** What the cluster keeps of its own in an object, and who wrote it. */
const OWN_METADATA = new Set([
  'uid',
  'resourceVersion',
  'generation',
  'creationTimestamp',
  'managedFields',
  'selfLink',
]);
/** Of no interest in a label: what every object with pods has. */
const FRAME = /^(spec\.)?(jobTemplate\.spec\.)?(template\.spec|template|spec|data)\.(?=.)/;

/** @returns each value that differs; none where the objects are the same. */
export function differences(before: KubernetesObject, after: KubernetesObject): Difference[] {
  const found: Difference[] = [];
  const [old, now] = [before, after].map(stated) as [Fields, Fields];
  maps(old, now, { path: [], names: [] }, typeOf(after), found);
  return found;
}

function stated(object: KubernetesObject): Fields {
  const { status: _, metadata, ...rest } = object as unknown as Fields;
  // A name tells generated ConfigMaps of the same origin apart, and is no field of theirs.
  const { name: __, ...kept } = Object.fromEntries(
    Object.entries(metadata as Fields).filter(([field]) => !OWN_METADATA.has(field)),
  );
  return { ...rest, metadata: kept };
}

function maps(before: Fields, after: Fields, place: Place, type: string | undefined, found: Difference[]): void {
  for (const field of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const facts = factsOf(type, field);
    values(before[field], after[field], { path: [...place.path, field], names: [...place.names, field] }, facts, found);
  }
}

function values(
  before: unknown,
  after: unknown,
  place: Place,
  facts: { type?: string; keys?: string[] },
  found: Difference[],
): void {
  if (isEqual(before, after)) return;
  if (isMap(before) && isMap(after)) return maps(before, after, place, facts.type, found);
  // The last annotation goes with the map that it was in, and is one like the others.
  if (areNames(place) && [before, after].every((side) => side == null || isMap(side)))
    return maps((before ?? {}) as Fields, (after ?? {}) as Fields, place, facts.type, found);
  if (isList(before) && isList(after) && [...before, ...after].every(isMap))
    return lists(before as Fields[], after as Fields[], place, facts, found);
  const file =
    place.path[0] === 'data' && /\.ya?ml$/.test(String(place.path[1])) ? [before, after].map(yamlOf) : undefined;
  if (file?.every(isMap)) {
    const inside: Difference[] = [];
    maps(file[0] as Fields, file[1] as Fields, { path: [], names: [] }, undefined, inside);
    // Else it is a comment that changed.
    if (inside.length > 0)
      return void found.push(
        ...inside.map(({ path, ...rest }) => ({ ...rest, path: place.path, inner: path, label: rest.label })),
      );
  }
  found.push({ path: place.path, label: labelOf(place), before, after });
}

/** Items of the same name are compared, others come or go. */
function lists(
  before: Fields[],
  after: Fields[],
  place: Place,
  { type, keys }: { type?: string; keys?: string[] },
  found: Difference[],
): void {
  const identities = keysOf(keys, [before, after]);
  const at = (index: number, name: string): Place => ({ path: [...place.path, index], names: [...place.names, name] });
  if (!identities) return unnamed(before, after, at, type, found);
  const nameOf = (item: Fields): string =>
    identities.flatMap((key) => (item[key] === undefined ? [] : [String(item[key])])).join('/');
  const old = new Map(before.map((item, index) => [nameOf(item), { item, index }]));
  const now = new Map(after.map((item, index) => [nameOf(item), { item, index }]));
  for (const [name, { item, index }] of now)
    values(old.get(name)?.item, item, at(index, name), type === undefined ? {} : { type }, found);
  for (const [name, { item, index }] of old)
    if (!now.has(name))
      found.push({ path: [...place.path, index], label: labelOf(at(index, name)), before: item, after: undefined });
  const [left, right] = [
    [...old.keys()].filter((name) => now.has(name)),
    [...now.keys()].filter((name) => old.has(name)),
  ];
  if (!isEqual(left, right) && place.path.at(-1) === 'env')
    found.push({ path: place.path, label: `${labelOf(place)} (order)`, before: left, after: right });
}

/** @returns the fields whose values distinguish all items; undefined where there are none. */
function keysOf(keys: string[] | undefined, sides: Fields[][]): string[] | undefined {
  return [keys, ['name']].find(
    (some) =>
      some &&
      sides.every(
        (items) =>
          items.every((item) => item[some[0]!] !== undefined) &&
          new Set(items.map((item) => JSON.stringify(some.map((key) => item[key])))).size === items.length,
      ),
  );
}

/** Of rules without names those that are on both sides say nothing. */
function unnamed(
  before: Fields[],
  after: Fields[],
  at: (index: number, name: string) => Place,
  type: string | undefined,
  found: Difference[],
): void {
  const gone = before.flatMap((item, index) => (after.some((other) => isEqual(item, other)) ? [] : [{ item, index }]));
  const come = after.flatMap((item, index) => (before.some((other) => isEqual(item, other)) ? [] : [{ item, index }]));
  if (gone.length === 1 && come.length === 1) {
    return values(
      gone[0]!.item,
      come[0]!.item,
      at(come[0]!.index, String(come[0]!.index)),
      type === undefined ? {} : { type },
      found,
    );
  }
  for (const { item, index } of gone)
    found.push({ path: at(index, '').path, label: labelOf(at(index, String(index))), before: item, after: undefined });
  for (const { item, index } of come)
    found.push({ path: at(index, '').path, label: labelOf(at(index, String(index))), before: undefined, after: item });
}

/** Whether a place holds labels or annotations. */
function areNames({ path }: Place): boolean {
  return path.at(-2) === 'metadata' && (path.at(-1) === 'annotations' || path.at(-1) === 'labels');
}

function labelOf({ names }: Place): string {
  return names
    .map((name) => (/^[\w-]*$/.test(name) ? name : `[${name}]`))
    .join('.')
    .replace(/\.\[/g, '[')
    .replace(FRAME, '');
}

function yamlOf(text: unknown): unknown {
  try {
    return typeof text === 'string' ? parse(text, { version: '1.1' }) : undefined;
  } catch {
    return undefined;
  }
}

function isMap(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isList(value: unknown): value is unknown[] {
  return Array.isArray(value);
}
