/** What would change if a field of registry.yaml were written otherwise: the generator is asked, variant by variant. */
import { compareObjects, type ObjectChange } from '../changes/index.js';
import type { Field, Settings } from '../config/index.js';
import type { KubernetesObject } from '../model/index.js';
import { keysOf, otherValues, type WhatIf } from './what-if.js';

/** Ids of the rules that some objects break, exceptions or not. */
export type BrokenRules = (objects: KubernetesObject[], settings: Settings) => Promise<Set<string>>;

/** One other value of a field, and what it does. */
export interface Effect {
  /** base, or overlays, in which it does the same. */
  variants: string[];
  /** The value there is; undefined: none, and no default. */
  from: unknown;
  to: unknown;
  /** Why registry.yaml would be refused with it: mostly it asks for another field too. */
  refused?: string;
  /** Whether the fields beside it had to go. */
  alone: boolean;
  objects: ObjectChange[];
  /** Ids of rules that are broken with it, and are not without. */
  breaks: string[];
  /** Ids of rules that are broken, and are not with it. */
  mends: string[];
}

/**
 * @param variants those to look at
 * @returns for each variant what other values of the field do: of a field with few values all, of others the first that
 *   does anything. Variants in which a value does the same are reported together.
 */
export async function effectsOf(
  whatIf: WhatIf,
  field: Field,
  variants: readonly string[],
  brokenRules: BrokenRules,
): Promise<Effect[]> {
  const found: Effect[] = [];
  for (const variant of variants) {
    const before = await brokenRules(whatIf.objects(variant), whatIf.settings(variant));
    for (const { from, to, refused, alone, objects, after } of tried(whatIf, field, variant)) {
      const now = after ? await brokenRules(after.objects, after.settings) : before;
      found.push({
        variants: [variant],
        from,
        to,
        ...(refused === undefined ? {} : { refused }),
        alone,
        objects,
        breaks: [...now].filter((id) => !before.has(id)),
        mends: [...before].filter((id) => !now.has(id)),
      });
    }
  }
  return together(found);
}

/** @returns whether a field says how the tree is synced: what it changes is beside the variants, in the folder delivery. */
export function isOfDelivery({ path }: Pick<Field, 'path'>): boolean {
  return path.split('.')[0] === 'delivery';
}

/** @returns the variants in which a field can be chosen. */
export function variantsThatChoose(whatIf: WhatIf, { path, perOverlay }: Field): string[] {
  if (path === 'overlays') return [];
  if (path === 'overlays.NAME.extends') return whatIf.variants().filter((variant) => variant !== 'base');
  return perOverlay ? whatIf.variants() : ['base'];
}

interface Trial extends Pick<Effect, 'from' | 'to' | 'refused' | 'alone' | 'objects'> {
  after?: { objects: KubernetesObject[]; settings: Settings };
}

function tried(whatIf: WhatIf, field: Field, variant: string): Trial[] {
  const keys = keysOf(field);
  const from = whatIf.written(variant, keys) ?? field.default;
  const overlays = whatIf.variants().filter((name) => name !== 'base' && name !== variant);
  const trials = otherValues(field, from, overlays).map((to): Trial => {
    const outcome = whatIf.choose(variant, keys, to);
    return 'refused' in outcome
      ? { from, to, refused: outcome.refused, alone: false, objects: [] }
      : {
          from,
          to,
          alone: outcome.alone,
          objects: compareObjects(whatIf.objects(variant), outcome.objects),
          after: outcome,
        };
  });
  if (field.values || field.type === 'boolean' || field.path === 'overlays.NAME.extends') return trials;
  const reported =
    trials.find(({ objects }) => objects.length > 0) ??
    trials.find(({ refused }) => refused === undefined) ??
    trials[0];
  return reported ? [reported] : [];
}

/** Puts together what differs in nothing but the variant. */
function together(effects: Effect[]): Effect[] {
  const groups = new Map<string, Effect>();
  for (const effect of effects) {
    const { variants, refused, objects, ...rest } = effect;
    const said = objects.map(({ change, object, fields }) => [
      change,
      object.kind,
      object.metadata.name.replace(/-[a-z0-9]{10}$/, ''),
      fields.map(({ label, before, after }) =>
        [label, before, after].map((value) => String(JSON.stringify(value)).replace(/-[a-z0-9]{10}\b/g, '')),
      ),
    ]);
    const key = JSON.stringify([rest, refused?.replace(`overlays.${variants[0]}.`, ''), said]);
    const known = groups.get(key);
    if (known) known.variants.push(...variants);
    else groups.set(key, effect);
  }
  return [...groups.values()];
}
