/** Rules that may be broken, with the reason: checks.ignore of registry.yaml. */
import { type Finding, objectLabel } from './finding.js';

/** Rule id, or rule id and object (image-pinned Deployment/registry), to the reason. */
export type Exceptions = Readonly<Record<string, string>>;

/** Keys of exceptions that something was found for. */
export type Used = Set<string>;

/** What an API server refuses cannot be had by asking. */
const REFUSED = new Set([
  'unknown-field',
  'wrong-type',
  'missing-field',
  'invalid-value',
  'duplicate-item',
  'removed-api',
  'unserved-kind',
  'unserved-field',
  'cel',
  'invalid-yaml',
  'kustomization',
  'kustomize-build',
  'unused-exception',
]);

/** @returns whether a rule can be excepted from. */
export function canBeIgnored(rule: string): boolean {
  return !REFUSED.has(rule);
}

/** @returns whether a rule may be broken wherever it is. */
export function isExcepted(rule: string, exceptions: Exceptions): boolean {
  return Object.hasOwn(exceptions, rule) && canBeIgnored(rule);
}

/**
 * @param used gets the keys of the exceptions that were needed
 * @returns the findings that no exception covers
 */
export function withoutExceptions(findings: readonly Finding[], exceptions: Exceptions, used: Used): Finding[] {
  return findings.filter((finding) => {
    const label = objectLabel(finding.object).replace(/-[a-z0-9]{10}$/, '');
    const key = [`${finding.rule} ${objectLabel(finding.object)}`, `${finding.rule} ${label}`, finding.rule].find(
      (candidate) => Object.hasOwn(exceptions, candidate),
    );
    if (key === undefined || !canBeIgnored(finding.rule)) return true;
    used.add(key);
    return false;
  });
}
