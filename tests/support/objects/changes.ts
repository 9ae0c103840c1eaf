import { stringify } from 'yaml';
import { compareObjects, type ObjectChange, summarize } from '../../../generator/changes/index.js';
import type { KubernetesObject } from '../../../generator/model/index.js';
import { buildVariant } from '../../../generator/plan/index.js';
import { configOf } from '../config.js';

/** A registry that most changes can be made of. */
export const START = {
  host: 'registry.example.com',
  image: 'registry:3.1.0',
  replicas: 2,
  storage: { size: '100Gi' },
  overlays: {
    it: {
      redis: { type: 'statefulset', replicas: 2, memory: '256Mi' },
      ingress: { class: 'nginx' },
      tls: { type: 'cert-manager', issuer: 'letsencrypt' },
    },
  },
};

/** @returns the finished objects of the overlay that a registry.yaml has. */
export function objectsOf(config: object): KubernetesObject[] {
  return buildVariant(configOf(stringify(config)), 'it', 'registry.yaml');
}

/** Changes registry.yaml. @param change is done to a copy */
export function changed(change: (config: any) => void, start: object = START): object {
  const config = structuredClone(start);
  change(config);
  return config;
}

/** @returns what changes in the overlay, and in a line. */
export function compareConfigs(before: object, after: object): { objects: ObjectChange[]; line: string } {
  const objects = compareObjects(objectsOf(before), objectsOf(after));
  return { objects, line: summarize([{ variant: 'it', objects }]) };
}
