import type { Path } from '../../../finding.js';
import type { Fields } from '../report.js';
import { type ContainerList, looksAt, type PodScope } from './scope.js';

const POLICIES = ['Always', 'OnFailure', 'Never'];
/** From this minor on containers that are no init containers may have a policy of their own. */
const OWN_POLICIES = 34;

/** When a container alone is started again. */
export function checkRestarts(container: Fields, list: ContainerList, path: Path, { report, target }: PodScope): void {
  const { restartPolicy, restartPolicyRules } = container;
  const at = [...path, 'restartPolicy'];
  if (restartPolicy === undefined) {
    if (looksAt(target, 'restartRules') && (restartPolicyRules ?? []).length > 0)
      report(at, 'must be set where there are restartPolicyRules', 'missing-field');
  } else if (target.first < OWN_POLICIES && (list === 'containers' || restartPolicy !== 'Always')) {
    report(
      at,
      `before Kubernetes 1.${OWN_POLICIES} ${list === 'containers' ? 'only init containers have one' : `it can only be Always; got ${JSON.stringify(restartPolicy)}`}`,
    );
  } else if (looksAt(target, 'restartRules') && !POLICIES.includes(restartPolicy)) {
    report(at, `expected one of ${POLICIES.join(', ')}; got ${JSON.stringify(restartPolicy)}`);
  }
}

/** What a change of a running container's resources asks for. */
export function checkResizes(
  container: Fields,
  list: ContainerList,
  path: Path,
  podRestarts: unknown,
  { report, target }: PodScope,
): void {
  if (!looksAt(target, 'resizePolicy')) return;
  const seen = new Set<string>();
  for (const [index, { resourceName, restartPolicy }] of ((container['resizePolicy'] ?? []) as Fields[]).entries()) {
    const at = [...path, 'resizePolicy', index];
    if (seen.has(resourceName)) report([...at, 'resourceName'], `${resourceName} is there twice`, 'duplicate-item');
    seen.add(resourceName);
    if (restartPolicy !== 'RestartContainer') continue;
    if (podRestarts === 'Never')
      report([...at, 'restartPolicy'], 'must be NotRequired where the pod is never restarted');
    else if (
      list === 'initContainers' &&
      container['restartPolicy'] !== 'Always' &&
      looksAt(target, 'resizeOfInitContainers')
    )
      report([...at, 'restartPolicy'], 'must be NotRequired for an init container, unless its restartPolicy is Always');
  }
}
