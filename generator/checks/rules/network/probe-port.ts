import type { Path } from '../../finding.js';
import type { Fields } from '../../unit/manifest.js';
import type { Rule } from '../rule.js';

/** Probes and hooks ask a port that the container has. */
export const probePort: Rule = {
  id: 'probe-port',
  group: 'reference',
  severity: 'error',
  title: 'A probe or hook asks a port that its container has.',
  why: 'A port name that the container does not have fails the probe for ever: the pod never becomes ready, or is restarted again and again.',
  fix: "Name one of the container's ports.",
  check(view, report) {
    for (const { object, containers } of view.workloads) {
      for (const { container, path } of containers) {
        const ports = container.ports ?? [];
        for (const [place, handler] of handlersOf(container)) {
          for (const kind of ['httpGet', 'tcpSocket', 'grpc']) {
            const port = handler[kind]?.port as number | string | undefined;
            if (port === undefined) continue;
            // A number that no port states may still be listened on, but then nobody reads it.
            const known = ports.some(({ name, containerPort }) =>
              typeof port === 'number' ? containerPort === port : name === port,
            );
            if (!known)
              report(object, [...path, ...place, kind, 'port'], `the container ${container.name} has no port ${port}`, {
                hint:
                  ports.length > 0
                    ? `it has ${ports.map(({ name, containerPort }) => name ?? containerPort).join(', ')}`
                    : 'it names no ports',
              });
          }
        }
      }
    }
  },
};

function handlersOf(container: Fields): [place: Path, handler: Fields][] {
  const probes = ['startupProbe', 'readinessProbe', 'livenessProbe'].map((name): [Path, Fields | undefined] => [
    [name],
    container[name],
  ]);
  const hooks = ['postStart', 'preStop'].map((name): [Path, Fields | undefined] => [
    ['lifecycle', name],
    container['lifecycle']?.[name],
  ]);
  return [...probes, ...hooks].filter((entry): entry is [Path, Fields] => Boolean(entry[1]));
}
