/** Which validator is for which kind. A group of kinds is loaded when the first of them is met. */
import type { CustomKind } from './crd.js';
import type { KubernetesObject } from '../../model/index.js';
import type { ValidateFunction } from 'ajv';
import { groups, kinds, minors } from '../../generated/kinds.js';
import type { celErrors } from './cel.js';
import type { Target } from './keywords.js';
import type { Schema } from './json-schema/subschemas.js';

/** What an API server of the target is known to serve. */
export interface KnownKind {
  validate: ValidateFunction;
  cluster: boolean;
  /** Minors that serve it; undefined: all. */
  minors?: [first: number, last: number];
  /** The structural schema of a custom resource with CEL rules. */
  cel?: { schema: Schema; resolve: (name: string) => Schema };
  /** Set where its project deprecates this version; empty where it says nothing more. */
  deprecated?: string;
}

/** Minors of Kubernetes 1 that there are schemas for, oldest first. */
export const SUPPORTED_MINORS: readonly number[] = minors;

export const ALL_MINORS: Target = { first: minors[0]!, last: minors.at(-1)! };

/** The validators that some objects need. */
export class Validators {
  /** Objects that nothing was found in, as text. */
  readonly clean = new Set<string>();
  readonly #known = new Map<string, KnownKind>();
  readonly #custom = new Map<string, KnownKind>();
  /** Evaluates CEL rules; there as soon as a kind that has some is loaded. */
  celErrors: typeof celErrors | undefined;

  /**
   * Adds kinds of the user's own CRDs, which win over those that are known.
   *
   * @param text a file's
   * @throws Error where it has none, or one that cannot be read
   */
  async addCrds(text: string): Promise<void> {
    const { customKindsIn } = await import('./crd-text.js');
    await this.#addCustomKinds(customKindsIn(text));
  }

  /** Adds kinds whose CustomResourceDefinitions are among the objects themselves. One that is wrong is reported of itself. */
  async addKindsOf(objects: readonly KubernetesObject[]): Promise<void> {
    const definitions = objects.filter(
      ({ kind, apiVersion }) => kind === 'CustomResourceDefinition' && apiVersion === 'apiextensions.k8s.io/v1',
    );
    if (definitions.length === 0) return;
    const { customKinds } = await import('./crd.js');
    for (const definition of definitions) {
      try {
        await this.#addCustomKinds(customKinds(definition));
      } catch {
        // Its kind stays unknown.
      }
    }
  }

  async #addCustomKinds(found: readonly CustomKind[]): Promise<void> {
    const { compileCustomKind } = await import('./compile-custom.js');
    for (const source of found) {
      const { id, cluster, schema, deprecated } = source;
      const resolve = (name: string): never => {
        throw new Error(`a CustomResourceDefinition refers to ${name}`);
      };
      this.#custom.set(id, {
        validate: compileCustomKind(source),
        cluster,
        cel: { schema, resolve },
        ...(deprecated === undefined ? {} : { deprecated }),
      });
    }
    await this.#loadCel();
  }

  /** Loads what these kinds need. @param ids apiVersion/Kind */
  async load(ids: Iterable<string>): Promise<void> {
    for (const group of new Set(
      [...ids].filter((id) => !this.#known.has(id)).flatMap((id) => kinds[id]?.group ?? []),
    )) {
      const { validators, cel } = await groups[group]!();
      for (const [id, validate] of Object.entries(validators)) {
        const { cluster = false, minors: range, deprecated } = kinds[id]!;
        const schema = cel.kinds[id];
        this.#known.set(id, {
          validate,
          cluster,
          ...(range ? { minors: range } : {}),
          ...(schema ? { cel: { schema, resolve: (name: string) => cel.definitions[name]! } } : {}),
          ...(deprecated === undefined ? {} : { deprecated }),
        });
      }
      if (Object.keys(cel.kinds).length > 0) await this.#loadCel();
    }
  }

  async #loadCel(): Promise<void> {
    this.celErrors ??= (await import('./cel.js')).celErrors;
  }

  /** @returns what objects of a kind belong to; undefined where it is not known. */
  scopeOf(id: string): 'namespace' | 'cluster' | undefined {
    const known = this.get(id);
    return known && (known.cluster ? 'cluster' : 'namespace');
  }

  get(id: string): KnownKind | undefined {
    return this.#custom.get(id) ?? this.#known.get(id);
  }
}

/** @returns whether there is a schema for an apiVersion/Kind, a user's own left out. */
export function isKnownKind(id: string): boolean {
  return id in kinds;
}

/** @returns every apiVersion/Kind that there is a schema for. */
export function knownKinds(): string[] {
  return Object.keys(kinds);
}
