import { isEmptySelector } from '../../schema/semantics/selectors.js';
import { namespaceOf } from '../../unit/manifest.js';
import type { Rule } from '../rule.js';

/** NetworkPolicies and disruption budgets select pods of the unit; a budget those of one workload. */
export const policySelector: Rule = {
  id: 'policy-selector',
  group: 'reference',
  severity: 'error',
  title: 'A NetworkPolicy and a PodDisruptionBudget select pods that are there, a budget those of one workload.',
  why: 'A policy that selects no pods protects nothing, and nothing reports it. A budget over two workloads counts their pods together, so one of them can lose all of its own.',
  fix: 'Make the selector a part of the labels of the pod template that is meant.',
  check(view, report) {
    for (const [kind, field] of [
      ['NetworkPolicy', 'podSelector'],
      ['PodDisruptionBudget', 'selector'],
    ] as const) {
      for (const policy of view.of(kind)) {
        const selector = policy['spec']?.[field];
        const selected = view
          .selected(selector, namespaceOf(policy))
          .filter(({ isService }) => isService || kind === 'NetworkPolicy');
        if (!isEmptySelector(selector) && selected.length === 0)
          report(policy, ['spec', field], 'selects no pods of this unit');
        if (kind === 'PodDisruptionBudget' && selected.length > 1) {
          report(
            policy,
            ['spec', field],
            `selects the pods of ${selected.map(({ object }) => `${object.kind}/${object.metadata.name}`).join(' and ')}; a budget is for one workload`,
          );
        }
      }
    }
  },
};
