/** Copies what differs between two environments of a registry, or between two registries, where the fields are those that a promotion copies. */
import { isDeepStrictEqual } from 'node:util';
import {
  type Config,
  type FieldOfSchema,
  merge,
  type ReadBeside,
  readConfig,
  noRules,
  type Written,
} from '../config/index.js';
import { type Edit, editYaml } from './edit-yaml.js';

/** The part of a registry.yaml that is copied from or to: the top level, or an overlay. */
export interface Copied {
  from: string;
  to: string;
}

/** A value that is copied. */
export interface Promoted {
  /** As in registry.yaml: overlays.prod.image. */
  field: string;
  before: unknown;
  after: unknown;
}

export interface Target {
  text: string;
  /** The name that problems are reported under. */
  file: string;
  readBeside: ReadBeside;
}

/**
 * @param from what is copied from, as it is written
 * @param variants base or an overlay of each, in the order of inheritance
 * @param fields that are copied
 * @returns the text of registry.yaml with the values in it, and what they are
 * @throws ConfigError where the target cannot be read, Error where it cannot be edited
 */
export function promote(
  from: Config,
  target: Target,
  variants: readonly Copied[],
  fields: readonly FieldOfSchema[],
): { text: string; promoted: Promoted[] } {
  let { text } = target;
  const promoted: Promoted[] = [];
  for (const { from: source, to } of variants) {
    // What an overlay inherits may just have been changed.
    const config = readConfig(new TextEncoder().encode(text), target.file, target.readBeside, noRules);
    const start = to === 'base' ? [] : ['overlays', to];
    for (const { path, before, after, value } of differences(from.written(source), config.written(to), fields)) {
      const edit: Edit = { path: [...start, ...path], value };
      text = editYaml(text, [edit]);
      promoted.push({ field: edit.path.join('.'), before, after });
    }
  }
  return { text, promoted };
}

interface Difference {
  path: string[];
  before: unknown;
  after: unknown;
  /** What the target has to state for that; undefined where it inherits it. */
  value: unknown;
}

function differences(from: Written, to: Written, fields: readonly FieldOfSchema[]): Difference[] {
  const [source, target] = [merge(from.inherited, from.own), merge(to.inherited, to.own)];
  return fields.flatMap(({ path, default: fallback }): Difference[] => {
    const valueIn = (at: Record<string, unknown>): unknown => valueAt(at, path) ?? fallback;
    const [after, before] = [valueIn(source), valueIn(target)];
    if (after === undefined || isDeepStrictEqual(plain(after), plain(before))) return [];
    // What the source inherits too, the target need not repeat.
    const inherits =
      valueAt(to.own, path) !== undefined &&
      valueAt(from.own, path) === undefined &&
      isDeepStrictEqual(plain(valueIn(to.inherited)), plain(after));
    return [{ path, before, after, value: inherits ? undefined : plain(after) }];
  });
}

function valueAt(root: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (at, key) => (typeof at === 'object' && at !== null ? (at as Record<string, unknown>)[key] : undefined),
    root,
  );
}

/** Maps as they are read have no prototype. */
function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value ?? null));
}

/** @returns the fields among some that a source has otherwise in another state of itself. */
export function differing(
  now: Config,
  then: Config,
  variants: readonly string[],
  fields: readonly FieldOfSchema[],
): string[] {
  return variants.flatMap((variant) => {
    const start = variant === 'base' ? [] : ['overlays', variant];
    const isThere = variant === 'base' || then.overlays.some(({ name }) => name === variant);
    if (!isThere) return [start.join('.')];
    return differences(now.written(variant), then.written(variant), fields).map(({ path }) =>
      [...start, ...path].join('.'),
    );
  });
}
