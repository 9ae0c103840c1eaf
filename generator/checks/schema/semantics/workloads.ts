import type { Path } from '../../finding.js';
import { expectedFormat, formats } from '../formats/index.js';
import type { Target } from '../keywords.js';
import type { Fields, Report } from './report.js';
import { checkPodTemplate } from './pod/index.js';
import { checkLabelSelector, isEmptySelector, selects } from './selectors.js';
import { checkClaimSpec } from './storage/claims.js';

export function checkDeployment({ spec }: Fields, report: Report, target: Target): void {
  checkTemplate(spec, report, target, ['Always']);
  const { type, rollingUpdate } = spec?.strategy ?? {};
  if (type === 'Recreate' && rollingUpdate)
    report(['spec', 'strategy', 'rollingUpdate'], 'belongs to the type RollingUpdate');
  if (rollingUpdate) {
    checkPercent(rollingUpdate.maxUnavailable, ['spec', 'strategy', 'rollingUpdate', 'maxUnavailable'], report);
    if (isZero(rollingUpdate.maxUnavailable) && isZero(rollingUpdate.maxSurge))
      report(['spec', 'strategy', 'rollingUpdate'], 'maxUnavailable and maxSurge cannot both be 0');
  }
  const ready = spec?.minReadySeconds ?? 0;
  const deadline = spec?.progressDeadlineSeconds ?? 600;
  if (deadline <= ready)
    report(['spec', 'progressDeadlineSeconds'], `must be more than minReadySeconds, ${ready}; got ${deadline}`);
}

export function checkReplicaSet({ spec }: Fields, report: Report, target: Target): void {
  checkTemplate(spec, report, target, ['Always']);
}

export function checkDaemonSet({ spec }: Fields, report: Report, target: Target): void {
  checkTemplate(spec, report, target, ['Always']);
  const { type, rollingUpdate } = spec?.updateStrategy ?? {};
  if ((type || 'RollingUpdate') !== 'RollingUpdate' || !rollingUpdate) return;
  const at = ['spec', 'updateStrategy', 'rollingUpdate'];
  checkPercent(rollingUpdate.maxUnavailable, [...at, 'maxUnavailable'], report);
  checkPercent(rollingUpdate.maxSurge, [...at, 'maxSurge'], report);
  const unavailable = rollingUpdate.maxUnavailable ?? 1;
  const surge = rollingUpdate.maxSurge ?? 0;
  if (isZero(unavailable) && isZero(surge)) report(at, 'maxUnavailable and maxSurge cannot both be 0');
  if (!isZero(unavailable) && !isZero(surge)) report([...at, 'maxSurge'], 'must be 0 where maxUnavailable is not');
}

export function checkStatefulSet({ spec }: Fields, report: Report, target: Target): void {
  const templates = (spec?.volumeClaimTemplates ?? []) as Fields[];
  checkTemplate(
    spec,
    report,
    target,
    ['Always'],
    templates.map(({ metadata }) => metadata?.name as string),
  );
  for (const [index, template] of templates.entries()) {
    const name = template['metadata']?.name as string | undefined;
    // It becomes the name of a volume of the pods.
    if (!name) report(['spec', 'volumeClaimTemplates', index, 'metadata', 'name'], 'must be set', 'missing-field');
    else if (!formats['dns-label']!(name))
      report(
        ['spec', 'volumeClaimTemplates', index, 'metadata', 'name'],
        `expected ${expectedFormat('dns-label')}; got ${JSON.stringify(name)}`,
      );
    checkClaimSpec(template['spec'] ?? {}, ['spec', 'volumeClaimTemplates', index, 'spec'], report);
  }
  const { type, rollingUpdate } = spec?.updateStrategy ?? {};
  if (type === 'OnDelete' && rollingUpdate)
    report(['spec', 'updateStrategy', 'rollingUpdate'], 'belongs to the type RollingUpdate');
  if (!rollingUpdate) return;
  const at = ['spec', 'updateStrategy', 'rollingUpdate', 'maxUnavailable'];
  checkPercent(rollingUpdate.maxUnavailable, at, report);
  // Before 1.37, when the feature MaxUnavailableStatefulSet was off, the field was dropped.
  if (target.last >= 37 && isZero(rollingUpdate.maxUnavailable)) report(at, 'must not be 0: no pod could be updated');
}

export function checkReplicationController({ spec }: Fields, report: Report, target: Target): void {
  if (!spec?.template) return report(['spec'], '"template" is missing', 'missing-field');
  const labels = (spec.template.metadata?.labels ?? {}) as Record<string, string>;
  // Without a selector it takes the labels of its pods.
  const selector = Object.keys(spec.selector ?? {}).length > 0 ? spec.selector : labels;
  checkTemplate({ ...spec, selector: { matchLabels: selector } }, report, target, ['Always']);
}

/** What Deployments, StatefulSets, DaemonSets, ReplicaSets and ReplicationControllers have in common. */
function checkTemplate(
  spec: Fields | null | undefined,
  report: Report,
  target: Target,
  restarts: string[],
  claims: string[] = [],
): void {
  if (!spec) return report([], '"spec" is missing', 'missing-field');
  const labels = spec['template']?.metadata?.labels ?? {};
  checkLabelSelector(spec['selector'], ['spec', 'selector'], report);
  if (isEmptySelector(spec['selector'])) report(['spec', 'selector'], 'must not be empty', 'missing-field');
  else if (!selects(spec['selector'], labels))
    report(['spec', 'template', 'metadata', 'labels'], 'the selector does not select these labels');
  const template = spec['template']?.spec as Fields | null | undefined;
  if (!template) return report(['spec', 'template'], '"spec" is missing', 'missing-field');
  const restart = template['restartPolicy'];
  if (restart && !restarts.includes(restart))
    report(['spec', 'template', 'spec', 'restartPolicy'], `must be ${restarts.join(' or ')}; got ${restart}`);
  if (typeof template['activeDeadlineSeconds'] === 'number')
    report(['spec', 'template', 'spec', 'activeDeadlineSeconds'], 'belongs to Jobs');
  checkPodTemplate(spec['template'], ['spec', 'template'], report, target, claims);
}

function isZero(value: unknown): boolean {
  return value === 0 || (typeof value === 'string' && /^0+%$/.test(value));
}

function checkPercent(value: unknown, path: Path, report: Report): void {
  if (typeof value === 'string' && Number.parseInt(value, 10) > 100)
    report(path, `expected at most 100%; got ${value}`);
}
