/** Says what is wrong with what one overlay, or one folder of files, brings to the cluster. */
import type { External, KubernetesObject } from '../model/index.js';
import type { Finding } from './finding.js';
import { rules } from './rules/index.js';
import { checkSchemas, type Target, type Validators } from './schema/index.js';
import { View } from './unit/view.js';

export { canBeIgnored, type Exceptions, isExcepted, type Used, withoutExceptions } from './exceptions.js';
export { type Finding, formatPath, objectLabel, type Path, type Severity, valueAt } from './finding.js';
export { rules, type Rule } from './rules/index.js';
export { collectionOf, isDryRun } from './unit/collections.js';
export { rememberConfig } from './registry/containers.js';
export { immutableErrors } from './schema/immutable.js';
export { type SchemaRule, schemaRules } from './schema/rules.js';
export { ALL_MINORS, identity, rangeName, SUPPORTED_MINORS, type Target, Validators } from './schema/index.js';

/** What is checked together: all that one overlay brings to the cluster, or one folder of plain files. */
export interface Unit {
  objects: readonly KubernetesObject[];
  /** Minors of Kubernetes that it must work on. */
  target: Target;
  /** Objects that it relies on and does not hold. */
  externals?: readonly External[];
  /** Objects as the cluster has them now, where that is known: what cannot be changed in place is then reported. */
  previous?: readonly KubernetesObject[];
}

/** Fields without which an item of a list is none. */
const IDENTIFYING = new Set<string | number>([
  'name',
  'mountPath',
  'devicePath',
  'containerPort',
  'port',
  'key',
  'path',
]);

/** @returns what of an object cannot be read: a value of a wrong type, a list's item without what makes it one, or all of an unknown kind. */
function unreadable({ rule, object, path }: Finding): Pick<Finding, 'object' | 'path'>[] {
  if (rule === 'unknown-kind' || rule === 'removed-api') return [{ object, path: [] }];
  if (rule === 'wrong-type')
    return [
      { object, path: IDENTIFYING.has(path.at(-1)!) && typeof path.at(-2) === 'number' ? path.slice(0, -1) : path },
    ];
  const item = rule === 'missing-field' ? path.findLastIndex((step) => typeof step === 'number') : -1;
  return item < 0 ? [] : [{ object, path: path.slice(0, item + 1) }];
}

/**
 * @param validators are kept from unit to unit, and load what each needs
 * @returns all that is wrong: first what the API server refuses, then by rule
 */
export async function check(unit: Unit, validators: Validators): Promise<Finding[]> {
  const { objects, target, externals, previous } = unit;
  await validators.addKindsOf(objects);
  await validators.load(objects.map(({ apiVersion, kind }) => `${apiVersion}/${kind}`));
  const findings = checkSchemas(objects, target, validators, previous);
  const view = new View(objects, {
    externals,
    scopeOf: (id) => validators.scopeOf(id),
    unreadable: findings.flatMap(unreadable),
  });
  for (const { id, severity, check: run } of rules) {
    run(view, (object, path, message, more = {}) =>
      findings.push({ rule: id, severity, object: view.written(object), path, message, ...more }),
    );
  }
  return findings;
}
