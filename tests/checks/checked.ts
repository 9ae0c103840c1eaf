/** Objects that are checked by the schemas. */
import { ALL_MINORS, check, type Finding, formatPath, type Target, Validators } from '../../generator/checks/index.js';
import type { KubernetesObject } from '../../generator/model/index.js';
import { buildVariant, variantNames } from '../../generator/plan/index.js';
import { configOf, shipped } from '../support/config.js';

export const validators = new Validators();

const config = configOf(shipped);

export const shippedObjects = variantNames(config).flatMap((name) => buildVariant(config, name, 'registry.yaml'));

/** @returns rule, path and message of what is found in one object, apart from its relations to others. */
export async function reported(
  object: object,
  target: Target = ALL_MINORS,
  previous: object[] = [],
  own = validators,
): Promise<string[]> {
  const findings = await check(
    { objects: [object as KubernetesObject], target, previous: previous as KubernetesObject[] },
    own,
  );
  return findings
    .filter(({ rule }) => !RELATIONS.has(rule))
    .map(({ rule, path, message }: Finding) => `${rule} ${formatPath(path)}: ${message}`);
}

const { rules } = await import('../../generator/checks/index.js');

const RELATIONS = new Set(rules.map(({ id }) => id));

export const deployment = (change: (object: any) => void): object => {
  const object = structuredClone(shippedObjects.find(({ kind }) => kind === 'Deployment')!);
  change(object);
  return object;
};
