/** The workloads and ports that a name leads to. */
import type { View } from '../unit/view.js';
import type { Workload } from '../unit/workloads.js';

/** @returns the workloads that a name of the cluster leads to. */
export function workloadsAt(view: View, host: string, namespace: string): Workload[] {
  const [first, second] = host.split('.');
  const service =
    view.find('Service', first!, namespace) ?? (second ? view.find('Service', second, namespace) : undefined);
  return service ? view.behind(service) : [];
}

/** @returns the number of a container port given by name or number. */
export function numberOf({ containers }: Workload, port: number | string): number | undefined {
  if (typeof port === 'number') return port;
  return containers.flatMap(({ container }) => container.ports ?? []).find(({ name }) => name === port)?.containerPort;
}
