/** The layers of a tree: each built when it is asked for. */
import type { Config, Settings } from '../config/index.js';
import { buildModel } from '../features/index.js';
import type { Layer } from '../kustomize/index.js';
import { folderOf } from '../model/index.js';

/** The base or an overlay, before it is built. */
export interface PlannedLayer {
  /** base, or the overlay's name. */
  name: string;
  settings: Settings;
  /** What the layer is built on; undefined for the base. */
  parent: { folder: string; settings: Settings } | undefined;
  build(): Layer;
}

/** Yields the base and the overlays as layers, each overlay after its parent. */
export function* layersOf({ base, overlays }: Config): Generator<PlannedLayer> {
  const baseLayer = once((): Layer => ({ folder: 'base', model: buildModel(base) }));
  yield { name: 'base', settings: base, parent: undefined, build: baseLayer };
  const extended = new Set(overlays.map(({ parent }) => parent));
  const layers = new Map<string, { settings: Settings; build: () => Layer }>();
  for (const { name, parent, settings } of overlays) {
    const above = parent === undefined ? { settings: base, build: baseLayer } : layers.get(parent)!;
    const folder = folderOf(name);
    const build = (): Layer => ({ folder, model: buildModel(settings), parent: above.build() });
    // Only what others build on is kept: of a thousand overlays few are.
    if (extended.has(name))
      layers.set(name, { settings, build: once(() => ({ folder, model: buildModel(settings) })) });
    yield { name, settings, parent: { folder: folderOf(parent ?? 'base'), settings: above.settings }, build };
  }
}

function once<T>(make: () => T): () => T {
  let made: { value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}
