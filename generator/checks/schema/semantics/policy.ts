import type { Fields, Report } from './report.js';
import { checkLabelSelector } from './selectors.js';

export function checkDisruptionBudget({ spec }: Fields, report: Report): void {
  const { minAvailable, maxUnavailable, selector } = spec ?? {};
  const isSet = (value: unknown): boolean => value !== undefined && value !== null;
  if (isSet(minAvailable) && isSet(maxUnavailable))
    report(['spec'], 'minAvailable and maxUnavailable exclude each other');
  for (const [field, value] of Object.entries({ minAvailable, maxUnavailable })) {
    if (typeof value === 'string' && Number.parseInt(value, 10) > 100)
      report(['spec', field], `expected at most 100%; got ${value}`);
  }
  checkLabelSelector(selector, ['spec', 'selector'], report);
}
