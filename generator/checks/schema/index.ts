/** What an API server refuses: schemas, what its Go code validates beyond them, and the CEL rules of custom resources. */
import type { KubernetesObject } from '../../model/index.js';
import type { Finding, Severity } from '../finding.js';
import { goesWithSops } from '../sops.js';
import { rangeName, schemaErrors } from './errors/index.js';
import { withDefaults } from './defaults.js';
import { formats } from './formats/index.js';
import { immutableErrors } from './immutable.js';
import type { Target } from './keywords.js';
import { lifecycleOf } from './lifecycle.js';
import { semanticErrors } from './semantics/index.js';
import { knownKinds, type Validators } from './validators.js';

export type { Target } from './keywords.js';
export { ALL_MINORS, SUPPORTED_MINORS, Validators } from './validators.js';
export { rangeName } from './errors/index.js';

/** Rules whose findings are said, but fail nothing: it works on every minor of the target. */
const WARNINGS = new Set(['deprecated-api', 'deprecated-field', 'unknown-cel']);

/**
 * Checks objects one by one as the API servers of the target would, unknown fields included.
 *
 * @param validators that have loaded what these objects need
 * @param previous objects as the cluster has them, for what cannot be changed in place
 */
export function checkSchemas(
  objects: readonly KubernetesObject[],
  target: Target,
  validators: Validators,
  previous: readonly KubernetesObject[] = [],
): Finding[] {
  const before = new Map(previous.map((object) => [identity(object), object]));
  return objects.flatMap((object) => {
    const old = before.get(identity(object));
    if (old) return checkObject(object, target, validators, old);
    // Overlays share most of their objects, but for the namespace.
    const key = JSON.stringify([
      target.first,
      target.last,
      { ...object, metadata: { ...object.metadata, namespace: object.metadata?.namespace && '' } },
    ]);
    if (validators.clean.has(key) && isNamespace(object.metadata?.namespace)) return [];
    const findings = checkObject(object, target, validators, undefined);
    if (findings.length === 0 && validators.clean.size < MOST_REMEMBERED) validators.clean.add(key);
    return findings;
  });
}

/** Objects that are remembered as right. */
const MOST_REMEMBERED = 10_000;

/** What is asked of a namespace's name, apart from all else. */
function isNamespace(name: string | undefined): boolean {
  return name === undefined || formats['dns-label']!(name);
}

/** @returns what makes an object the same one, before a change and after it. */
export function identity({ apiVersion, kind, metadata }: KubernetesObject): string {
  return [apiVersion, kind, metadata?.namespace ?? '', metadata?.name].join('/');
}

function checkObject(
  object: KubernetesObject,
  target: Target,
  validators: Validators,
  previous: KubernetesObject | undefined,
): Finding[] {
  const findings: Finding[] = [];
  const report = (
    rule: string,
    path: Finding['path'],
    message: string,
    more: Pick<Finding, 'hint' | 'at'> = {},
  ): void => {
    const severity: Severity = WARNINGS.has(rule) ? 'warning' : 'error';
    findings.push({ rule, severity, object, path, message, ...more });
  };
  const id = `${object.apiVersion}/${object.kind}`;
  const lifecycle = lifecycleOf(id, target);
  if (lifecycle)
    report(
      lifecycle.rule,
      ['apiVersion'],
      lifecycle.message,
      lifecycle.hint === undefined ? {} : { hint: lifecycle.hint },
    );
  const known = validators.get(id);
  if (!known) {
    if (lifecycle?.rule !== 'removed-api')
      report('unknown-kind', ['kind'], `there is no schema for ${id}`, { hint: unknownHint(object) });
    return findings;
  }
  const { validate, cluster, minors, deprecated } = known;
  if (minors && (minors[0] > target.first || minors[1] < target.last) && lifecycle?.rule !== 'removed-api') {
    report(
      'unserved-kind',
      ['apiVersion'],
      `${id} is served by Kubernetes 1.${minors[0]} to 1.${minors[1]}; the target is ${rangeName(target)}`,
    );
  }
  if (deprecated !== undefined)
    report(
      'deprecated-api',
      ['apiVersion'],
      `${id} is deprecated${deprecated ? `: ${deprecated}` : ' by its project'}`,
    );
  const value = known.cel ? (withDefaults(object, known.cel.schema, known.cel.resolve) as KubernetesObject) : object;
  const errors = validate.call(target, value)
    ? []
    : schemaErrors(validate.errors ?? [], value, target).filter(({ path }) => !goesWithSops(object, path));
  for (const { rule, path, message, at } of errors) report(rule, path, message, at ? { at } : {});
  // What is not of the right shape cannot be looked at any closer.
  if (errors.some(({ rule }) => !WARNINGS.has(rule))) return findings;
  for (const { rule, path, message } of semanticErrors(object, { cluster, target }).filter(
    ({ path }) => !goesWithSops(object, path),
  ))
    report(rule, path, message);
  if (previous)
    for (const { path, message } of immutableErrors(object, previous)) report('immutable-field', path, message);
  if (known.cel) {
    for (const { path, message, unknown } of validators.celErrors!(
      value,
      known.cel.schema,
      known.cel.resolve,
      previous,
    )) {
      report(unknown ? 'unknown-cel' : 'cel', path, message);
    }
  }
  return findings;
}

function unknownHint({ apiVersion, kind }: KubernetesObject): string {
  const others = knownKinds().filter((id) => id.endsWith(`/${kind}`));
  if (others.length > 0) return `known for this kind: ${others.map((id) => id.slice(0, -kind.length - 1)).join(', ')}`;
  return apiVersion.includes('.')
    ? 'if it is a custom resource, name its CustomResourceDefinition with --crd or in registry.yaml under checks.crds'
    : 'is the kind spelled right?';
}
