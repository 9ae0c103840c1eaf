/** Pods that are checked. */
import { checkSchemas, type Target, Validators } from '../../generator/checks/schema/index.js';
import { formatPath } from '../../generator/checks/index.js';
import type { KubernetesObject } from '../../generator/model/index.js';

const validators = await loaded();

export const NEWEST: Target = { first: 37, last: 37 };

export type Fields = Record<string, unknown>;

async function loaded(): Promise<Validators> {
  const ofPods = new Validators();
  await ofPods.load(['v1/Pod', 'apps/v1/Deployment', 'v1/PodTemplate']);
  return ofPods;
}

const withContainer = (spec: Fields): Fields => ({ containers: [{ name: 'c', image: 'i:1' }], ...spec });

export function errorsOf(object: Fields, target: Target): string[] {
  return checkSchemas([object as unknown as KubernetesObject], target, validators, [])
    .filter(({ severity }) => severity === 'error')
    .map(({ path, message }) => `${formatPath(path)}: ${message}`);
}

export const pod = (spec: Fields, metadata: Fields = {}): Fields => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'p', ...metadata },
  spec: withContainer(spec),
});

export const deployment = (spec: Fields, metadata: Fields = {}): Fields => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'd' },
  spec: {
    selector: { matchLabels: { a: 'b' } },
    template: { metadata: { labels: { a: 'b' }, ...metadata }, spec: withContainer(spec) },
  },
});
