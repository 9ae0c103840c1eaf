import { type Manifest, namespaceOf } from '../../unit/manifest.js';
import type { View } from '../../unit/view.js';
import type { Rule } from '../rule.js';

/** A budget leaves room for one pod at least to be evicted. */
export const drain: Rule = {
  id: 'drain',
  group: 'reference',
  severity: 'error',
  title: 'A PodDisruptionBudget allows one pod at least to be evicted.',
  why: "A budget that allows none blocks every drain: nodes cannot be upgraded, and the cluster's upgrade hangs.",
  fix: 'Use maxUnavailable: 1, or have more replicas than minAvailable.',
  check(view, report) {
    for (const budget of view.of('PodDisruptionBudget')) {
      const { minAvailable, maxUnavailable, selector } = budget['spec'] ?? {};
      const workloads = view.selected(selector, namespaceOf(budget)).filter(({ isService }) => isService);
      const counts = workloads.map((workload) => workload.replicas ?? leastReplicas(view, workload.object));
      const replicas = counts.reduce((sum, count) => sum + count, 0);
      // Where there are no pods, or one for each node, nothing can be said.
      if (replicas === 0 || Number.isNaN(replicas)) continue;
      if (maxUnavailable !== undefined && share(maxUnavailable, replicas) < 1) {
        report(budget, ['spec', 'maxUnavailable'], `no pod may ever be evicted: ${maxUnavailable} of ${replicas}`);
      } else if (minAvailable !== undefined && share(minAvailable, replicas) >= replicas) {
        report(
          budget,
          ['spec', 'minAvailable'],
          `no pod may ever be evicted: ${minAvailable} of ${replicas} must stay`,
        );
      }
    }
  },
};

/** @returns the least that an autoscaler may leave; NaN where there is none. */
function leastReplicas(view: View, object: Manifest): number {
  const autoscaler = view
    .of('HorizontalPodAutoscaler')
    .find(
      ({ spec }) => spec?.scaleTargetRef?.kind === object.kind && spec.scaleTargetRef.name === object.metadata.name,
    );
  return autoscaler ? ((autoscaler['spec'].minReplicas ?? 1) as number) : Number.NaN;
}

/** Percentages are rounded up, as the disruption controller does. */
function share(value: number | string, of: number): number {
  return typeof value === 'number' ? value : Math.ceil((Number.parseInt(value, 10) / 100) * of);
}
