/** What a namespace may use: LimitRange and ResourceQuota. */
import type { Path } from '../../finding.js';
import { expectedFormat, formats } from '../formats/index.js';
import type { Fields, Report } from './report.js';
import { quantityOf } from './quantity.js';

const COUNTED = [
  'pods',
  'services',
  'replicationcontrollers',
  'resourcequotas',
  'secrets',
  'configmaps',
  'persistentvolumeclaims',
  'services.nodeports',
  'services.loadbalancers',
];
const COMPUTED = ['cpu', 'memory', 'requests.cpu', 'requests.memory', 'limits.cpu', 'limits.memory'];
const QUOTAS = new Set([
  ...COUNTED,
  ...COMPUTED,
  'ephemeral-storage',
  'requests.ephemeral-storage',
  'limits.ephemeral-storage',
  'requests.storage',
]);

const isQuota = (name: string): boolean =>
  QUOTAS.has(name) || (/^(requests\.)?hugepages-/.test(name) && formats['qualified-name']!(name));
const isNamed = (name: string): boolean => name.includes('/') && formats['qualified-name']!(name);
/** Whether a resource is of another than Kubernetes, and so has whole numbers, that are requested as they are limited. */
const isForeign = (name: string): boolean =>
  name.includes('/') && !name.includes('kubernetes.io/') && !name.startsWith('requests.');

const LIMIT_TYPES = ['Pod', 'Container', 'PersistentVolumeClaim'];
/** Each of these must not be more than the next that is there. */
const LIMITS = ['min', 'defaultRequest', 'default', 'max'];

export function checkLimitRange({ spec }: Fields, report: Report): void {
  const seen = new Set<string>();
  for (const [index, item] of ((spec?.limits ?? []) as Fields[]).entries()) {
    const at = ['spec', 'limits', index];
    const type = (item['type'] ?? '') as string;
    if (!LIMIT_TYPES.includes(type) && !isNamed(type))
      report([...at, 'type'], `expected one of ${LIMIT_TYPES.join(', ')}; got ${JSON.stringify(type)}`);
    if (seen.has(type)) report([...at, 'type'], `${type} is there twice`, 'duplicate-item');
    seen.add(type);
    checkLimitNames(item, type, at, report);
    checkLimitOrder(item, at, report);
    checkRatios(item, at, report);
    if (type === 'Pod')
      for (const field of ['default', 'defaultRequest'])
        if (Object.keys(item[field] ?? {}).length > 0) report([...at, field], 'belongs to the type Container, not Pod');
    if (type === 'PersistentVolumeClaim' && item['min']?.storage === undefined && item['max']?.storage === undefined)
      report(at, 'one of min.storage and max.storage is needed', 'missing-field');
  }
}

function checkLimitNames(item: Fields, type: string, path: Path, report: Report): void {
  const ofPods = type === 'Pod' || type === 'Container';
  const isName = (name: string): boolean =>
    ofPods
      ? name !== 'storage' && formats['resource-name']!(name)
      : name === 'storage' || isQuota(name) || isNamed(name);
  const expected = ofPods
    ? expectedFormat('resource-name')
    : 'a resource such as storage, or a name with a domain such as nvidia.com/gpu';
  for (const field of [...LIMITS, 'maxLimitRequestRatio']) {
    for (const name of Object.keys(item[field] ?? {}))
      if (!isName(name)) report([...path, field, name], `expected ${expected}; got the name ${JSON.stringify(name)}`);
  }
}

function checkLimitOrder(item: Fields, path: Path, report: Report): void {
  for (const [place, field] of LIMITS.entries()) {
    for (const [name, value] of Object.entries(item[field] ?? {})) {
      for (const above of LIMITS.slice(place + 1)) {
        const limit = item[above]?.[name] as unknown;
        if (limit === undefined) continue;
        if (quantityOf(value) > quantityOf(limit))
          report([...path, field, name], `${field}, ${value}, is more than ${above}, ${limit}`);
        else if (
          field === 'defaultRequest' &&
          above === 'default' &&
          (isForeign(name) || name.startsWith('hugepages-')) &&
          quantityOf(value) !== quantityOf(limit)
        )
          report([...path, field, name], `must be default, ${limit}, as ${name} cannot be shared; got ${value}`);
      }
    }
  }
}

