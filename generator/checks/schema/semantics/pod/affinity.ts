import type { Path } from '../../../finding.js';
import { expectedFormat, formats } from '../../formats/index.js';
import type { Fields, Report } from '../report.js';
import { checkLabelSelector, checkRequirements } from '../selectors.js';
import type { PodScope } from './scope.js';
import { checkMatchLabelKeys } from './spread.js';

const REQUIRED = 'requiredDuringSchedulingIgnoredDuringExecution';
const PREFERRED = 'preferredDuringSchedulingIgnoredDuringExecution';

/** Which nodes a pod wants, and which pods it wants beside it. */
export function checkAffinity(
  { nodeAffinity, podAffinity, podAntiAffinity }: Fields,
  path: Path,
  scope: PodScope,
): void {
  const { report } = scope;
  for (const [index, term] of ((nodeAffinity?.[REQUIRED]?.nodeSelectorTerms ?? []) as Fields[]).entries()) {
    checkNodeTerm(term, [...path, 'nodeAffinity', REQUIRED, 'nodeSelectorTerms', index], report, true);
  }
  for (const [index, { preference }] of ((nodeAffinity?.[PREFERRED] ?? []) as Fields[]).entries()) {
    checkNodeTerm(preference ?? {}, [...path, 'nodeAffinity', PREFERRED, index, 'preference'], report, false);
  }
  for (const [name, affinity] of [
    ['podAffinity', podAffinity],
    ['podAntiAffinity', podAntiAffinity],
  ] as const) {
    for (const [index, term] of ((affinity?.[REQUIRED] ?? []) as Fields[]).entries()) {
      checkPodTerm(term, [...path, name, REQUIRED, index], scope);
    }
    for (const [index, { podAffinityTerm }] of ((affinity?.[PREFERRED] ?? []) as Fields[]).entries()) {
      checkPodTerm(podAffinityTerm ?? {}, [...path, name, PREFERRED, index, 'podAffinityTerm'], scope);
    }
  }
}

/** @param strict whether values must be labels', as only of required terms */
export function checkNodeTerm(
  { matchExpressions, matchFields }: Fields,
  path: Path,
  report: Report,
  strict: boolean,
): void {
  checkRequirements(matchExpressions, [...path, 'matchExpressions'], report);
  for (const [index, { values }] of (strict ? ((matchExpressions ?? []) as Fields[]) : []).entries()) {
    checkValues(values, 'label-value', [...path, 'matchExpressions', index, 'values'], report);
  }
  for (const [index, { key, operator, values }] of ((matchFields ?? []) as Fields[]).entries()) {
    const at = [...path, 'matchFields', index];
    if (key !== 'metadata.name') report([...at, 'key'], 'expected metadata.name');
    if (!['In', 'NotIn'].includes(operator) || (values ?? []).length !== 1)
      report([...at, 'values'], 'expected In or NotIn with one value');
    else checkValues(values, 'dns-subdomain', [...at, 'values'], report);
  }
}

function checkValues(values: string[] | null | undefined, format: string, path: Path, report: Report): void {
  for (const [index, value] of (values ?? []).entries()) {
    if (!formats[format]!(value))
      report([...path, index], `expected ${expectedFormat(format)}; got ${JSON.stringify(value)}`);
  }
}

function checkPodTerm(
  { labelSelector, namespaceSelector, matchLabelKeys, mismatchLabelKeys }: Fields,
  path: Path,
  { report, labels }: PodScope,
): void {
  checkLabelSelector(labelSelector, [...path, 'labelSelector'], report);
  checkLabelSelector(namespaceSelector, [...path, 'namespaceSelector'], report);
  checkMatchLabelKeys(labelSelector, matchLabelKeys, [...path, 'matchLabelKeys'], report, labels);
  if ((mismatchLabelKeys ?? []).length > 0 && !labelSelector)
    report([...path, 'mismatchLabelKeys'], 'needs a labelSelector');
  for (const [index, key] of ((matchLabelKeys ?? []) as string[]).entries()) {
    if ((mismatchLabelKeys ?? []).includes(key))
      report([...path, 'matchLabelKeys', index], `${key} is in mismatchLabelKeys too`);
  }
}
