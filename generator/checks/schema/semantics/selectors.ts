import type { Path } from '../../finding.js';
import type { Fields, Report } from './report.js';

/** What each operator of a selector asks of its values. */
export function checkRequirements(requirements: Fields[] | null | undefined, path: Path, report: Report): void {
  for (const [index, { operator, values }] of (requirements ?? []).entries()) {
    const at = [...path, index, 'values'];
    const count = (values ?? []).length;
    if ((operator === 'In' || operator === 'NotIn') && count === 0)
      report(at, `${operator} needs values`, 'missing-field');
    if ((operator === 'Exists' || operator === 'DoesNotExist') && count > 0) report(at, `${operator} takes no values`);
    // Whether it is a number is looked at when the pod is scheduled.
    if ((operator === 'Gt' || operator === 'Lt') && count !== 1) report(at, `${operator} takes one value`);
  }
}

export function checkLabelSelector(selector: Fields | null | undefined, path: Path, report: Report): void {
  checkRequirements(selector?.['matchExpressions'], [...path, 'matchExpressions'], report);
}

export function isEmptySelector(selector: Fields | null | undefined): boolean {
  return (
    Object.keys(selector?.['matchLabels'] ?? {}).length === 0 && (selector?.['matchExpressions'] ?? []).length === 0
  );
}

/** @returns whether labels have what a selector asks for. An empty selector takes all. */
export function selects(selector: Fields | null | undefined, labels: Record<string, string>): boolean {
  const byLabels = Object.entries(selector?.['matchLabels'] ?? {}).every(
    ([key, value]) => labels[key] === (value ?? ''),
  );
  return (
    byLabels &&
    ((selector?.['matchExpressions'] ?? []) as Fields[]).every(({ key, operator, values }) =>
      meets(labels[key], operator, values ?? []),
    )
  );
}

function meets(value: string | undefined, operator: string, values: string[]): boolean {
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    default:
      return value === undefined;
  }
}
