import type { Path } from '../../../finding.js';
import type { Fields, Report } from '../report.js';
import { checkLabelSelector } from '../selectors.js';
import type { PodScope } from './scope.js';

/** From this minor on matchLabelKeys become requirements of the selector, as they do in affinities. */
const MERGED_SINCE = 34;

/** How the pods of a workload are spread over nodes and zones. */
export function checkSpread(constraints: Fields[], path: Path, { report, target, labels }: PodScope): void {
  const seen = new Set<string>();
  for (const [index, constraint] of constraints.entries()) {
    const at = [...path, index];
    const { topologyKey, whenUnsatisfiable, minDomains, labelSelector, matchLabelKeys } = constraint;
    const identity = `${topologyKey} ${whenUnsatisfiable}`;
    if (seen.has(identity)) report(at, `${topologyKey} is there twice with ${whenUnsatisfiable}`, 'duplicate-item');
    seen.add(identity);
    if (typeof minDomains === 'number' && whenUnsatisfiable !== 'DoNotSchedule')
      report([...at, 'minDomains'], 'belongs to DoNotSchedule');
    checkLabelSelector(labelSelector, [...at, 'labelSelector'], report);
    if (target.first < MERGED_SINCE) checkWrittenKeys(labelSelector, matchLabelKeys, [...at, 'matchLabelKeys'], report);
    else checkMatchLabelKeys(labelSelector, matchLabelKeys, [...at, 'matchLabelKeys'], report, labels);
  }
}

/**
 * Labels of the pod itself: of their values the server makes requirements of the selector. It refuses two requirements
 * on such a label, of which one is an expression.
 *
 * @param labels of the pod, as far as they are known
 */
export function checkMatchLabelKeys(
  selector: Fields | null | undefined,
  keys: string[] | null | undefined,
  path: Path,
  report: Report,
  labels: Record<string, string>,
): void {
  if (!keys || keys.length === 0) return;
  if (!selector) return report(path, 'needs a labelSelector');
  for (const [index, key] of keys.entries()) {
    const expressions = ((selector['matchExpressions'] ?? []) as Fields[]).filter(
      (expression) => expression['key'] === key,
    ).length;
    const fixed = key in (selector['matchLabels'] ?? {}) ? 1 : 0;
    const added = key in labels ? 1 : 0;
    if (expressions + added > 0 && expressions + added + fixed > 1)
      report([...path, index], `${key} is in the labelSelector already`);
  }
}

/** Before 1.34 the server looked at the selector as it is written. */
function checkWrittenKeys(
  selector: Fields | null | undefined,
  keys: string[] | null | undefined,
  path: Path,
  report: Report,
): void {
  if ((keys ?? []).length > 0 && !selector) return report(path, 'needs a labelSelector');
  const written = new Set([
    ...Object.keys(selector?.['matchLabels'] ?? {}),
    ...((selector?.['matchExpressions'] ?? []) as Fields[]).map(({ key }) => key as string),
  ]);
  for (const [index, key] of (keys ?? []).entries())
    if (written.has(key)) report([...path, index], `${key} is in the labelSelector already`);
}
