import { namespaceOf } from '../../unit/manifest.js';
import type { Rule } from '../rule.js';

/** What an autoscaler scales states no replicas of its own. */
export const autoscalerReplicas: Rule = {
  id: 'autoscaler-replicas',
  group: 'reference',
  severity: 'error',
  title: 'The target of a HorizontalPodAutoscaler states no replicas.',
  why: 'Each sync sets the number in git, the autoscaler sets its own again: the two fight, and pods come and go.',
  fix: "Remove spec.replicas from the workload; the autoscaler's minReplicas takes its place.",
  check(view, report) {
    for (const autoscaler of view.of('HorizontalPodAutoscaler')) {
      const { kind, name } = autoscaler['spec']?.scaleTargetRef ?? {};
      const target = view.find(kind, name, namespaceOf(autoscaler));
      const replicas = target?.['spec']?.replicas as number | undefined;
      if (target && replicas !== undefined)
        report(
          target,
          ['spec', 'replicas'],
          `states ${replicas}, but HorizontalPodAutoscaler/${autoscaler.metadata.name} scales it`,
        );
    }
  },
};
