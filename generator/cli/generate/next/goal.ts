/** The overlay that the next steps lead to, and how it gets to the cluster. */
import type { Config, Settings } from '../../../config/index.js';
import { deliveredVariants } from '../../../delivery/index.js';
import { folderOf } from '../../../model/index.js';
import { settingsOf, variantNames } from '../../../plan/index.js';

/** An overlay, or the base, that is applied. */
export interface Goal {
  /** base, or an overlay's name. */
  name: string;
  /** From the root of the tree. */
  folder: string;
  settings: Settings;
  /** Other overlays that are variants of the same registry: a cluster runs one of them, and no file says which. */
  alternatives: string[];
}

/** @returns what tells a registry in a cluster from others: overlays that share it are variants of one registry. */
export function identityOf({ namespace, name }: Pick<Settings, 'namespace' | 'name'>): string {
  return `${namespace}/${name}`;
}

/**
 * @param isThere whether a variant was there before: one that is new is applied nowhere yet
 * @returns of each registry that some overlays are variants of, the one that a user most likely applies, the likeliest first
 */
export function goalsAmong(
  config: Config,
  names: readonly string[],
  isThere: (name: string) => boolean = () => true,
): Goal[] {
  const rank = (goal: Goal): number => rankOf(config, goal) + (isThere(goal.name) ? 16 : 0);
  const all = names.map((name): Goal => ({
    name,
    folder: folderOf(name),
    settings: settingsOf(config, name),
    alternatives: [],
  }));
  const ranked = [...all].sort((one, other) => rank(other) - rank(one) || (one.name < other.name ? -1 : 1));
  const found = new Map<string, Goal>();
  for (const goal of ranked) {
    const id = identityOf(goal.settings);
    if (!found.has(id)) found.set(id, goal);
  }
  for (const { name, settings } of all) {
    const goal = found.get(identityOf(settings))!;
    if (name !== 'base' && name !== goal.name) goal.alternatives.push(name);
  }
  return [...found.values()];
}

/** One that is synced comes first, then one with TLS, one with an Ingress, any overlay; last the base. */
function rankOf({ delivery }: Config, { name, settings }: Goal): number {
  const isSynced = delivery !== undefined && deliveredVariants(delivery).has(name);
  return (
    (name === 'base' ? 0 : 1) +
    (settings.ingress.type !== 'none' ? 2 : 0) +
    (settings.tls.type !== 'none' ? 4 : 0) +
    (isSynced ? 8 : 0)
  );
}

/** @returns the variants that are applied: the overlays, and the base where there are none, or where it is synced */
export function appliedVariants(config: Config): string[] {
  const { overlays, delivery } = config;
  const syncsBase = delivery !== undefined && deliveredVariants(delivery).has('base');
  return variantNames(config).filter((name) => name !== 'base' || overlays.length === 0 || syncsBase);
}

/** @returns the folders of delivery/ by which an overlay is synced; undefined where it is applied by hand */
export function deliveryFolders({ delivery }: Config, overlay: string): string[] | undefined {
  if (!delivery || !deliveredVariants(delivery).has(overlay)) return undefined;
  const byFlux = delivery.flux?.overlays.includes(overlay) === true;
  const byArgoCd = delivery.argoCd?.applications.some((application) => application.overlay === overlay) === true;
  return [...(byArgoCd ? ['delivery/argo-cd'] : []), ...(byFlux ? [`delivery/flux/${overlay}`] : [])];
}