function checkRatios(item: Fields, path: Path, report: Report): void {
  for (const [name, value] of Object.entries(item['maxLimitRequestRatio'] ?? {})) {
    const [min, max] = [item['min']?.[name] as unknown, item['max']?.[name] as unknown];
    const at = [...path, 'maxLimitRequestRatio', name];
    if (quantityOf(value) < 1) report(at, `must be at least 1; got ${value}`);
    else if (min !== undefined && max !== undefined && quantityOf(value) > quantityOf(max) / quantityOf(min))
      report(at, `is more than max, ${max}, divided by min, ${min}; got ${value}`);
  }
}

export function checkResourceQuota({ spec }: Fields, report: Report): void {
  const names = Object.keys(spec?.hard ?? {});
  for (const [name, value] of Object.entries((spec?.hard ?? {}) as Record<string, unknown>)) {
    const at = ['spec', 'hard', name];
    if (!isQuota(name) && !isNamed(name))
      report(at, `expected a resource such as requests.cpu or pods; got the name ${JSON.stringify(name)}`);
    if ((COUNTED.includes(name) || isForeign(name)) && !Number.isInteger(quantityOf(value)))
      report(at, `expected a whole number; got ${value}`);
  }
  const scopes = (spec?.scopes ?? []) as string[];
  checkScopes(scopes, names, (index) => ['spec', 'scopes', index], report);
  const requirements = (spec?.scopeSelector?.matchExpressions ?? []) as Fields[];
  const selector = ['spec', 'scopeSelector', 'matchExpressions'];
  checkScopes(
    requirements.map(({ scopeName }) => scopeName as string),
    names,
    (index) => [...selector, index, 'scopeName'],
    report,
  );
  for (const [index, requirement] of requirements.entries())
    checkScopeRequirement(requirement, [...selector, index], report);
}

const OPPOSITES: Record<string, string> = {
  NotBestEffort: 'BestEffort',
  BestEffort: 'NotBestEffort',
  NotTerminating: 'Terminating',
  Terminating: 'NotTerminating',
};
const OF_PODS = ['pods', ...COMPUTED];
/** Resources that can be counted within a scope. */
const SCOPED: Record<string, string[]> = {
  BestEffort: ['pods'],
  NotBestEffort: OF_PODS,
  Terminating: OF_PODS,
  NotTerminating: OF_PODS,
  PriorityClass: OF_PODS,
  CrossNamespacePodAffinity: OF_PODS,
  VolumeAttributesClass: ['persistentvolumeclaims', 'requests.storage'],
};

function checkScopes(scopes: string[], names: string[], path: (index: number) => Path, report: Report): void {
  for (const [index, scope] of scopes.entries()) {
    const outside = SCOPED[scope] && names.find((name) => isQuota(name) && !SCOPED[scope]!.includes(name));
    if (outside) report(path(index), `${scope} goes with ${SCOPED[scope]!.join(', ')}, and not with ${outside}`);
    if (scopes.indexOf(OPPOSITES[scope] ?? '', 0) >= 0 && scopes.indexOf(OPPOSITES[scope]!) < index)
      report(path(index), `${scope} and ${OPPOSITES[scope]} exclude each other`);
  }
}

function checkScopeRequirement({ scopeName, operator, values }: Fields, path: Path, report: Report): void {
  const count = (values ?? []).length;
  if (scopeName !== 'PriorityClass' && scopeName !== 'VolumeAttributesClass' && operator !== 'Exists')
    report([...path, 'operator'], `must be Exists for the scope ${scopeName}; got ${operator}`);
  if ((operator === 'In' || operator === 'NotIn') && count === 0)
    report([...path, 'values'], `${operator} needs values`, 'missing-field');
  if ((operator === 'Exists' || operator === 'DoesNotExist') && count > 0)
    report([...path, 'values'], `${operator} takes no values`);
}
