import type { Path } from '../../finding.js';
import { type Fields, type Manifest, namespaceOf, serviceAt } from '../../unit/manifest.js';
import type { View } from '../../unit/view.js';
import type { Rule } from '../rule.js';

/** What routes traffic to a Service names a port that the Service has. */
export const backendPort: Rule = {
  id: 'backend-port',
  group: 'reference',
  severity: 'error',
  title: 'An Ingress or route names a port that its Service has.',
  why: 'The controller then answers 502 or 503, or drops the route with a line in its log.',
  fix: 'Name the port as the Service calls it, or by its number.',
  check(view, report) {
    for (const { object, path, service, port } of routesOf(view)) {
      const target = view.find('Service', service, namespaceOf(object));
      const ports = (target?.['spec']?.ports ?? []) as Fields[];
      if (
        !target ||
        port === undefined ||
        ports.some(({ name, port: number }) => (typeof port === 'number' ? number === port : name === port))
      )
        continue;
      report(object, path, `Service/${service} has no port ${port}`, {
        hint: `it has ${ports.map(({ name, port: number }) => (name ? `${name} (${number})` : number)).join(', ') || 'none'}`,
      });
    }
  },
};

interface Route {
  object: Manifest;
  path: Path;
  service: string;
  port: number | string | undefined;
}

/** @returns where Ingresses and the like send to. */
export function routesOf(view: View): Route[] {
  const routes: Route[] = [];
  for (const object of view.of('Ingress')) {
    const add = (backend: Fields | undefined, path: Path): void => {
      const { name, port } = backend?.['service'] ?? {};
      if (name)
        routes.push({ object, path: [...path, 'service', 'port'], service: name, port: port?.name ?? port?.number });
    };
    add(object['spec']?.defaultBackend, ['spec', 'defaultBackend']);
    for (const [index, rule] of ((object['spec']?.rules ?? []) as Fields[]).entries()) {
      for (const [number, { backend }] of ((rule['http']?.paths ?? []) as Fields[]).entries())
        add(backend, ['spec', 'rules', index, 'http', 'paths', number, 'backend']);
    }
  }
  for (const object of view.of('HTTPRoute')) {
    for (const [index, rule] of ((object['spec']?.rules ?? []) as Fields[]).entries()) {
      for (const [number, { kind = 'Service', name, port }] of ((rule['backendRefs'] ?? []) as Fields[]).entries())
        if (kind === 'Service')
          routes.push({ object, path: ['spec', 'rules', index, 'backendRefs', number, 'port'], service: name, port });
    }
  }
  for (const object of view.of('VirtualService')) {
    for (const [index, http] of ((object['spec']?.http ?? []) as Fields[]).entries()) {
      for (const [number, { destination }] of ((http['route'] ?? []) as Fields[]).entries()) {
        const service = serviceAt(destination?.host, namespaceOf(object));
        if (service?.namespace === namespaceOf(object))
          routes.push({
            object,
            path: ['spec', 'http', index, 'route', number, 'destination', 'port'],
            service: service.name,
            port: destination?.port?.number,
          });
      }
    }
  }
  for (const object of view.of('IngressRoute')) {
    for (const [index, route] of ((object['spec']?.routes ?? []) as Fields[]).entries()) {
      for (const [number, { kind = 'Service', name, port }] of ((route['services'] ?? []) as Fields[]).entries())
        if (kind === 'Service')
          routes.push({ object, path: ['spec', 'routes', index, 'services', number, 'port'], service: name, port });
    }
  }
  return routes;
}
