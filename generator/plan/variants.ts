/** The base and the overlays of a registry.yaml by name. */
import { ALL_MINORS, type Exceptions, type Unit } from '../checks/index.js';
import type { Config, Settings } from '../config/index.js';
import { buildModel } from '../features/index.js';
import { finish } from '../kustomize/index.js';
import type { KubernetesObject, Model } from '../model/index.js';
import { headerOf } from './header.js';

/** What is checked of a variant apart from its objects, and what is excepted from the rules there. */
export type UnitContext = Omit<Unit, 'objects'> & { exceptions: Exceptions };

/** @returns names of the base and of every overlay, in the order of the configuration. */
export function variantNames({ overlays }: Config): string[] {
  return ['base', ...overlays.map(({ name }) => name)];
}

/** @returns the settings of the base or of an overlay. */
export function settingsOf({ base, overlays }: Config, variant: string): Settings {
  return variant === 'base' ? base : overlays.find(({ name }) => name === variant)!.settings;
}

/** @returns the finished objects of the base or of one overlay, exactly as kustomize builds them from the tree. */
export function buildVariant(config: Config, name: string, file: string): KubernetesObject[] {
  return finish(buildModel(settingsOf(config, name)), headerOf(file));
}

/** @returns what is checked of a variant, apart from its objects. */
export function unitOf(settings: Settings, { externals }: Pick<Model, 'externals'>): UnitContext {
  const declared = settings.checks.external.map((reference) => {
    const [kind, name] = reference.split('/');
    return { kind: kind!, name: name! };
  });
  return {
    target: settings.kubernetes ?? ALL_MINORS,
    externals: [...externals, ...declared],
    exceptions: settings.checks.ignore,
  };
}
