import type { Path } from '../../../finding.js';
import type { Target } from '../../keywords.js';
import type { Fields, Report } from '../report.js';

/** What the checks of a pod have to know beside the fields that they look at. */
export interface PodScope {
  report: Report;
  target: Target;
  /** A Pod gets defaults that the pods of a template get only when they are made. */
  isPod: boolean;
  /** Of a Pod. Selectors take them on, so those of a template do only when its pods are made. */
  labels: Record<string, string>;
}

/**
 * The first minor whose API server looks at a field, where the field is older: a server whose feature gate is off drops
 * it unseen.
 */
export const LOOKED_AT = {
  userNamespaces: 33,
  resizePolicy: 33,
  podResources: 34,
  resourceClaims: 34,
  restartRules: 35,
  hostnameOverride: 35,
  imageVolumes: 35,
  imageVolumesInTemplates: 37,
  trustBundles: 37,
  podCertificates: 37,
  // These two are rules of 1.37, where the field is older.
  devicesInUserNamespaces: 37,
  resizeOfInitContainers: 37,
} as const;

/** @returns whether a minor of the target looks at a field. */
export function looksAt(target: Target, feature: keyof typeof LOOKED_AT): boolean {
  return target.last >= LOOKED_AT[feature];
}

export type ContainerList = 'initContainers' | 'containers';

/** @returns the containers of a pod that are there from its start, with their places. */
export function containersOf(spec: Fields, path: Path): { container: Fields; list: ContainerList; at: Path }[] {
  return (['initContainers', 'containers'] as const).flatMap((list) =>
    ((spec[list] ?? []) as Fields[]).map((container, index) => ({ container, list, at: [...path, list, index] })),
  );
}
