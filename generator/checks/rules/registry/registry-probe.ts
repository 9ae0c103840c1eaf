import type { Fields } from '../../unit/manifest.js';
import { asksForLogin } from '../network/exposure.js';
import type { Rule } from '../rule.js';

/** Probes and health checks of a registry get a 200. */
export const registryProbe: Rule = {
  id: 'registry-probe',
  group: 'safety',
  severity: 'error',
  title: 'Probes and load balancers ask the registry for what answers 200.',
  why: 'With a login /v2/ answers 401: the pod is never ready, and a Google load balancer sends no requests. A plain HTTP probe of a registry that serves TLS itself gets 400.',
  fix: 'Probe /, which needs no login; with http.tls use scheme HTTPS.',
  check(view, report) {
    for (const server of view.servers) {
      const { workload, container, path, settings } = server;
      const tls = Boolean(settings['http']?.tls);
      for (const probe of ['startupProbe', 'readinessProbe', 'livenessProbe'] as const) {
        const get = (container as Fields)[probe]?.httpGet as Fields | undefined;
        if (!get) continue;
        if (asksForLogin(server) && /^\/v2(\/|$)/.test(get['path'] ?? '/'))
          report(
            workload.object,
            [...path, probe, 'httpGet', 'path'],
            `${get['path']} answers 401 where a login is asked for`,
          );
        if (tls && (get['scheme'] ?? 'HTTP') !== 'HTTPS')
          report(workload.object, [...path, probe, 'httpGet'], 'the registry serves TLS itself; set scheme: HTTPS');
      }
      if (!asksForLogin(server)) continue;
      for (const backend of view.of('BackendConfig')) {
        const request = backend['spec']?.healthCheck?.requestPath as string | undefined;
        if (request !== undefined && /^\/v2(\/|$)/.test(request))
          report(backend, ['spec', 'healthCheck', 'requestPath'], `${request} answers 401 where a login is asked for`);
      }
    }
  },
};
