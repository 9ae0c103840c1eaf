/** Models that are looked at. */
import type { Deployment } from 'kubernetes-types/apps/v1';
import { buildModel } from '../../generator/features/index.js';
import { type Model } from '../../generator/model/index.js';
import { configOf, only, shipped } from '../support/config.js';
import { often, randomConfigs } from '../support/configs.js';

export const kinds = ({ objects }: Model): string[] => objects.map(({ kind }) => kind);

export const configYml = ({ configMaps }: Model): Record<string, any> =>
  (configMaps[0]!.files['config.yml'] as { yaml: object }).yaml;

export const podOf = (model: Model) => only<Deployment>(model, 'Deployment').spec!.template.spec!;

export const everyModel = [shipped, ...randomConfigs(often(50, 100), 5)].flatMap((text) => {
  const { base, overlays } = configOf(text);
  return [
    { settings: base, model: buildModel(base) },
    ...overlays.map(({ settings }) => ({ settings, model: buildModel(settings) })),
  ];
});
