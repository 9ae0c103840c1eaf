import type { Fields } from '../../unit/manifest.js';
import type { Rule } from '../rule.js';

/** Replicas do not all stand on one node. */
export const spread: Rule = {
  id: 'spread',
  group: 'safety',
  severity: 'error',
  title: 'Replicas are spread over nodes, and leave one by one.',
  why: 'Without a constraint the scheduler may put every replica on one node, and its loss is the loss of the service. Without a PodDisruptionBudget a drain of two nodes may evict all of them at once.',
  fix: 'Add topologySpreadConstraints on kubernetes.io/hostname (or podAntiAffinity), and a PodDisruptionBudget with maxUnavailable: 1. Replicas that must share one node say so by podAffinity.',
  check(view, report) {
    for (const workload of view.workloads) {
      const { object, pod, path, replicas, isService, namespace } = workload;
      if (!isService || replicas === undefined || replicas < 2) continue;
      const affinity = (pod['affinity'] ?? {}) as Fields;
      // Kept together on purpose, as one node mounts the volume: then neither can be had.
      if ((affinity['podAffinity']?.requiredDuringSchedulingIgnoredDuringExecution ?? []).length > 0) continue;
      const apart = affinity['podAntiAffinity'] as Fields | undefined;
      const spreads =
        (pod['topologySpreadConstraints'] ?? []).length > 0 ||
        (
          apart?.['requiredDuringSchedulingIgnoredDuringExecution'] ??
          apart?.['preferredDuringSchedulingIgnoredDuringExecution'] ??
          []
        ).length > 0;
      if (!spreads) report(object, path, `nothing keeps the ${replicas} replicas from one node`);
      if (
        !view
          .of('PodDisruptionBudget')
          .some((budget) => view.selected(budget['spec']?.selector, namespace).includes(workload))
      )
        report(
          object,
          ['spec', 'replicas'],
          `no PodDisruptionBudget keeps some of the ${replicas} replicas during a drain`,
        );
    }
  },
};
