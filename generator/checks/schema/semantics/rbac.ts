import { expectedFormat, formats } from '../formats/index.js';
import type { Fields, Report } from './report.js';
import { checkSegment } from './metadata.js';
import { checkLabelSelector } from './selectors.js';

export function checkRole({ rules, aggregationRule }: Fields, report: Report, isCluster: boolean): void {
  for (const [index, selector] of ((aggregationRule?.clusterRoleSelectors ?? []) as Fields[]).entries())
    checkLabelSelector(selector, ['aggregationRule', 'clusterRoleSelectors', index], report);
  for (const [index, rule] of ((rules ?? []) as Fields[]).entries()) {
    const path = ['rules', index];
    const urls = (rule['nonResourceURLs'] ?? []) as string[];
    const resources = (rule['resources'] ?? []) as string[];
    const groups = (rule['apiGroups'] ?? []) as string[];
    if (urls.length > 0) {
      if (!isCluster) report([...path, 'nonResourceURLs'], 'belongs to a ClusterRole');
      if (resources.length > 0 || groups.length > 0)
        report([...path, 'nonResourceURLs'], 'excludes apiGroups and resources');
      continue;
    }
    if (groups.length === 0) report([...path, 'apiGroups'], 'must be set; "" is the core group', 'missing-field');
    if (resources.length === 0) report([...path, 'resources'], 'must be set', 'missing-field');
  }
}

export function checkBinding({ roleRef, subjects }: Fields, report: Report, isCluster: boolean): void {
  const kinds = isCluster ? ['ClusterRole'] : ['Role', 'ClusterRole'];
  if (!kinds.includes(roleRef?.kind))
    report(['roleRef', 'kind'], `expected ${kinds.join(' or ')}; got ${JSON.stringify(roleRef?.kind ?? null)}`);
  checkSegment(roleRef?.name, ['roleRef', 'name'], report);
  for (const [index, { kind, name, apiGroup, namespace }] of ((subjects ?? []) as Fields[]).entries()) {
    const at = ['subjects', index];
    if (!kind || !name) report(at, `"${kind ? 'name' : 'kind'}" is missing`, 'missing-field');
    if (kind === 'ServiceAccount') {
      if (name && !formats['dns-subdomain']!(name))
        report([...at, 'name'], `expected ${expectedFormat('dns-subdomain')}; got ${JSON.stringify(name)}`);
      if (apiGroup) report([...at, 'apiGroup'], 'a ServiceAccount is of the core group: leave it empty');
      if (!namespace && isCluster) report([...at], '"namespace" is missing', 'missing-field');
    } else if (apiGroup && apiGroup !== 'rbac.authorization.k8s.io')
      report([...at, 'apiGroup'], 'expected rbac.authorization.k8s.io');
  }
}
