import type { Path } from '../../finding.js';
import type { Target } from '../keywords.js';
import type { Fields, Report } from './index.js';
import { checkPodTemplate } from './pod.js';
import { checkLabelSelector, isEmptySelector, selects } from './selectors.js';
import { checkClaimSpec } from './storage.js';

/** Names of a CronJob's Jobs get 11 characters more, and have 63. */
const MAX_CRON_JOB_NAME = 52;

export function checkDeployment({ spec }: Fields, report: Report, target: Target): void {
  checkTemplate(spec, report, target, ['Always']);
  const { type, rollingUpdate } = spec?.strategy ?? {};
  if (type === 'Recreate' && rollingUpdate) report(['spec', 'strategy', 'rollingUpdate'], 'belongs to the type RollingUpdate');
  if (rollingUpdate) {
    checkPercent(rollingUpdate.maxUnavailable, ['spec', 'strategy', 'rollingUpdate', 'maxUnavailable'], report);
    if (isZero(rollingUpdate.maxUnavailable) && isZero(rollingUpdate.maxSurge)) report(['spec', 'strategy', 'rollingUpdate'], 'maxUnavailable and maxSurge cannot both be 0');
  }
  const ready = spec?.minReadySeconds ?? 0;
  const deadline = spec?.progressDeadlineSeconds ?? 600;
  if (deadline <= ready) report(['spec', 'progressDeadlineSeconds'], `must be more than minReadySeconds, ${ready}; got ${deadline}`);
}

export function checkReplicaSet({ spec }: Fields, report: Report, target: Target): void {
  checkTemplate(spec, report, target, ['Always']);
}

export function checkDaemonSet({ spec }: Fields, report: Report, target: Target): void {
  checkTemplate(spec, report, target, ['Always']);
  const { type, rollingUpdate } = spec?.updateStrategy ?? {};
  if ((type ?? 'RollingUpdate') !== 'RollingUpdate' || !rollingUpdate) return;
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
  checkTemplate(spec, report, target, ['Always'], templates.map(({ metadata }) => metadata?.name as string));
  for (const [index, template] of templates.entries()) {
    checkClaimSpec(template['spec'] ?? {}, ['spec', 'volumeClaimTemplates', index, 'spec'], report);
  }
  const { type, rollingUpdate } = spec?.updateStrategy ?? {};
  if (type === 'OnDelete' && rollingUpdate) report(['spec', 'updateStrategy', 'rollingUpdate'], 'belongs to the type RollingUpdate');
  if (rollingUpdate) checkPercent(rollingUpdate.maxUnavailable, ['spec', 'updateStrategy', 'rollingUpdate', 'maxUnavailable'], report);
}

export function checkJob({ spec }: Fields, report: Report, target: Target): void {
  checkJobSpec(spec ?? {}, ['spec'], report, target);
}

export function checkCronJob({ metadata, spec }: Fields, report: Report, target: Target): void {
  if (String(metadata?.name).length > MAX_CRON_JOB_NAME) report(['metadata', 'name'], `a CronJob's name has at most ${MAX_CRON_JOB_NAME} characters; got ${metadata.name.length}`);
  if (/TZ=/.test(spec?.schedule ?? '')) report(['spec', 'schedule'], 'the time zone belongs in timeZone');
  checkJobSpec(spec?.jobTemplate?.spec ?? {}, ['spec', 'jobTemplate', 'spec'], report, target);
}

