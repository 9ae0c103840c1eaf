import { selects } from '../../schema/semantics/selectors.js';
import { type Fields, namespaceOf } from '../../unit/manifest.js';
import type { Rule } from '../rule.js';

/** What a ServiceMonitor or PodMonitor scrapes is there. */
export const monitorSelector: Rule = {
  id: 'monitor-selector',
  group: 'reference',
  severity: 'error',
  title: 'A ServiceMonitor or PodMonitor selects Services or pods that are there, and ports that they have.',
  why: 'Prometheus scrapes nothing then, and a dashboard without data looks like one without trouble.',
  fix: 'Select by the labels of the Service (of the pods), and name its port as it is called there.',
  check(view, report) {
    for (const monitor of view.of('ServiceMonitor')) {
      if (
        monitor['spec']?.namespaceSelector?.any ||
        (monitor['spec']?.namespaceSelector?.matchNames ?? []).some((name: string) => name !== namespaceOf(monitor))
      )
        continue;
      const services = view
        .of('Service', '')
        .filter(
          (service) =>
            namespaceOf(service) === namespaceOf(monitor) &&
            selects(monitor['spec']?.selector, service.metadata.labels ?? {}),
        );
      if (services.length === 0) report(monitor, ['spec', 'selector'], 'selects no Service of this unit');
      for (const [index, { port }] of ((monitor['spec']?.endpoints ?? []) as Fields[]).entries()) {
        if (
          port &&
          services.length > 0 &&
          !services.some((service) => ((service['spec']?.ports ?? []) as Fields[]).some(({ name }) => name === port))
        ) {
          report(monitor, ['spec', 'endpoints', index, 'port'], `no Service that it selects has a port called ${port}`);
        }
      }
    }
    for (const monitor of view.of('PodMonitor')) {
      if (monitor['spec']?.namespaceSelector) continue;
      const selected = view.selected(monitor['spec']?.selector, namespaceOf(monitor));
      if (selected.length === 0) report(monitor, ['spec', 'selector'], 'selects no pods of this unit');
      for (const [index, { port }] of ((monitor['spec']?.podMetricsEndpoints ?? []) as Fields[]).entries()) {
        const ports = selected.flatMap(({ containers }) =>
          containers.flatMap(({ container }) => container.ports ?? []),
        );
        if (port && selected.length > 0 && !ports.some(({ name }) => name === port))
          report(
            monitor,
            ['spec', 'podMetricsEndpoints', index, 'port'],
            `no pod that it selects has a port called ${port}`,
          );
      }
    }
  },
};
