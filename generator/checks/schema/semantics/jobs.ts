import type { Path } from '../../finding.js';
import { expectedFormat, formats } from '../formats/index.js';
import type { Target } from '../keywords.js';
import type { Fields, Report } from './report.js';
import { checkPodTemplate } from './pod/index.js';
import { checkLabelSelector, selects } from './selectors.js';

/** Names of a CronJob's Jobs get 11 characters more, and have 63. */
const MAX_CRON_JOB_NAME = 52;
const MAX_JOB_NAME = 63;
/** What an Indexed Job may have at most: pods at a time, and indexes before each of its fields is bounded. */
const MANY = 100_000;
/** What it may have of pods at a time and of failed indexes, with more indexes than that. */
const FEWER = 10_000;

export function checkJob({ metadata, spec }: Fields, report: Report, target: Target): void {
  const job = (spec ?? {}) as Fields;
  // As the API server fills them in: both or none.
  const completions = job['completions'] ?? (typeof job['parallelism'] === 'number' ? undefined : 1);
  const name = String(metadata?.name ?? '');
  if (job['manualSelector'] === true) checkManualSelector(job, ['spec'], report);
  else checkOwnSelector(job, name, ['spec'], report);
  if (name.length > MAX_JOB_NAME && job['manualSelector'] !== true)
    report(
      ['metadata', 'name'],
      `a Job's name has at most ${MAX_JOB_NAME} characters, as its pods have it for a label; got ${name.length}`,
    );
  checkIndexedName(name, { ...job, completions }, report);
  checkJobSpec({ ...job, completions }, ['spec'], report, target);
}

export function checkCronJob({ metadata, spec }: Fields, report: Report, target: Target): void {
  if (String(metadata?.name).length > MAX_CRON_JOB_NAME)
    report(
      ['metadata', 'name'],
      `a CronJob's name has at most ${MAX_CRON_JOB_NAME} characters; got ${metadata.name.length}`,
    );
  if (/TZ/.test(spec?.schedule ?? '')) report(['spec', 'schedule'], 'the time zone belongs in timeZone');
  const path = ['spec', 'jobTemplate', 'spec'];
  const job = (spec?.jobTemplate?.spec ?? {}) as Fields;
  if (job['manualSelector'] === true)
    report([...path, 'manualSelector'], 'must be false: every Job makes its own selector');
  if (job['selector']) report([...path, 'selector'], 'is made by the Job itself; remove this');
  checkJobSpec(job, path, report, target);
}

/** Labels that a Job gives to its pods. */
const JOB_NAME_LABELS = ['job-name', 'batch.kubernetes.io/job-name'];
const CONTROLLER_LABELS = ['controller-uid', 'batch.kubernetes.io/controller-uid'];

function checkOwnSelector(job: Fields, name: string, path: Path, report: Report): void {
  // What the Job adds to it and to its pods: only that can be selected.
  const made = Object.fromEntries([
    ...JOB_NAME_LABELS.map((label) => [label, name]),
    ...CONTROLLER_LABELS.map((label) => [label, '']),
  ]) as Record<string, string>;
  if (!selects(job['selector'], made)) report([...path, 'selector'], 'is made by the Job itself; remove this');
  const labels = (job['template']?.metadata?.labels ?? {}) as Record<string, string>;
  const at = [...path, 'template', 'metadata', 'labels'];
  for (const label of CONTROLLER_LABELS)
    if (label in labels) report([...at, label], 'is set by the Job itself; remove this');
  for (const label of JOB_NAME_LABELS)
    if (label in labels && labels[label] !== name)
      report([...at, label], `is set by the Job itself, to its name; got ${JSON.stringify(labels[label])}`);
}

function checkManualSelector(job: Fields, path: Path, report: Report): void {
  if (!job['selector'])
    return report([...path, 'selector'], 'must be set where manualSelector is true', 'missing-field');
  checkLabelSelector(job['selector'], [...path, 'selector'], report);
  if (!selects(job['selector'], job['template']?.metadata?.labels ?? {}))
    report([...path, 'template', 'metadata', 'labels'], 'the selector does not select these labels');
}

/** Pods of an Indexed Job are called like it and their index, and their host name is a label of DNS. */
function checkIndexedName(name: string, { completionMode, completions }: Fields, report: Report): void {
  if (completionMode !== 'Indexed' || typeof completions !== 'number' || completions < 1) return;
  const longest = `${name}-${completions - 1}`;
  if (!formats['dns-label']!(longest))
    report(
      ['metadata', 'name'],
      `a pod of an Indexed Job is called ${longest}; expected ${expectedFormat('dns-label')}`,
    );
}

