import type { Path } from '../../../finding.js';
import type { Fields, Report } from '../report.js';
import { checkPortReference } from './ports.js';

const PROBES = ['startupProbe', 'readinessProbe', 'livenessProbe'] as const;

/**
 * Probes, and what is done when a container starts and stops.
 *
 * @param grace the seconds that the pod has to stop
 */
export function checkHandlers(container: Fields, path: Path, report: Report, grace: number): void {
  for (const probe of PROBES) if (container[probe]) checkProbe(container[probe], [...path, probe], report, probe);
  for (const event of ['postStart', 'preStop'] as const) {
    const handler = container['lifecycle']?.[event];
    if (handler) checkHandler(handler, [...path, 'lifecycle', event], report);
    const seconds = handler?.sleep ? (handler.sleep.seconds ?? 0) : undefined;
    if (seconds !== undefined && seconds > grace) {
      report(
        [...path, 'lifecycle', event, 'sleep', 'seconds'],
        `must not be more than terminationGracePeriodSeconds, ${grace}; got ${seconds}`,
      );
    }
  }
}

/** What an init container that ends has none of. */
export function checkNoHandlers(container: Fields, path: Path, report: Report): void {
  for (const field of ['lifecycle', ...PROBES]) {
    if (container[field])
      report([...path, field], `an init container has no ${field}, unless its restartPolicy is Always`);
  }
}

function checkProbe(probe: Fields, path: Path, report: Report, kind: string): void {
  checkHandler(probe, path, report);
  if (kind !== 'readinessProbe' && (probe['successThreshold'] ?? 1) > 1)
    report([...path, 'successThreshold'], 'must be 1 for startup and liveness probes');
  if (kind === 'readinessProbe' && typeof probe['terminationGracePeriodSeconds'] === 'number') {
    report([...path, 'terminationGracePeriodSeconds'], 'a readiness probe stops nothing, so it has no grace period');
  }
}

function checkHandler({ httpGet, tcpSocket }: Fields, path: Path, report: Report): void {
  if (httpGet) checkPortReference(httpGet.port, [...path, 'httpGet', 'port'], report);
  if (tcpSocket) checkPortReference(tcpSocket.port, [...path, 'tcpSocket', 'port'], report);
}
