/** The overlay that the next steps lead to, and how it gets to the cluster. */
import { join } from 'node:path';
import type { Config, Settings } from '../../../config/index.js';
import { deliveredVariants } from '../../../delivery/index.js';
import { fromHere } from '../../shared/input.js';

/** An overlay, or the base, that is applied. */
export interface Goal {
  /** base, or an overlay's name. */
  name: string;
  /** From the root of the tree. */
  folder: string;
  settings: Settings;
}

/**
 * @param among names of the overlays in question; undefined: all of them
 * @returns the one that a user most likely applies: one that is synced, with TLS, else with an Ingress, else any overlay,
 *   else the base
 */
export function preferredGoal(config: Config, among?: ReadonlySet<string>): Goal {
  const { base, overlays, delivery } = config;
  const synced = delivery ? deliveredVariants(delivery) : new Set<string>();
  const rank = ({ name, settings }: Goal): number =>
    (settings.ingress.type !== 'none' ? 1 : 0) + (settings.tls.type !== 'none' ? 2 : 0) + (synced.has(name) ? 4 : 0);
  const goals = overlays.map(({ name, settings }): Goal => ({ name, folder: `overlays/${name}`, settings }));
  if (goals.length === 0 || synced.has('base')) goals.push({ name: 'base', folder: 'base', settings: base });
  const concerned = goals.filter(({ name }) => !among || among.has(name));
  return (concerned.length > 0 ? concerned : goals).sort((a, b) => rank(b) - rank(a) || (a.name < b.name ? -1 : 1))[0]!;
}

/** @returns the folders of delivery/ by which an overlay is synced from git; undefined where it is applied by hand */
export function deliveryFolders({ delivery }: Config, overlay: string): string[] | undefined {
  if (!delivery || !deliveredVariants(delivery).has(overlay)) return undefined;
  const flux = delivery.flux?.overlays ?? [];
  // Of another overlay, where the one is synced by Argo CD alone: who asks for both has both to apply.
  const [first] = flux.includes(overlay) ? [overlay] : flux;
  return [...(delivery.argoCd ? ['delivery/argo-cd'] : []), ...(first === undefined ? [] : [`delivery/flux/${first}`])];
}

/** @returns a word as a shell takes it. */
export function quote(text: string): string {
  return /^[\w./:@-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/** @returns a path of the tree, as it is typed here. */
export function pathHere(root: string, part: string): string {
  return quote(fromHere(join(root, part)));
}

/** Whether the Secret has the keys of a bucket. */
export function readsBucketKeys({ storage }: Settings): boolean {
  return storage.type === 's3' && storage.s3.credentials === 'secret';
}

/** @returns the options of `htpasswd` that make the Secret of an overlay. @param configFile registry.yaml, as it is typed here */
export function htpasswdOptions({ base }: Config, { name, settings }: Goal, configFile: string): string[] {
  const isBases =
    settings.namespace === base.namespace &&
    settings.secretName === base.secretName &&
    readsBucketKeys(settings) === readsBucketKeys(base);
  return [
    ...(configFile === 'registry.yaml' ? [] : ['--config', quote(configFile)]),
    ...(isBases ? [] : ['--overlay', name]),
  ];
}
