import { type Manifest, namespaceOf } from '../../unit/manifest.js';
import type { Rule } from '../rule.js';

/** A Service selects pods of the unit. */
export const servicePods: Rule = {
  id: 'service-pods',
  group: 'reference',
  severity: 'error',
  title: 'A Service selects pods that are there.',
  why: 'The API server takes any selector. A Service that selects nothing has no endpoints: every connection is refused.',
  fix: 'Make spec.selector a part of the labels of the pod template that is meant.',
  check(view, report) {
    for (const service of view.of('Service', '')) {
      const selector = service['spec']?.selector as Record<string, string> | undefined;
      if (!selector || Object.keys(selector).length === 0 || view.behind(service).length > 0) continue;
      report(service, ['spec', 'selector'], 'selects no pods of this unit', { hint: nearest(service, view.workloads) });
    }
  },
};

/** The workload with most of the labels in common. */
function nearest(
  service: Manifest,
  workloads: readonly { namespace: string; labels: Record<string, string>; object: Manifest }[],
): string {
  const selector = Object.entries(service['spec'].selector as Record<string, string>);
  const ranked = workloads
    .map((workload) => ({ workload, missing: selector.filter(([key, value]) => workload.labels[key] !== value) }))
    .sort((a, b) => a.missing.length - b.missing.length);
  const [best] = ranked;
  if (!best) return 'there are no pods in it';
  const { object, namespace } = best.workload;
  if (best.missing.length === 0)
    return `the pods of ${object.kind}/${object.metadata.name} are in the namespace ${namespace || '(none)'}, the Service in ${namespaceOf(service) || '(none)'}`;
  return `the pods of ${object.kind}/${object.metadata.name} lack ${best.missing.map(([key, value]) => `${key}=${value}`).join(', ')}`;
}
