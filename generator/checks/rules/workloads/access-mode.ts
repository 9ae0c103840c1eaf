import type { Fields, Manifest } from '../../unit/manifest.js';
import type { View } from '../../unit/view.js';
import type { Workload } from '../../unit/workloads.js';
import type { Rule } from '../rule.js';

/** A volume can be mounted by all the pods that share it. */
export const accessMode: Rule = {
  id: 'access-mode',
  group: 'safety',
  severity: 'error',
  title: "A claim's access mode fits the pods that mount it.",
  why: 'With ReadWriteOnce a second pod on another node waits for the volume for ever (a multi-attach error): a rolling update hangs, a second replica never starts, the garbage collector never runs.',
  fix: 'Use ReadWriteMany; or one replica with the strategy Recreate; or keep all pods on one node by required podAffinity.',
  check(view, report) {
    for (const claim of view.of('PersistentVolumeClaim')) {
      const modes = (claim['spec']?.accessModes ?? []) as string[];
      if (modes.includes('ReadWriteMany') || modes.includes('ReadOnlyMany') || modes.length === 0) continue;
      const users = view.workloads.filter(
        (workload) => workload.namespace === (claim.metadata.namespace ?? '') && mounts(workload, claim.metadata.name),
      );
      if (
        modes.includes('ReadWriteOncePod') &&
        (users.length > 1 || users.some(({ replicas }) => (replicas ?? 1) > 1))
      ) {
        report(claim, ['spec', 'accessModes'], `ReadWriteOncePod lets one pod mount it, but ${names(users)} do`);
        continue;
      }
      for (const user of users) checkUser(view, claim, user, users, report);
    }
  },
};

function checkUser(
  view: View,
  claim: Manifest,
  user: Workload,
  users: Workload[],
  report: Parameters<Rule['check']>[1],
): void {
  const { object, replicas, isService } = user;
  const writable = ((claim['spec']?.accessModes ?? []) as string[]).join(', ');
  const together = affinityTo(view, user, users);
  const many = isService && (replicas ?? 2) > 1;
  if (many && !together)
    report(
      claim,
      ['spec', 'accessModes'],
      `${writable} lets one node mount it, but ${names([user])} runs ${replicas ?? 'several'} pods`,
    );
  else if (object.kind === 'Deployment' && object['spec']?.strategy?.type !== 'Recreate' && !together)
    report(
      object,
      ['spec', 'strategy'],
      `a rolling update starts the new pod before the old one is gone, and ${writable} lets one node mount the volume`,
      { hint: 'set strategy.type: Recreate' },
    );
  if (!isService && users.length > 1 && !together)
    report(
      object,
      [...user.path, 'affinity'],
      `the pod must run on the node of ${names(users.filter((other) => other !== user))}, which has the volume`,
    );
}

function mounts({ pod }: Workload, claim: string): boolean {
  return ((pod['volumes'] ?? []) as Fields[]).some(
    ({ persistentVolumeClaim }) => persistentVolumeClaim?.claimName === claim,
  );
}

/** Whether a pod is required to run on one node with pods that have the volume. */
function affinityTo(view: View, { pod, namespace }: Workload, users: Workload[]): boolean {
  const terms = (pod['affinity']?.podAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []) as Fields[];
  return terms.some(
    (term) =>
      term['topologyKey'] === 'kubernetes.io/hostname' &&
      view.selected(term['labelSelector'], namespace).some((workload) => users.includes(workload)),
  );
}

function names(workloads: Workload[]): string {
  return workloads.map(({ object }) => `${object.kind}/${object.metadata.name}`).join(' and ');
}
