import type { Path } from '../../../finding.js';
import { formats } from '../../formats/index.js';
import type { Fields, Report } from '../report.js';
import { containersOf, type PodScope } from './scope.js';

/** A port by number, or by the name of a container's port. */
export function checkPortReference(port: unknown, path: Path, report: Report): void {
  if (typeof port === 'number' ? port < 1 || port > 65535 : !formats['port-name']!(String(port ?? ''))) {
    report(path, `expected a port from 1 to 65535, or a port's name; got ${JSON.stringify(port ?? null)}`);
  }
}

/** The names of a container's ports. */
export function checkPortNames(ports: Fields[], path: Path, report: Report): void {
  const names = new Set<string>();
  for (const [index, { name }] of ports.entries()) {
    if (!name) continue;
    if (names.has(name)) report([...path, index, 'name'], `two ports are called ${name}`, 'duplicate-item');
    names.add(name);
  }
}

/** The ports of the node that a pod takes. */
export function checkHostPorts(spec: Fields, path: Path, { report, isPod }: PodScope): void {
  const shared = new Set<string>();
  for (const { container, list, at } of containersOf(spec, path)) {
    // Init containers run one after another; of sidecars the server looks at each alone too.
    const taken = list === 'containers' ? shared : new Set<string>();
    for (const [index, port] of ((container['ports'] ?? []) as Fields[]).entries()) {
      const { hostPort, containerPort, hostIP, protocol } = port;
      const here = [...at, 'ports', index, 'hostPort'];
      if (spec['hostNetwork'] && list === 'containers' && hostPort && hostPort !== containerPort)
        report(here, 'must be the containerPort where the pod is on the host network');
      const number = hostPort || (spec['hostNetwork'] && isPod ? containerPort : 0);
      if (!number) continue;
      const identity = `${protocol || 'TCP'}/${hostIP ?? ''}/${number}`;
      if (taken.has(identity))
        report(
          hostPort ? here : [...at, 'ports', index, 'containerPort'],
          `port ${number} of the node is taken twice`,
          'duplicate-item',
        );
      taken.add(identity);
    }
  }
}
