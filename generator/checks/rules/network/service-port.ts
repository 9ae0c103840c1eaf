import type { Fields } from '../../unit/manifest.js';
import type { Workload } from '../../unit/workloads.js';
import type { Rule } from '../rule.js';

/** The target ports of a Service are ports of the pods that it selects: of all of them. */
export const servicePort: Rule = {
  id: 'service-port',
  group: 'reference',
  severity: 'error',
  title: "A Service's target ports are ports of every pod that it selects.",
  why: 'With a name that no container port has, a Service has no endpoints, and nothing reports it. A pod that is selected and does not listen there, such as a Redis beside the registry, takes a share of the connections and refuses them.',
  fix: 'Name a port of the container in targetPort, or narrow spec.selector.',
  check(view, report) {
    for (const service of view.of('Service', '')) {
      for (const workload of view.behind(service)) {
        for (const [index, port] of ((service['spec'].ports ?? []) as Fields[]).entries()) {
          const target = (port['targetPort'] ?? port['port']) as number | string;
          if (hasPort(workload, target, (port['protocol'] ?? 'TCP') as string)) continue;
          const field = port['targetPort'] === undefined ? 'port' : 'targetPort';
          report(
            service,
            ['spec', 'ports', index, field],
            `${workload.object.kind}/${workload.object.metadata.name} has no port ${target}`,
            { hint: portsOf(workload) },
          );
        }
      }
    }
  },
};

function hasPort({ containers }: Workload, target: number | string, protocol: string): boolean {
  const ports = containers.filter(({ isInit }) => !isInit).flatMap(({ container }) => container.ports ?? []);
  return ports.some(
    ({ name, containerPort, protocol: own = 'TCP' }) =>
      own === protocol && (typeof target === 'number' ? containerPort === target : name === target),
  );
}

function portsOf({ containers }: Workload): string {
  const ports = containers
    .flatMap(({ container }) => container.ports ?? [])
    .map(({ name, containerPort }) => (name ? `${name} (${containerPort})` : String(containerPort)));
  return ports.length > 0 ? `its containers have ${ports.join(', ')}` : 'its containers name no ports';
}
