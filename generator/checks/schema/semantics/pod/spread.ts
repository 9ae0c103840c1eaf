import type { Path } from '../../../finding.js';
import type { Fields, Report } from '../index.js';
import { checkLabelSelector } from '../selectors.js';

/** How the pods of a workload are spread over nodes and zones. */
export function checkSpread(constraints: Fields[], path: Path, report: Report): void {
  const seen = new Set<string>();
  for (const [index, constraint] of constraints.entries()) {
    const at = [...path, index];
    const { topologyKey, whenUnsatisfiable, minDomains, labelSelector, matchLabelKeys } = constraint;
    const identity = `${topologyKey} ${whenUnsatisfiable}`;
    if (seen.has(identity)) report(at, `${topologyKey} is there twice with ${whenUnsatisfiable}`, 'duplicate-item');
    seen.add(identity);
    if (typeof minDomains === 'number' && whenUnsatisfiable !== 'DoNotSchedule') report([...at, 'minDomains'], 'belongs to DoNotSchedule');
    checkLabelSelector(labelSelector, [...at, 'labelSelector'], report);
    checkMatchLabelKeys(labelSelector, matchLabelKeys, [...at, 'matchLabelKeys'], report);
  }
}

/** Labels of the pod itself, whose values a selector takes on. */
export function checkMatchLabelKeys(selector: Fields | null | undefined, keys: string[] | null | undefined, path: Path, report: Report): void {
  if (!keys || keys.length === 0) return;
  if (!selector) return report(path, 'needs a labelSelector');
  const selected = [...Object.keys(selector['matchLabels'] ?? {}), ...((selector['matchExpressions'] ?? []) as Fields[]).map(({ key }) => key as string)];
  for (const [index, key] of keys.entries()) if (selected.includes(key)) report([...path, index], `${key} is in the labelSelector already`);
}
