import { child, dotted } from './pointer.js';
import { ConfigError, type Problem } from './problem.js';
import { SourceFile } from './read-yaml.js';
import { merge, settle, topLevel } from './resolve.js';
import { rules, type Scope } from './rules.js';
import type { Overlay as OverlayFields, RegistryYaml } from './schema.js';
import type { Config, Overlay, Place, Settings } from './settings.js';
import { suggest, validate } from './validate.js';

export { ConfigError, formatProblem, type Problem } from './problem.js';
export { MAX_BYTES } from './read-yaml.js';
export { type Endpoint, parseEndpoint } from './endpoint.js';
export { parseKubernetesVersion } from './formats.js';
export { parseImage, parseVersion } from './image.js';
export { parseQuantity } from './quantity.js';
export type * from './settings.js';
export { suggest } from './validate.js';

type Fields = Record<string, unknown>;

/**
 * Reads a registry.yaml.
 *
 * @param bytes the file's contents
 * @param file the name that problems are told under
 * @throws ConfigError with every problem of the file, where there is one
 */
export function readConfig(bytes: Uint8Array, file: string): Config {
  const source = new SourceFile(file, bytes);
  if (source.value === undefined) throw new ConfigError(source.problems);
  const problems = [...source.problems, ...validate(source)];
  // Rules look at settings, which exist only where the shape is right.
  if (problems.length > 0) throw new ConfigError(problems);
  const config = new Resolver(source, problems).resolve();
  if (problems.length > 0) throw new ConfigError(problems);
  return config;
}

/** Applies inheritance, then the rules, and tells each problem where the value in question is written. */
class Resolver {
  readonly #source: SourceFile;
  readonly #problems: Problem[];
  readonly #file: RegistryYaml;
  readonly #overlays: Record<string, OverlayFields>;
  /** Overlay -> pointers to where its fields may be written: itself, those that it extends, the top level. */
  readonly #chains = new Map<string, string[]>();

  constructor(source: SourceFile, problems: Problem[]) {
    this.#source = source;
    this.#problems = problems;
    this.#file = source.value as RegistryYaml;
    this.#overlays = this.#file.overlays ?? {};
  }

  resolve(): Config {
    const baseFields = topLevel(this.#file);
    const base = this.#settle(baseFields, ['']);
    const overlays: Overlay[] = [];
    const done = new Map<string, { fields: Fields; chain: string[] }>();
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
      const above = parent ? done.get(parent)! : { fields: baseFields, chain: [''] };
      const fields = merge(above.fields, own as Fields);
      const chain = [pointer, ...above.chain];
      done.set(name, { fields, chain });
      this.#chains.set(name, chain);
      overlays.push({ name, ...(parent ? { parent } : {}), settings: this.#settle(fields, chain) });
      return true;
    };
    for (const name of Object.keys(this.#overlays).sort()) visit(name, []);
    this.#bucketWithoutType();
    return { base, overlays, placeOf: (variant, path) => this.#placeOf(variant, path) };
  }

  /** A bucket that is described and nowhere chosen: the images would go to a volume, and nothing would say so. */
  #bucketWithoutType(): void {
    const scopes = ['', ...Object.keys(this.#overlays).map((name) => child('/overlays', name))];
    const stating = (path: string): string | undefined => scopes.map((at) => pointerTo(at, path)).find((pointer) => this.#source.has(pointer));
    const bucket = stating('storage.s3');
    if (bucket && !stating('storage.type')) this.#problems.push(this.#source.problem(bucket, 'has no effect, as storage.type is volume everywhere; set storage.type: s3 beside it', 'key'));
  }

  #placeOf(variant: string, path: string | string[]): Place | undefined {
    const keys = typeof path === 'string' ? path.split('.') : path;
    const pointer = (this.#chains.get(variant) ?? ['']).map((at) => keys.reduce(child, at)).find((at) => this.#source.has(at));
    if (pointer === undefined) return undefined;
    const { message: _, ...place } = this.#source.problem(pointer, '', 'key');
    return place;
  }

  #wrongParent(parent: string, waiting: string[]): string | undefined {
    if (waiting.includes(parent)) {
      return `the overlays extend each other in a circle: ${[...waiting.slice(waiting.indexOf(parent)), parent].join(' -> ')}`;
    }
    if (Object.hasOwn(this.#overlays, parent)) return undefined;
    return `there is no overlay "${parent}"; ${suggest(parent, Object.keys(this.#overlays).filter((name) => name !== waiting.at(-1)))}`;
  }

  /** @param chain pointers to where fields may be written: the overlay, those that it extends, the top level */
  #settle(fields: Fields, chain: string[]): Settings {
    const settings = settle(fields);
    const scope: Scope = {
      settings,
      written: (path) => path.split('.').reduce<unknown>((at, key) => (at as Fields | undefined)?.[key], fields),
      states: (path) => this.#source.has(pointerTo(chain[0]!, path)),
      report: (path, message) => this.#problems.push(this.#locate([path].flat(), message, chain)),
    };
    for (const rule of rules) rule(scope);
    return settings;
  }

  #locate(paths: string[], message: string, chain: string[]): Problem {
    const stated = chain
      .flatMap((at) => paths.map((path) => pointerTo(at, path)))
      .find((pointer) => this.#source.has(pointer));
    if (stated !== undefined) return this.#source.problem(stated, message);
    // The value is a default: point to the overlay (or the file) that it applies to.
    return this.#source.problem(chain[0]!, message, 'key', dotted(pointerTo(chain[0]!, paths[0]!)));
  }
}

function pointerTo(start: string, path: string): string {
  return path.split('.').reduce(child, start);
}
