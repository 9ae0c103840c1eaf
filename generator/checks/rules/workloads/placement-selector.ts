import { selects } from '../../schema/semantics/selectors.js';
import type { Fields } from '../../unit/manifest.js';
import type { Rule } from '../rule.js';

/** Spreading is among the workload's own pods, and required affinity is to pods that exist. */
export const placementSelector: Rule = {
  id: 'placement-selector',
  group: 'reference',
  severity: 'error',
  title: "Spread constraints and anti-affinity select the workload's own pods, required affinity pods that are there.",
  why: 'A spread constraint for other labels spreads nothing, and all replicas can end on one node. Pods that must run beside pods which do not exist are never scheduled.',
  fix: "Use the labels of the pod template in the constraint's labelSelector.",
  check(view, report) {
    for (const { object, pod, path, labels, namespace } of view.workloads) {
      for (const [index, { labelSelector }] of ((pod['topologySpreadConstraints'] ?? []) as Fields[]).entries()) {
        if (!labelSelector)
          report(object, [...path, 'topologySpreadConstraints', index], 'has no labelSelector, so it counts no pods');
        else if (!selects(labelSelector, labels))
          report(
            object,
            [...path, 'topologySpreadConstraints', index, 'labelSelector'],
            "does not select the workload's own pods",
          );
      }
      const affinity = (pod['affinity'] ?? {}) as Fields;
      for (const [index, term] of (
        (affinity['podAffinity']?.requiredDuringSchedulingIgnoredDuringExecution ?? []) as Fields[]
      ).entries()) {
        const elsewhere =
          term['namespaceSelector'] || (term['namespaces'] ?? []).some((name: string) => name !== namespace);
        if (elsewhere || view.selected(term['labelSelector'], namespace).length > 0) continue;
        report(
          object,
          [
            ...path,
            'affinity',
            'podAffinity',
            'requiredDuringSchedulingIgnoredDuringExecution',
            index,
            'labelSelector',
          ],
          'selects no pods of this unit, so the pods are never scheduled',
        );
      }
      const apart = affinity['podAntiAffinity'] as Fields | undefined;
      const terms = [
        ...((apart?.['requiredDuringSchedulingIgnoredDuringExecution'] ?? []) as Fields[]).map((term, index) => ({
          term,
          at: ['requiredDuringSchedulingIgnoredDuringExecution', index],
        })),
        ...((apart?.['preferredDuringSchedulingIgnoredDuringExecution'] ?? []) as Fields[]).map(
          ({ podAffinityTerm }, index) => ({
            term: podAffinityTerm as Fields,
            at: ['preferredDuringSchedulingIgnoredDuringExecution', index, 'podAffinityTerm'],
          }),
        ),
      ];
      for (const { term, at } of terms) {
        if (
          term?.['namespaceSelector'] ||
          term?.['namespaces'] ||
          view.selected(term?.['labelSelector'], namespace).length > 0
        )
          continue;
        report(
          object,
          [...path, 'affinity', 'podAntiAffinity', ...at, 'labelSelector'],
          'selects no pods of this unit, so it keeps nothing apart',
        );
      }
    }
  },
};
