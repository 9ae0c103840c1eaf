/** The objects by which Argo CD or Flux sync the overlays, in a folder of their own. */
import type { Delivery } from '../config/index.js';
import { type Files, YamlFile } from '../kustomize/index.js';
import { argoCdFolder } from './argo-cd.js';
import { fluxFolder } from './flux.js';
import type { Delivered, DeliveryFolder } from './unit.js';

export type { Delivered, DeliveryFolder } from './unit.js';

/** @returns the variants that are delivered, each once. */
export function deliveredVariants({ argoCd, flux }: Delivery): Set<string> {
  return new Set([...(argoCd?.applications.map(({ overlay }) => overlay) ?? []), ...(flux?.overlays ?? [])]);
}

/**
 * @param delivered by variant: those of deliveredVariants
 * @returns the folders that are asked for: one for Argo CD, and one of Flux for each overlay that it syncs
 */
export function buildDelivery(delivery: Delivery, delivered: ReadonlyMap<string, Delivered>): DeliveryFolder[] {
  const { argoCd, flux } = delivery;
  return [
    ...(argoCd ? [argoCdFolder(delivery, argoCd, delivered)] : []),
    ...(flux ? flux.overlays.map((overlay) => fluxFolder(delivery, flux, delivered.get(overlay)!)) : []),
  ];
}

/**
 * @param header comment lines at the top of every file
 * @returns the folder's files, its kustomization.yaml among them
 */
export function writeDelivery({ folder, objects, patches }: DeliveryFolder, header: string[]): Files {
  const kustomization = {
    apiVersion: 'kustomize.config.k8s.io/v1beta1',
    kind: 'Kustomization',
    resources: objects.map(({ file }) => file),
  };
  return new Map([
    ...objects.map(({ file, object }): [string, YamlFile] => [`${folder}/${file}`, new YamlFile(object, header)]),
    ...patches.map(({ file, patch }): [string, YamlFile] => [`${folder}/${file}`, new YamlFile(patch, header)]),
    [`${folder}/kustomization.yaml`, new YamlFile(kustomization, header)],
  ]);
}
