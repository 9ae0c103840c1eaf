import type { Path } from '../../../finding.js';
import type { Fields } from '../report.js';
import { checkEnv } from './env.js';
import { checkHandlers, checkNoHandlers } from './handlers.js';
import { checkMounts } from './mounts.js';
import { checkPortNames } from './ports.js';
import { checkResources } from './resources.js';
import { checkResizes, checkRestarts } from './restarts.js';
import { type ContainerList, containersOf, type PodScope } from './scope.js';

const DEFAULT_GRACE_SECONDS = 30;

/** @param volumes of the pod: name -> kind of source */
export function checkContainers(spec: Fields, path: Path, scope: PodScope, volumes: ReadonlyMap<string, string>): void {
  const names = new Set<string>();
  for (const { container, list, at } of containersOf(spec, path)) {
    if (names.has(container['name']))
      scope.report([...at, 'name'], `two containers are called ${container['name']}`, 'duplicate-item');
    names.add(container['name']);
    checkContainer(container, list, at, scope, spec, volumes);
  }
}

function checkContainer(
  container: Fields,
  list: ContainerList,
  path: Path,
  scope: PodScope,
  spec: Fields,
  volumes: ReadonlyMap<string, string>,
): void {
  const { report } = scope;
  if (!container['image']) report(path, '"image" is missing', 'missing-field');
  // A template may have it, and its pods then cannot be created: that is the rule image-reference.
  else if (scope.isPod && container['image'] !== container['image'].trim())
    report([...path, 'image'], `expected no spaces around it; got ${JSON.stringify(container['image'])}`);
  checkHandlers(container, path, report, graceOf(spec, scope));
  if (list === 'initContainers' && container['restartPolicy'] !== 'Always') checkNoHandlers(container, path, report);
  checkRestarts(container, list, path, scope);
  checkResizes(container, list, path, spec['restartPolicy'], scope);
  checkPortNames(container['ports'] ?? [], [...path, 'ports'], report);
  checkEnv(container['env'] ?? [], [...path, 'env'], report, volumes);
  checkMounts(container, path, report, volumes);
  checkResources(container['resources'] ?? {}, [...path, 'resources'], report);
}

/** @returns the seconds that a pod has to stop; those of a Pod are at least 1. */
function graceOf(spec: Fields, { isPod }: PodScope): number {
  const grace = (spec['terminationGracePeriodSeconds'] ?? DEFAULT_GRACE_SECONDS) as number;
  return isPod && grace < 0 ? 1 : grace;
}
