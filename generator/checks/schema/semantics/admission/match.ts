/** Which requests a webhook or a policy is asked about. */
import type { Path } from '../../../finding.js';
import type { Fields, Report } from '../report.js';
import { checkLabelSelector } from '../selectors.js';

/** Checks groups, versions, operations and resources of a rule. */
export function checkRule(rule: Fields, path: Path, report: Report): void {
  for (const field of ['apiGroups', 'apiVersions', 'operations', 'resources']) {
    const values = (rule[field] ?? []) as string[];
    if (values.length === 0) report([...path, field], 'must be set', 'missing-field');
    if (field !== 'resources' && values.length > 1 && values.includes('*'))
      report([...path, field], '"*" is all there are, and goes with no other');
    if (field !== 'apiGroups')
      for (const [index, value] of values.entries())
        if (value === '') report([...path, field, index], 'must not be empty');
  }
  checkResources(rule['resources'] ?? [], [...path, 'resources'], report);
}

/** Resources and their parts, as pods, pods/status, pods/*, and so on. */
function checkResources(resources: string[], path: Path, report: Report): void {
  if (resources.includes('*/*') && resources.length > 1)
    return report(path, '"*/*" is all there are, and goes with no other');
  // Only the last of those without a part is looked at.
  if (resources.includes('*') && resources.findLast((resource) => !resource.includes('/')) !== '*')
    report(path, '"*" is all resources, and goes with no other but parts of them');
  for (const [index, resource] of resources.entries()) {
    const [name, part] = resource.split('/');
    if (part === undefined) continue;
    const wider = [`${name}/*`, `*/${part}`].find(
      (other) => resources.indexOf(other) >= 0 && resources.indexOf(other) < index,
    );
    if (wider) report([...path, index], `${resource} is a part of ${wider}`);
  }
}

/** Checks the selectors and rules of a policy or its binding. */
export function checkMatch(match: Fields | undefined, path: Path, report: Report): void {
  for (const field of ['namespaceSelector', 'objectSelector'])
    checkLabelSelector(match?.[field], [...path, field], report);
  for (const field of ['resourceRules', 'excludeResourceRules']) {
    for (const [index, rule] of ((match?.[field] ?? []) as Fields[]).entries()) {
      checkRule(rule, [...path, field, index], report);
      for (const [number, name] of ((rule['resourceNames'] ?? []) as string[]).entries())
        if (!isSegment(name))
          report(
            [...path, field, index, 'resourceNames', number],
            `expected a name without "/" and "%"; got ${JSON.stringify(name)}`,
          );
    }
  }
}

/** @returns whether a name can be one step of a URL's path. */
export function isSegment(name: string): boolean {
  return !/[/%]|^\.\.?$/.test(name);
}
