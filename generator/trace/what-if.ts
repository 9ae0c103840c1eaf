/** registry.yaml with one field written otherwise, read by the very code that reads it: what that gives, or why it is refused. */
import {
  type Config,
  ConfigError,
  type Field,
  type Place,
  type ReadBeside,
  readConfig,
  type Settings,
  writtenValue,
} from '../config/index.js';
import type { KubernetesObject } from '../model/index.js';
import { othersOf } from './alternatives.js';

type Fields = Record<string, unknown>;

/** What a registry.yaml gives that is written otherwise, or the first of its problems. */
export type Outcome = { settings: Settings; objects: KubernetesObject[]; alone: boolean } | { refused: string };

/** Fields that say which of the fields beside them there are. */
const KINDS = new Set(['type', 'enabled', 'class']);

export interface WhatIfOptions {
  /** Contents of registry.yaml. */
  bytes: Uint8Array;
  /** Its name, for problems. */
  file: string;
  /** Reads the files that it names. */
  readBeside?: ReadBeside;
  /** The objects of some settings. */
  build: (settings: Settings) => KubernetesObject[];
}

/** A registry.yaml to ask questions of. */
export class WhatIf {
  readonly config: Config;
  readonly #written: Fields;
  readonly #readBeside: ReadBeside | undefined;
  readonly #build: WhatIfOptions['build'];
  readonly #objects = new Map<string, KubernetesObject[]>();

  /** @throws ConfigError where registry.yaml is wrong as it stands */
  constructor({ bytes, file, readBeside, build }: WhatIfOptions) {
    this.config = readConfig(bytes, file, readBeside);
    this.#readBeside = readBeside;
    this.#written = writtenValue(bytes, file);
    this.#build = build;
  }

  /** base, and the overlays. */
  variants(): string[] {
    return ['base', ...this.config.overlays.map(({ name }) => name)];
  }

  settings(variant: string): Settings {
    return settingsIn(this.config, variant);
  }

  /** @returns the objects of a variant as registry.yaml is. */
  objects(variant: string): KubernetesObject[] {
    const known = this.#objects.get(variant) ?? this.#build(this.settings(variant));
    this.#objects.set(variant, known);
    return known;
  }

  /** @returns the value that a variant has of a field, as written; undefined: a default */
  written(variant: string, path: readonly string[]): unknown {
    return this.config.valueOf(variant, [...path]);
  }

  /** @returns where a variant has a field from; undefined: a default */
  placeOf(variant: string, path: readonly string[]): Place | undefined {
    return this.config.placeOf(variant, [...path]);
  }

  /** An overlay and those that it extends. */
  #chain(variant: string): string[] {
    const chain: string[] = [];
    for (let name = variant === 'base' ? '' : variant; name; name = String(this.#overlays()[name]!['extends'] ?? ''))
      chain.push(name);
    return chain;
  }

  #overlays(): Record<string, Fields> {
    return (this.#written['overlays'] ?? {}) as Record<string, Fields>;
  }

  /**
   * Writes a field otherwise in one variant, and leaves the variants away that it does not build on. A kind that the fields
   * beside it do not belong to is tried without them (`alone`).
   */
  choose(variant: string, path: readonly string[], value: unknown): Outcome {
    const outcome = this.#choose(variant, path, value, false);
    if (!('refused' in outcome) || path.length < 2 || !KINDS.has(path.at(-1)!)) return outcome;
    const alone = this.#choose(variant, path, value, true);
    return 'refused' in alone ? outcome : alone;
  }

  #choose(variant: string, path: readonly string[], value: unknown, alone: boolean): Outcome {
    const written = structuredClone(this.#written);
    const overlays = (written['overlays'] ?? {}) as Record<string, Fields>;
    // An overlay that is to extend another one needs that, and what syncs overlays needs them.
    const ofAll = path[0] === 'extends' || path[0] === 'delivery';
    if (!ofAll) delete written['delivery'];
    const kept = ofAll ? Object.keys(overlays) : this.#chain(variant);
    written['overlays'] = Object.fromEntries(kept.map((name) => [name, overlays[name]!]));
    const scope = variant === 'base' ? written : overlays[variant]!;
    if (alone) set(scope, path.slice(0, -1), {});
    set(scope, path, value);
    try {
      // JSON is YAML.
      const config = readConfig(new TextEncoder().encode(JSON.stringify(written)), 'registry.yaml', this.#readBeside);
      const settings = settingsIn(config, variant);
      return { settings, objects: this.#build(settings), alone };
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      const { path: at, message } = error.problems[0]!;
      return { refused: at ? `${at}: ${message}` : message };
    }
  }
}

function settingsIn({ base, overlays }: Config, variant: string): Settings {
  return variant === 'base' ? base : overlays.find(({ name }) => name === variant)!.settings;
}

function isMap(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function set(root: Fields, path: readonly string[], value: unknown): void {
  let at = root;
  for (const key of path.slice(0, -1)) {
    if (!isMap(at[key])) at[key] = {};
    at = at[key] as Fields;
  }
  at[path.at(-1)!] = value;
}

/**
 * @param value the value that the field has
 * @param overlays their names, for a field that names one
 * @returns other values of a field, the likeliest first
 */
export function otherValues(
  { path, values, default: own, examples }: Field,
  value: unknown,
  overlays: readonly string[],
): unknown[] {
  const candidates =
    path === 'overlays.NAME.extends'
      ? overlays
      : values
        ? [...values, own]
        : [...examples, ...nextTo(value), ...(path === 'version' ? ['2.8.3'] : []), ...othersOf(path, value)];
  const texts = new Set([JSON.stringify(value)]);
  return candidates.filter((candidate) => {
    const text = JSON.stringify(candidate);
    if (text === undefined || texts.has(text)) return false;
    texts.add(text);
    return true;
  });
}

/** Of a version the next one, of a DNS name one below it: what a person would try. */
function nextTo(value: unknown): string[] {
  if (typeof value !== 'string') return [];
  if (/\d+\.\d+/.test(value))
    return [
      value.replace(
        /(\d+\.\d+\.)?(\d+)(?!.*\d+\.\d+\.)/,
        (_, first: string | undefined, last: string) => `${first ?? ''}${Number(last) + 1}`,
      ),
    ];
  return /^[a-z0-9-]+(\.[a-z0-9-]+)+$/.test(value) ? [`other.${value}`] : [];
}

/** @returns the keys that lead to a field from where a variant states it; of a list's item those of the list. */
export function keysOf({ path }: Pick<Field, 'path'>): string[] {
  return path
    .replace(/\[\].*$/, '')
    .replace(/^overlays\.NAME\./, '')
    .split('.');
}
