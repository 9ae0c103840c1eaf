import type { Path } from '../../finding.js';
import { expectedFormat, formats } from '../formats/index.js';
import type { Target } from '../keywords.js';
import type { Fields, Report } from './report.js';
import { checkSegment } from './metadata.js';
import { quantityOf } from './quantity.js';

const SOURCES: Record<string, string> = {
  Resource: 'resource',
  Pods: 'pods',
  Object: 'object',
  External: 'external',
  ContainerResource: 'containerResource',
};

/** Metrics that autoscaling/v1 has no fields for. */
const METRICS_ANNOTATION = 'autoscaling.alpha.kubernetes.io/metrics';

export function checkAutoscaler({ metadata, spec }: Fields, report: Report, target: Target): void {
  if (!spec) return report([], '"spec" is missing', 'missing-field');
  const metrics = (spec.metrics ?? []) as Fields[];
  // Pods of which there are none use nothing, so their own metrics would never bring them back.
  if (
    spec.minReplicas === 0 &&
    !metadata?.annotations?.[METRICS_ANNOTATION] &&
    !metrics.some(({ type }) => type === 'Object' || type === 'External')
  )
    report(['spec', 'minReplicas'], '0 needs a metric of the type Object or External');
  const least = spec.minReplicas ?? 1;
  if (spec.maxReplicas < least)
    report(['spec', 'maxReplicas'], `must be at least minReplicas, ${least}; got ${spec.maxReplicas}`);
  const { apiVersion, kind, name } = spec.scaleTargetRef ?? {};
  checkNames({ kind, name }, ['spec', 'scaleTargetRef'], report);
  // Before 1.34, a group was not asked for.
  const noGroup = !apiVersion || apiVersion === 'v1' || /^\/[^/]*$/.test(apiVersion);
  if (noGroup ? target.last >= 34 : !/^[^/]+\/[^/]*$/.test(apiVersion))
    report(
      ['spec', 'scaleTargetRef', 'apiVersion'],
      `expected group and version such as apps/v1; got ${JSON.stringify(apiVersion ?? null)}`,
    );
  for (const [index, metric] of metrics.entries()) checkMetric(metric, ['spec', 'metrics', index], report);
  for (const direction of ['scaleUp', 'scaleDown']) {
    const rules = spec.behavior?.[direction];
    if (rules?.policies && rules.policies.length === 0)
      report(['spec', 'behavior', direction, 'policies'], 'must not be empty', 'missing-field');
    for (const [index, { type }] of ((rules?.policies ?? []) as Fields[]).entries()) {
      if (type !== 'Pods' && type !== 'Percent')
        report(
          ['spec', 'behavior', direction, 'policies', index, 'type'],
          `expected Pods or Percent; got ${JSON.stringify(type ?? null)}`,
        );
    }
  }
}

function checkNames(names: Record<string, unknown>, path: Path, report: Report): void {
  for (const [field, value] of Object.entries(names)) checkSegment(value, [...path, field], report);
}

function checkMetric(metric: Fields, path: Path, report: Report): void {
  const source = SOURCES[metric['type'] as string];
  if (!source)
    return report(
      [...path, 'type'],
      `expected one of ${Object.keys(SOURCES).join(', ')}; got ${JSON.stringify(metric['type'])}`,
    );
  const others = Object.values(SOURCES).filter((field) => field !== source && metric[field]);
  for (const other of others) report([...path, other], `does not belong to the type ${metric['type']}`);
  const own = metric[source] as Fields | null | undefined;
  if (!own) return report([...path], `"${source}" is missing`, 'missing-field');
  if ((source === 'resource' || source === 'containerResource') && !own['name'])
    report([...path, source, 'name'], 'must be set', 'missing-field');
  if (
    source === 'containerResource' &&
    own['name'] &&
    (own['name'] === 'storage' || !formats['resource-name']!(own['name']))
  )
    report(
      [...path, source, 'name'],
      `expected ${expectedFormat('resource-name')}; got ${JSON.stringify(own['name'])}`,
    );
  checkNames({ name: own['metric']?.name }, [...path, source, 'metric'], report);
  if (source === 'object')
    checkNames(
      { kind: own['describedObject']?.kind, name: own['describedObject']?.name },
      [...path, source, 'describedObject'],
      report,
    );
  const { type, averageUtilization, averageValue, value } = own['target'] ?? {};
  const at = [...path, source, 'target'];
  if (!['Utilization', 'Value', 'AverageValue'].includes(type))
    report([...at, 'type'], `expected Utilization, Value or AverageValue; got ${JSON.stringify(type ?? null)}`);
  if (typeof averageUtilization === 'number' && averageUtilization < 1)
    report([...at, 'averageUtilization'], 'must be more than 0');
  for (const [field, quantity] of Object.entries({ averageValue, value })) {
    if (quantity !== undefined && quantityOf(quantity) <= 0)
      report([...at, field], `must be more than 0; got ${quantity}`);
  }
  const isSet = (field: unknown): boolean => field !== undefined;
  if (source === 'resource' || source === 'containerResource') {
    if (!isSet(averageUtilization) && !isSet(averageValue))
      report(at, 'one of averageUtilization and averageValue is needed', 'missing-field');
    if (isSet(averageUtilization) && isSet(averageValue))
      report(at, 'averageUtilization and averageValue exclude each other');
  } else if (source === 'pods') {
    if (!isSet(averageValue)) report([...at, 'averageValue'], 'must be set', 'missing-field');
  } else {
    if (!isSet(averageValue) && !isSet(value)) report(at, 'one of value and averageValue is needed', 'missing-field');
    if (source === 'external' && isSet(averageValue) && isSet(value))
      report(at, 'value and averageValue exclude each other');
  }
}
