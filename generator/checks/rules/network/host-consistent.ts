import type { Path } from '../../finding.js';
import type { Fields, Manifest } from '../../unit/manifest.js';
import type { View } from '../../unit/view.js';
import type { Rule } from '../rule.js';

/** The host that clients use is the same everywhere. */
export const hostConsistent: Rule = {
  id: 'host-consistent',
  group: 'reference',
  severity: 'error',
  title: 'The host is the same in Ingress, certificates, routes and config.yml.',
  why: "An image's name begins with the host. Where one object has another host, its part does nothing: a certificate for a name that is not served, a route that is never taken, an upload sent on to a host that does not exist.",
  fix: 'Write the same host everywhere; registry.yaml has it once.',
  check(view, report) {
    const served = placesOf(view).filter(({ role }) => role === 'served');
    if (served.length === 0) return;
    const hosts = new Set(served.map(({ host }) => host));
    const matches = (host: string): boolean =>
      hosts.has(host) || [...hosts].some((other) => wildcard(other, host) || wildcard(host, other));
    for (const { object, path, inner, host, role } of placesOf(view)) {
      if (role !== 'served' && !matches(host))
        report(object, path, `${host} is served by nothing here`, {
          ...(inner ? { inner } : {}),
          hint: `served are ${[...hosts].join(', ')}`,
        });
    }
    // Two ways in for one registry must be for the same hosts.
    const first = served[0]!.object;
    const own = served.filter(({ object }) => object === first).map(({ host }) => host);
    for (const { object, path, host } of served) {
      if (
        object.kind !== first.kind &&
        !own.some((other) => other === host || wildcard(other, host) || wildcard(host, other))
      ) {
        report(object, path, `serves ${host}, but ${first.kind}/${first.metadata.name} serves ${own.join(', ')}`);
      }
    }
  },
};

function wildcard(pattern: string, host: string): boolean {
  return pattern.startsWith('*.') && host.slice(host.indexOf('.')) === pattern.slice(1);
}

interface HostPlace {
  object: Manifest;
  path: Path;
  inner?: Path;
  host: string;
  /** served: traffic for it is taken. named: it has to be one that is served. */
  role: 'served' | 'named';
}

function placesOf(view: View): HostPlace[] {
  const places: HostPlace[] = [];
  const add = (object: Manifest, path: Path, host: unknown, role: HostPlace['role'], inner?: Path): void => {
    if (typeof host === 'string' && host && host !== '*')
      places.push({ object, path, host, role, ...(inner ? { inner } : {}) });
  };
  const each = (object: Manifest, path: Path, hosts: unknown, role: HostPlace['role']): void => {
    for (const [index, host] of ((hosts ?? []) as unknown[]).entries()) add(object, [...path, index], host, role);
  };
  for (const object of view.of('Ingress')) {
    for (const [index, { host }] of ((object['spec']?.rules ?? []) as Fields[]).entries())
      add(object, ['spec', 'rules', index, 'host'], host, 'served');
    for (const [index, { hosts }] of ((object['spec']?.tls ?? []) as Fields[]).entries())
      each(object, ['spec', 'tls', index, 'hosts'], hosts, 'named');
  }
  for (const object of view.of('HTTPRoute')) each(object, ['spec', 'hostnames'], object['spec']?.hostnames, 'served');
  for (const object of view.of('VirtualService'))
    each(
      object,
      ['spec', 'hosts'],
      ((object['spec']?.hosts ?? []) as string[]).filter((host) => host.includes('.')),
      'served',
    );
  for (const object of view.of('IngressRoute')) {
    for (const [index, { match }] of ((object['spec']?.routes ?? []) as Fields[]).entries()) {
      for (const [, list] of String(match ?? '').matchAll(/Host\(([^)]*)\)/g))
        for (const [, host] of list!.matchAll(/[`"]([^`"]+)[`"]/g))
          add(object, ['spec', 'routes', index, 'match'], host, 'served');
    }
  }
  for (const object of view.of('Gateway')) {
    for (const [index, { hostname, hosts }] of (
      [...(object['spec']?.listeners ?? []), ...(object['spec']?.servers ?? [])] as Fields[]
    ).entries()) {
      add(object, ['spec', 'listeners', index, 'hostname'], hostname, 'named');
      each(object, ['spec', 'servers', index, 'hosts'], hosts, 'named');
    }
  }
  for (const object of view.of('Certificate')) each(object, ['spec', 'dnsNames'], object['spec']?.dnsNames, 'named');
  for (const object of view.of('ManagedCertificate'))
    each(object, ['spec', 'domains'], object['spec']?.domains, 'named');
  for (const { configMap, key, value } of view.configFiles) {
    const host = value['http']?.host as unknown;
    if (typeof host === 'string')
      add(configMap, ['data', key], host.replace(/^https?:\/\//, '').replace(/[:/].*$/, ''), 'named', ['http', 'host']);
  }
  return places;
}