function checkJobSpec(spec: Fields, path: Path, report: Report, target: Target): void {
  const restart = spec['template']?.spec?.restartPolicy;
  if (restart !== 'Never' && restart !== 'OnFailure') {
    report(
      [...path, 'template', 'spec', 'restartPolicy'],
      `a Job's pods restart Never or OnFailure; got ${restart ? restart : 'nothing, which is Always'}`,
    );
  }
  if (spec['podFailurePolicy'] && restart === 'OnFailure')
    report([...path, 'template', 'spec', 'restartPolicy'], 'must be Never where there is a podFailurePolicy');
  if (spec['podFailurePolicy'] && spec['podReplacementPolicy'] === 'TerminatingOrFailed')
    report([...path, 'podReplacementPolicy'], 'must be Failed where there is a podFailurePolicy');
  if (typeof spec['maxFailedIndexes'] === 'number' && typeof spec['backoffLimitPerIndex'] !== 'number')
    report([...path, 'backoffLimitPerIndex'], 'must be set where maxFailedIndexes is', 'missing-field');
  if (spec['completionMode'] === 'Indexed') checkIndexed(spec, path, report);
  else
    for (const field of ['backoffLimitPerIndex', 'maxFailedIndexes', 'successPolicy'])
      if (spec[field] !== undefined) report([...path, field], 'belongs to the completionMode Indexed');
  for (const [index, rule] of ((spec['podFailurePolicy']?.rules ?? []) as Fields[]).entries())
    checkFailureRule(rule, [...path, 'podFailurePolicy', 'rules', index], spec, report);
  checkPodTemplate(spec['template'] ?? {}, [...path, 'template'], report, target);
}

function checkIndexed(spec: Fields, path: Path, report: Report): void {
  const { completions, parallelism = 0, maxFailedIndexes, backoffLimitPerIndex } = spec;
  if (typeof completions !== 'number')
    return report([...path, 'completions'], 'must be set for Indexed', 'missing-field');
  const bounded = completions > MANY && typeof backoffLimitPerIndex === 'number';
  const most = bounded ? FEWER : MANY;
  const reason = bounded ? `, as there are more than ${MANY} completions with a backoffLimitPerIndex` : ' for Indexed';
  if (parallelism > most) report([...path, 'parallelism'], `expected at most ${most}${reason}; got ${parallelism}`);
  if (bounded && maxFailedIndexes === undefined)
    report([...path, 'maxFailedIndexes'], `must be set${reason}`, 'missing-field');
  if (maxFailedIndexes > most)
    report([...path, 'maxFailedIndexes'], `expected at most ${most}${reason}; got ${maxFailedIndexes}`);
  else if (maxFailedIndexes > completions)
    report([...path, 'maxFailedIndexes'], `must not be more than completions, ${completions}; got ${maxFailedIndexes}`);
  for (const [index, rule] of ((spec['successPolicy']?.rules ?? []) as Fields[]).entries())
    checkSuccessRule(rule, [...path, 'successPolicy', 'rules', index], completions, report);
}

function checkSuccessRule(
  { succeededCount, succeededIndexes }: Fields,
  path: Path,
  completions: number,
  report: Report,
): void {
  if (succeededCount === undefined && succeededIndexes === undefined)
    return report(path, 'one of succeededCount and succeededIndexes is needed', 'missing-field');
  const count = typeof succeededIndexes === 'string' ? countIndexes(succeededIndexes, completions) : completions;
  if (count === undefined)
    report(
      [...path, 'succeededIndexes'],
      `expected indexes below ${completions} in order such as 0,2-4; got ${JSON.stringify(succeededIndexes)}`,
    );
  else if (succeededCount > count)
    report(
      [...path, 'succeededCount'],
      `must not be more than the ${count} indexes that there are; got ${succeededCount}`,
    );
}

/** @returns how many indexes a text such as 0,2-4 names, or undefined where it is none of this form. */
function countIndexes(text: string, completions: number): number | undefined {
  let [last, count] = [-1, 0];
  for (const interval of text === '' ? [] : text.split(',')) {
    const match = /^\+?(\d+)(?:-\+?(\d+))?$/.exec(interval);
    const [from, to] = [Number(match?.[1]), Number(match?.[2] ?? match?.[1])];
    if (!match || from <= last || to >= completions || (match[2] !== undefined && from >= to)) return undefined;
    last = to;
    count += to - from + 1;
  }
  return count;
}

function checkFailureRule(
  { action, onExitCodes, onPodConditions }: Fields,
  path: Path,
  spec: Fields,
  report: Report,
): void {
  const conditions = (onPodConditions ?? []) as Fields[];
  if (action === 'FailIndex' && typeof spec['backoffLimitPerIndex'] !== 'number')
    report([...path, 'action'], 'FailIndex needs a backoffLimitPerIndex');
  if (onExitCodes && conditions.length > 0) report(path, 'onExitCodes and onPodConditions exclude each other');
  if (!onExitCodes && conditions.length === 0)
    report(path, 'one of onExitCodes and onPodConditions is needed', 'missing-field');
  if (!onExitCodes) return;
  const values = (onExitCodes.values ?? []) as number[];
  if (values.length === 0) report([...path, 'onExitCodes', 'values'], 'must not be empty', 'missing-field');
  if (onExitCodes.operator === 'In' && values.includes(0))
    report([...path, 'onExitCodes', 'values'], '0 is success, and no failure');
  if (new Set(values).size < values.length)
    report([...path, 'onExitCodes', 'values'], 'a code is there twice', 'duplicate-item');
  if (values.some((value, index) => index > 0 && value < values[index - 1]!))
    report([...path, 'onExitCodes', 'values'], 'must be in order');
  const containers = [
    ...(spec['template']?.spec?.containers ?? []),
    ...(spec['template']?.spec?.initContainers ?? []),
  ] as Fields[];
  const name = onExitCodes.containerName;
  if (typeof name === 'string' && !containers.some((container) => container['name'] === name))
    report([...path, 'onExitCodes', 'containerName'], `there is no container "${name}"`);
}
