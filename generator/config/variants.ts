/** The variants of a registry.yaml: inheritance first, then the rules, each problem at the place that states the value in question. */
import type { SharedDefaults } from './defaults.js';
import { settleDelivery } from './delivery.js';
import { child, dotted, keys } from './pointer.js';
import type { Problem } from './problem.js';
import type { SourceFile } from './read-yaml.js';
import { merge, settle, topLevel } from './resolve.js';
import type { Rules } from './rules/index.js';
import type { Overlay as OverlayFields, RegistryYaml } from './schema.js';
import type { Config, Delivery, Overlay, Place, Settings, Written } from './settings.js';
import { suggest } from './validate.js';

type Fields = Record<string, unknown>;

/** A map of fields in a file: where values may be written. */
interface Scoped {
  source: SourceFile;
  /** Pointer to the map. */
  at: string;
}

export class VariantResolver {
  readonly #source: SourceFile;
  readonly #defaults: SharedDefaults[];
  readonly #problems: Problem[];
  readonly #rules: Rules;
  readonly #file: RegistryYaml;
  readonly #overlays: Record<string, OverlayFields>;
  /** Where the fields of the base may be written: the top level, and the files of defaults below it. */
  readonly #baseChain: Scoped[];
  /** Overlay -> where its fields may be written: itself, those that it extends, what the base has. */
  readonly #chains = new Map<string, Scoped[]>();

  /** Variant -> its fields as written. */
  readonly #written = new Map<string, Written>();

  /**
   * @param source registry.yaml, of a valid shape
   * @param defaults the files of defaults below it, nearest first
   * @param problems gets what is wrong
   */
  constructor(source: SourceFile, defaults: SharedDefaults[], problems: Problem[], rules: Rules) {
    this.#rules = rules;
    this.#source = source;
    this.#defaults = defaults;
    this.#problems = problems;
    this.#file = source.value as RegistryYaml;
    this.#overlays = this.#file.overlays ?? {};
    this.#baseChain = [source, ...defaults.map((file) => file.source)].map((from) => ({ source: from, at: '' }));
  }

