import { type ReadBeside, readDefaults, type SharedDefaults } from './defaults.js';
import { checkDelivery, settleDelivery } from './delivery.js';
import { child, dotted, keys } from './pointer.js';
import { ConfigError, type Problem } from './problem.js';
import { SourceFile } from './read-yaml.js';
import { merge, settle, topLevel } from './resolve.js';
import { rules, type Scope } from './rules.js';
import type { Overlay as OverlayFields, RegistryYaml } from './schema.js';
import type { Config, Overlay, Place, Settings, Written } from './settings.js';
import { suggest, validate } from './validate.js';

export type { ReadBeside } from './defaults.js';
export { ConfigError, formatProblem, type Problem } from './problem.js';
export { MAX_BYTES } from './read-yaml.js';
export { type Field, fieldsOfSchema } from './fields.js';
export { type Endpoint, parseEndpoint } from './endpoint.js';
export { parseKubernetesVersion } from './formats.js';
export { parseImage, parseVersion } from './image.js';
export { parseQuantity } from './quantity.js';
export type * from './settings.js';
export { fieldsOf, type FieldOfSchema, merge } from './resolve.js';
export { suggest } from './validate.js';

type Fields = Record<string, unknown>;

/** A map of fields in a file: where values may be written. */
interface Scoped {
  source: SourceFile;
  /** Pointer to the map. */
  at: string;
}

/**
 * Reads a registry.yaml, and the files of defaults that it names.
 *
 * @param bytes the file's contents
 * @param file the name that problems are told under
 * @param readBeside reads the files of defaults; without it they are told as unreadable
 * @throws ConfigError with every problem of the files, where there is one
 */
export function readConfig(bytes: Uint8Array, file: string, readBeside?: ReadBeside): Config {
  return read(bytes, file, readBeside, rules);
}

/** The same without the rules between fields: for a registry.yaml that is half changed. */
export function readUnjudged(bytes: Uint8Array, file: string, readBeside?: ReadBeside): Config {
  return read(bytes, file, readBeside, []);
}

function read(bytes: Uint8Array, file: string, readBeside: ReadBeside | undefined, judges: typeof rules): Config {
  const source = new SourceFile(file, bytes);
  if (source.value === undefined) throw new ConfigError(source.problems);
  const problems = [...source.problems, ...validate(source)];
  const defaults = readDefaults(source, file, readBeside, problems);
  // Rules look at settings, which exist only where the shape is right.
  if (problems.length > 0) throw new ConfigError(problems);
  const config = new Resolver(source, defaults, problems, judges).resolve();
  if (problems.length > 0) throw new ConfigError(problems);
  return config;
}

/**
 * @param bytes contents of a registry.yaml that readConfig takes
 * @returns the plain value, as written: no defaults, no inheritance
 */
export function writtenValue(bytes: Uint8Array, file: string): Record<string, unknown> {
  return new SourceFile(file, bytes).value as Record<string, unknown>;
}

/** Fields that describe what is there only where a kind is chosen, which is another unless said. */
const DESCRIPTIONS = [
  { field: 'storage.s3', kind: 'storage.type', fallback: 'volume', remedy: 's3' },
  { field: 'tls.issuer', kind: 'tls.type', fallback: 'none', remedy: 'cert-manager' },
  { field: 'tls.issuerKind', kind: 'tls.type', fallback: 'none', remedy: 'cert-manager' },
  { field: 'tls.secretName', kind: 'tls.type', fallback: 'none', remedy: 'secret, or cert-manager,' },
];

/** Applies inheritance, then the rules, and tells each problem where the value in question is written. */
class Resolver {
  readonly #source: SourceFile;
  readonly #defaults: SharedDefaults[];
  readonly #problems: Problem[];
  readonly #rules: typeof rules;
  readonly #file: RegistryYaml;
  readonly #overlays: Record<string, OverlayFields>;
  /** Where the fields of the base may be written: the top level, and the files of defaults below it. */
  readonly #baseChain: Scoped[];
  /** Overlay -> where its fields may be written: itself, those that it extends, what the base has. */
  readonly #chains = new Map<string, Scoped[]>();

  /** Variant -> its fields as written. */
  readonly #written = new Map<string, Written>();

  constructor(source: SourceFile, defaults: SharedDefaults[], problems: Problem[], judges: typeof rules) {
    this.#rules = judges;
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
    this.#describedWithoutType();
    const delivery = settleDelivery(this.#file.delivery ?? {}, base);
    checkDelivery(this.#file.delivery ?? {}, delivery, { base, overlays }, (path, message, at) =>
      this.#problems.push(this.#source.problem(['delivery', ...path].reduce(child, ''), message, at)),
    );
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

  /** A bucket or a certificate that is described and nowhere chosen: the images would go to a volume, passwords over plain HTTP. */
  #describedWithoutType(): void {
    const overlays = Object.keys(this.#overlays).map((name) => ({
      source: this.#source,
      at: child('/overlays', name),
    }));
    const stating = (path: string, scopes: Scoped[]): string | undefined =>
      scopes
        .map(({ source, at }) => (source.has(pointerTo(at, path)) ? pointerTo(at, path) : undefined))
        .find((pointer) => pointer !== undefined);
    for (const { field, kind, fallback, remedy } of DESCRIPTIONS) {
      // What files of defaults describe may be for other registries to choose.
      const described = stating(field, [this.#baseChain[0]!, ...overlays]);
      if (described && stating(kind, [...this.#baseChain, ...overlays]) === undefined)
        this.#problems.push(
          this.#source.problem(
            described,
            `has no effect, as ${kind} is ${fallback} everywhere; set ${kind}: ${remedy} beside it`,
            'key',
          ),
        );
    }
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

  #wrongParent(parent: string, waiting: string[]): string | undefined {
    if (waiting.includes(parent)) {
      return `the overlays extend each other in a circle: ${[...waiting.slice(waiting.indexOf(parent)), parent].join(' -> ')}`;
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
    const scope: Scope = {
      settings,
      written: (path) => path.split('.').reduce<unknown>((at, key) => (at as Fields | undefined)?.[key], fields),
      states: (path) => own!.source.has(pointerTo(own!.at, path)),
      report: (path, message) => this.#problems.push(this.#locate([path].flat(), message, chain)),
    };
    for (const rule of this.#rules) rule(scope);
    return settings;
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
