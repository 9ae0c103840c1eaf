import type { Fields, Manifest } from '../../unit/manifest.js';
import type { View } from '../../unit/view.js';
import type { Workload } from '../../unit/workloads.js';
import { routesOf } from './backend-port.js';
import type { Rule } from '../rule.js';

/** The debug server is not routed outside. */
export const debugExposed: Rule = {
  id: 'debug-exposed',
  group: 'safety',
  severity: 'error',
  title: "The registry's debug server is no port that a Service exposes to clients.",
  why: 'http.debug needs no login, and serves stacks, memory, and under /debug/vars the configuration with its passwords (of Redis; with registry 3 also http.secret and the keys of the storage).',
  fix: 'Keep the debug port out of the Service that the Ingress uses, and of every Service of type LoadBalancer or NodePort. Scrape it by PodMonitor.',
  check(view, report) {
    for (const { workload, config, settings } of view.servers) {
      const port = portOf(settings['http']?.debug?.addr);
      if (port === undefined) continue;
      if (config && port === portOf(settings['http']?.addr))
        report(config.configMap, ['data', config.key], 'the debug server and the registry have the same port', {
          inner: ['http', 'debug', 'addr'],
        });
      for (const service of view.of('Service', '')) {
        if (!view.behind(service).includes(workload)) continue;
        for (const [index, entry] of ((service['spec'].ports ?? []) as Fields[]).entries()) {
          if (targetOf(entry, workload) === port && leadsOutside(view, service, entry))
            report(service, ['spec', 'ports', index], `leads from outside to the debug server on ${port}`);
        }
      }
    }
  },
};

function portOf(address: unknown): number | undefined {
  const [, port] = /:(\d+)$/.exec(String(address ?? '')) ?? [];
  return port === undefined ? undefined : Number(port);
}

function targetOf({ port, targetPort }: Fields, { containers }: Workload): number | undefined {
  const target = (targetPort ?? port) as number | string;
  return typeof target === 'number'
    ? target
    : containers.flatMap(({ container }) => container.ports ?? []).find(({ name }) => name === target)?.containerPort;
}

function leadsOutside(view: View, service: Manifest, { name, port }: Fields): boolean {
  if (['LoadBalancer', 'NodePort'].includes(service['spec'].type)) return true;
  return routesOf(view).some(
    (route) =>
      route.service === service.metadata.name &&
      (route.port === port || (route.port !== undefined && route.port === name)),
  );
}
