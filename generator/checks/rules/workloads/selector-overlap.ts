import { selects } from '../../schema/semantics/selectors.js';
import type { Rule } from '../rule.js';

/** No controller selects the pods of another. */
export const selectorOverlap: Rule = {
  id: 'selector-overlap',
  group: 'reference',
  severity: 'error',
  title: 'No workload selects the pods of another.',
  why: "Two controllers that select the same pods count each other's, and delete those that exceed their number of replicas.",
  fix: 'Give each workload a label that the others do not have, such as app.kubernetes.io/component, and select by it.',
  check(view, report) {
    const controllers = view.workloads.filter(({ object }) =>
      ['Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet'].includes(object.kind),
    );
    for (const { object, namespace } of controllers) {
      for (const other of view.workloads) {
        if (other.object === object || other.namespace !== namespace || !selects(object['spec'].selector, other.labels))
          continue;
        report(
          object,
          ['spec', 'selector'],
          `selects the pods of ${other.object.kind}/${other.object.metadata.name} too`,
        );
      }
    }
  },
};
