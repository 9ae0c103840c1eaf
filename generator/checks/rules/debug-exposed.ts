import type { Fields } from '../view.js';
import type { Rule } from './rule.js';

/** The debug server is not routed outside. */
export const debugExposed: Rule = {
  id: 'debug-exposed',
  group: 'safety',
  severity: 'error',
  title: 'The registry\'s debug server is no port that a Service exposes to clients.',
  why: 'http.debug serves pprof and metrics without a login: stacks, memory, names of repositories.',
  fix: 'Keep the debug port out of the Service that the Ingress uses, and of every Service of type LoadBalancer or NodePort. Scrape it by PodMonitor.',
  check(view, report) {
    for (const { workload, config } of view.servers) {
      const port = Number(/:(\d+)$/.exec(String(config?.value['http']?.debug?.addr ?? ''))?.[1] ?? Number.NaN);
      const main = Number(/:(\d+)$/.exec(String(config?.value['http']?.addr ?? ''))?.[1] ?? Number.NaN);
      if (Number.isNaN(port)) continue;
      if (port === main) report(config!.configMap, ['data', config!.key], 'the debug server and the registry have the same port', { inner: ['http', 'debug', 'addr'] });
      for (const service of view.of('Service', '')) {
        if (!view.behind(service).includes(workload)) continue;
        for (const [index, entry] of ((service['spec'].ports ?? []) as Fields[]).entries()) {
          const target = (entry['targetPort'] ?? entry['port']) as number | string;
          const number = typeof target === 'number' ? target : workload.containers.flatMap(({ container }) => container.ports ?? []).find(({ name }) => name === target)?.containerPort;
          const outside = ['LoadBalancer', 'NodePort'].includes(service['spec'].type) || view.of('Ingress').some((ingress) => JSON.stringify(ingress['spec'] ?? {}).includes(`"service":{"name":"${service.metadata.name}","port":{${entry['name'] ? `"name":"${entry['name']}"` : `"number":${entry['port']}`}`));
          if (number === port && outside) report(service, ['spec', 'ports', index], `leads from outside to the debug server on ${port}`);
        }
      }
    }
  },
};