function checkJobSpec(spec: Fields, path: Path, report: Report, target: Target): void {
  const restart = spec['template']?.spec?.restartPolicy;
  if (restart !== 'Never' && restart !== 'OnFailure') {
    report([...path, 'template', 'spec', 'restartPolicy'], `a Job's pods restart Never or OnFailure; got ${restart ? restart : 'nothing, which is Always'}`);
  }
  if (spec['podFailurePolicy'] && restart === 'OnFailure') report([...path, 'template', 'spec', 'restartPolicy'], 'must be Never where there is a podFailurePolicy');
  const indexed = spec['completionMode'] === 'Indexed';
  if (indexed && typeof spec['completions'] !== 'number') report([...path, 'completions'], 'must be set for Indexed', 'missing-field');
  for (const field of ['backoffLimitPerIndex', 'maxFailedIndexes', 'successPolicy']) {
    if (!indexed && spec[field] !== undefined && spec[field] !== null) report([...path, field], 'belongs to the completionMode Indexed');
  }
  if (spec['manualSelector'] !== true && spec['selector']) report([...path, 'selector'], 'is made by the Job itself; remove this');
  for (const [index, rule] of ((spec['podFailurePolicy']?.rules ?? []) as Fields[]).entries()) checkFailureRule(rule, [...path, 'podFailurePolicy', 'rules', index], spec, report);
  checkPodTemplate(spec['template'] ?? {}, [...path, 'template'], report, target);
}

function checkFailureRule({ onExitCodes, onPodConditions }: Fields, path: Path, spec: Fields, report: Report): void {
  const conditions = (onPodConditions ?? []) as Fields[];
  if (onExitCodes && conditions.length > 0) report(path, 'onExitCodes and onPodConditions exclude each other');
  if (!onExitCodes && conditions.length === 0) report(path, 'one of onExitCodes and onPodConditions is needed', 'missing-field');
  if (!onExitCodes) return;
  const values = (onExitCodes.values ?? []) as number[];
  if (values.length === 0) report([...path, 'onExitCodes', 'values'], 'must not be empty', 'missing-field');
  if (onExitCodes.operator === 'In' && values.includes(0)) report([...path, 'onExitCodes', 'values'], '0 is success, and no failure');
  if (new Set(values).size < values.length) report([...path, 'onExitCodes', 'values'], 'a code is there twice', 'duplicate-item');
  if (values.some((value, index) => index > 0 && value < values[index - 1]!)) report([...path, 'onExitCodes', 'values'], 'must be in order');
  const containers = [...(spec['template']?.spec?.containers ?? []), ...(spec['template']?.spec?.initContainers ?? [])] as Fields[];
  const name = onExitCodes.containerName;
  if (typeof name === 'string' && !containers.some((container) => container['name'] === name)) report([...path, 'onExitCodes', 'containerName'], `there is no container "${name}"`);
}

/** What Deployments, StatefulSets, DaemonSets and ReplicaSets have in common. */
function checkTemplate(spec: Fields | null | undefined, report: Report, target: Target, restarts: string[], claims: string[] = []): void {
  if (!spec) return report([], '"spec" is missing', 'missing-field');
  const labels = spec['template']?.metadata?.labels ?? {};
  checkLabelSelector(spec['selector'], ['spec', 'selector'], report);
  if (isEmptySelector(spec['selector'])) report(['spec', 'selector'], 'must not be empty', 'missing-field');
  else if (!selects(spec['selector'], labels)) report(['spec', 'template', 'metadata', 'labels'], 'the selector does not select these labels');
  const template = spec['template']?.spec as Fields | null | undefined;
  if (!template) return report(['spec', 'template'], '"spec" is missing', 'missing-field');
  const restart = template['restartPolicy'];
  if (restart && !restarts.includes(restart)) report(['spec', 'template', 'spec', 'restartPolicy'], `must be ${restarts.join(' or ')}; got ${restart}`);
  if (typeof template['activeDeadlineSeconds'] === 'number') report(['spec', 'template', 'spec', 'activeDeadlineSeconds'], 'belongs to Jobs');
  checkPodTemplate(spec['template'], ['spec', 'template'], report, target, claims);
}

function isZero(value: unknown): boolean {
  return value === 0 || (typeof value === 'string' && /^0+%$/.test(value));
}

function checkPercent(value: unknown, path: Path, report: Report): void {
  if (typeof value === 'string' && Number.parseInt(value, 10) > 100) report(path, `expected at most 100%; got ${value}`);
}