  resolve(): Config {
    const own = topLevel(this.#file);
    const inherited = this.#defaults.map(({ fields }) => fields).reduceRight((below, above) => merge(below, above), {});
    const baseFields = merge(inherited, own);
    this.#written.set('base', { own, inherited });
    const base = this.#settle(baseFields, this.#baseChain);
    const overlays = this.#resolveOverlays(baseFields);
    const delivery = settleDelivery(this.#file.delivery ?? {}, base);
    this.#validateFile(base, overlays, delivery);
    return {
      base,
      overlays,
      defaults: this.#defaults.map(({ path }) => path),
      delivery: delivery.argoCd || delivery.flux ? delivery : undefined,
      placeOf: (variant, path) => this.#placeOf(variant, path),
      valueOf: (variant, path) => this.#valueOf(variant, path),
      written: (variant) => this.#written.get(variant)!,
    };
  }

  #resolveOverlays(baseFields: Fields): Overlay[] {
    const overlays: Overlay[] = [];
    const done = new Map<string, { fields: Fields; chain: Scoped[] }>();
    const visit = (name: string, waiting: string[]): boolean => {
      if (done.has(name)) return true;
      const pointer = child('/overlays', name);
      const { extends: parent = '', ...own } = this.#overlays[name]!;
      if (parent) {
        const complaint = this.#wrongParent(parent, [...waiting, name]);
        if (complaint) {
          this.#problems.push(this.#source.problem(child(pointer, 'extends'), complaint));
          return false;
        }
        if (!visit(parent, [...waiting, name])) return false;
      }
      const above = parent ? done.get(parent)! : { fields: baseFields, chain: this.#baseChain };
      const fields = merge(above.fields, own);
      const chain = [{ source: this.#source, at: pointer }, ...above.chain];
      done.set(name, { fields, chain });
      this.#written.set(name, { own: own, inherited: above.fields });
      this.#chains.set(name, chain);
      overlays.push({ name, ...(parent ? { parent } : {}), settings: this.#settle(fields, chain) });
      return true;
    };
    for (const name of Object.keys(this.#overlays).sort()) visit(name, []);
    return overlays;
  }

  #wrongParent(parent: string, waiting: string[]): string | undefined {
    if (waiting.includes(parent)) {
      return `the overlays form a cycle: ${[...waiting.slice(waiting.indexOf(parent)), parent].join(' -> ')}; remove "extends" from one of them`;
    }
    if (Object.hasOwn(this.#overlays, parent)) return undefined;
    return `there is no overlay "${parent}"; ${suggest(
      parent,
      Object.keys(this.#overlays).filter((name) => name !== waiting.at(-1)),
    )}`;
  }

  /** @param chain where fields may be written: the overlay, those that it extends, the top level, files of defaults */
  #settle(fields: Fields, chain: Scoped[]): Settings {
    const settings = settle(fields);
    const [own] = chain;
    for (const rule of this.#rules.variant)
      rule.check({
        settings,
        written: (path) => path.split('.').reduce<unknown>((at, key) => (at as Fields | undefined)?.[key], fields),
        states: (path) => own!.source.has(pointerTo(own!.at, path)),
        report: (path, message) => this.#problems.push(this.#locate([path].flat(), message, chain)),
      });
    return settings;
  }

  #validateFile(base: Settings, overlays: readonly Overlay[], delivery: Delivery): void {
    const overlayScopes = Object.keys(this.#overlays).map((name) => ({
      source: this.#source,
      at: child('/overlays', name),
    }));
    const stated = (path: string, scopes: Scoped[]): string | undefined =>
      scopes
        .map(({ source, at }) => (source.has(pointerTo(at, path)) ? pointerTo(at, path) : undefined))
        .find((pointer) => pointer !== undefined);
    for (const rule of this.#rules.file)
      rule.check({
        file: this.#file,
        base,
        overlays,
        delivery,
        statedAt: (field) => {
          const pointer = stated(field, [this.#baseChain[0]!, ...overlayScopes]);
          return pointer === undefined ? undefined : keys(pointer);
        },
        isStated: (field) => stated(field, [...this.#baseChain, ...overlayScopes]) !== undefined,
        report: (path, message, at) => this.#problems.push(this.#source.problem(path.reduce(child, ''), message, at)),
      });
  }

  #placeOf(variant: string, path: string | string[]): Place | undefined {
    const stated = this.#stating(variant, path);
    if (!stated) return undefined;
    const { message: _, ...place } = stated.source.problem(stated.pointer, '', 'key');
    return place;
  }

  #valueOf(variant: string, path: string | string[]): unknown {
    const stated = this.#stating(variant, path);
    return stated && keys(stated.pointer).reduce<unknown>((at, key) => (at as Fields)[key], stated.source.value);
  }

  /** The nearest place that states a field of a variant. */
  #stating(variant: string, path: string | string[]): { source: SourceFile; pointer: string } | undefined {
    const steps = typeof path === 'string' ? path.split('.') : path;
    return (this.#chains.get(variant) ?? this.#baseChain)
      .map(({ source, at }) => ({ source, pointer: steps.reduce(child, at) }))
      .find(({ source, pointer }) => source.has(pointer));
  }

  #locate(paths: string[], message: string, chain: Scoped[]): Problem {
    const stated = chain
      .flatMap(({ source, at }) => paths.map((path) => ({ source, pointer: pointerTo(at, path) })))
      .find(({ source, pointer }) => source.has(pointer));
    if (stated) return stated.source.problem(stated.pointer, message);
    // The value is a default: point to the overlay (or the file) that it applies to.
    const { source, at } = chain[0]!;
    return source.problem(at, message, 'key', dotted(pointerTo(at, paths[0]!)));
  }
}

function pointerTo(start: string, path: string): string {
  return path.split('.').reduce(child, start);
}
