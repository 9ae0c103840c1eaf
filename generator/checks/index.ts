/** Says what is wrong with what one overlay, or one folder of files, brings to the cluster. */
import type { External, KubernetesObject } from '../model/index.js';
import type { Finding } from './finding.js';
import { rules } from './rules/index.js';
import { checkSchemas, type Target, type Validators } from './schema/index.js';
import { View } from './view.js';

export { canBeIgnored, type Exceptions, isExcepted, type Used, withoutExceptions } from './exceptions.js';
export { type Finding, formatPath, objectLabel, type Path, type Severity, valueAt } from './finding.js';
export { rules, type Rule } from './rules/index.js';
export { rememberConfig } from './registries.js';
export { immutableErrors } from './schema/immutable.js';
export { type SchemaRule, schemaRules } from './schema/rules.js';
export { ALL_MINORS, rangeName, SUPPORTED_MINORS, type Target, Validators } from './schema/index.js';

/** What is checked together: all that one overlay brings to the cluster, or one folder of plain files. */
export interface Unit {
  objects: readonly KubernetesObject[];
  /** Minors of Kubernetes that it must work on. */
  target: Target;
  /** Objects that it relies on and does not hold. */
  externals?: readonly External[];
  /** Objects as the cluster has them now, where that is known: what cannot be changed in place is then told. */
  previous?: readonly KubernetesObject[];
}

/**
 * @param validators are kept from unit to unit, and load what each needs
 * @returns all that is wrong: first what the API server refuses, then by rule
 */
export async function check(unit: Unit, validators: Validators): Promise<Finding[]> {
  const { objects, target, externals, previous } = unit;
  await validators.load(objects.map(({ apiVersion, kind }) => `${apiVersion}/${kind}`));
  const findings = checkSchemas(objects, target, validators, previous);
  // What is not of the right shape cannot be related to others.
  const broken = new Set(findings.filter(({ severity }) => severity === 'error').map(({ object }) => object));
  const view = new View(broken.size > 0 ? objects.filter((object) => !broken.has(object) && object.metadata?.name) : objects, { externals, scopeOf: (id) => validators.scopeOf(id) });
  for (const { id, severity, check: run } of rules) {
    run(view, (object, path, message, more = {}) => findings.push({ rule: id, severity, object: view.written(object), path, message, ...more }));
  }
  return findings;
}
