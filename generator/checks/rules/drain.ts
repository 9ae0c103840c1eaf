import { namespaceOf } from '../view.js';
import type { Rule } from './rule.js';

/** A budget leaves room for one pod at least to be evicted. */
export const drain: Rule = {
  id: 'drain',
  group: 'reference',
  severity: 'error',
  title: 'A PodDisruptionBudget allows one pod at least to be evicted.',
  why: 'A budget that allows none blocks every drain: nodes cannot be upgraded, and the cluster\'s upgrade hangs.',
  fix: 'Use maxUnavailable: 1, or have more replicas than minAvailable.',
  check(view, report) {
    for (const budget of view.of('PodDisruptionBudget')) {
      const { minAvailable, maxUnavailable, selector } = budget['spec'] ?? {};
      const workloads = view.selected(selector, namespaceOf(budget)).filter(({ isService }) => isService);
      // What states no replicas is counted by an autoscaler, and is one where nothing says more.
      const replicas = workloads.reduce((sum, workload) => sum + (workload.replicas ?? leastReplicas(view, workload.object)), 0);
      if (workloads.length === 0) continue;
      if (maxUnavailable !== undefined && share(maxUnavailable, replicas) < 1) {
        report(budget, ['spec', 'maxUnavailable'], `no pod may ever be evicted: ${maxUnavailable} of ${replicas}`);
      } else if (minAvailable !== undefined && share(minAvailable, replicas) >= replicas) {
        report(budget, ['spec', 'minAvailable'], `no pod may ever be evicted: ${minAvailable} of ${replicas} must stay`);
      }
    }
  },
};

function leastReplicas(view: Parameters<Rule['check']>[0], object: { kind: string; metadata: { name: string } }): number {
  const autoscaler = view.of('HorizontalPodAutoscaler').find(({ spec }) => spec?.scaleTargetRef?.kind === object.kind && spec.scaleTargetRef.name === object.metadata.name);
  return (autoscaler?.['spec']?.minReplicas ?? 1) as number;
}

/** Percentages are rounded up, as the disruption controller does. */
function share(value: number | string, of: number): number {
  return typeof value === 'number' ? value : Math.ceil((Number.parseInt(value, 10) / 100) * of);
}
