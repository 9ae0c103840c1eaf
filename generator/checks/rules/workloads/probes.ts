import type { Fields } from '../../unit/manifest.js';
import type { Rule } from '../rule.js';

/** Long-running containers are probed, and not for the same thing twice. */
export const probes: Rule = {
  id: 'probes',
  group: 'safety',
  severity: 'error',
  title: 'A container that serves has a readiness and a liveness probe, and they differ.',
  why: 'Without a readiness probe a rolling update sends requests to a registry that is not up yet. Where the liveness probe asks the same as the readiness probe, storage that is away for a minute restarts every replica at once.',
  fix: 'Probe readiness by what serving needs (for the registry: GET /), liveness by the port alone, or more patiently.',
  check(view, report) {
    for (const { object, isService, containers } of view.workloads) {
      if (!isService) continue;
      for (const { container, path, isInit } of containers) {
        const { readinessProbe, livenessProbe, startupProbe, restartPolicy } = container as Fields;
        if (isInit) continue;
        // A sidecar's startup probe keeps the pod from being ready before it.
        if (!readinessProbe && !(restartPolicy === 'Always' && startupProbe))
          report(object, path, `the container ${container.name} has no readinessProbe`);
        if (!livenessProbe) report(object, path, `the container ${container.name} has no livenessProbe`);
        if (
          readinessProbe &&
          livenessProbe &&
          JSON.stringify(normal(readinessProbe)) === JSON.stringify(normal(livenessProbe))
        )
          report(
            object,
            [...path, 'livenessProbe'],
            'asks the same as the readiness probe, as often: what makes the pod unready restarts it as well',
          );
      }
    }
  },
};

function normal({
  httpGet,
  tcpSocket,
  exec,
  grpc,
  periodSeconds = 10,
  failureThreshold = 3,
  timeoutSeconds = 1,
}: Fields): unknown[] {
  return [httpGet, tcpSocket, exec, grpc, periodSeconds, failureThreshold, timeoutSeconds];
}
