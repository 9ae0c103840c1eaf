import { type Fields, namespaceOf } from '../../unit/manifest.js';
import type { Rule } from '../rule.js';

/** The certificate that is made is the one that is served, and is for the host that is served. */
export const certificateSecret: Rule = {
  id: 'certificate-secret',
  group: 'reference',
  severity: 'error',
  title: "An Ingress serves the certificate that the unit makes, and it is for the Ingress's hosts.",
  why: "Otherwise clients get the controller's own self-signed certificate, and docker refuses the registry.",
  fix: 'Use one name for the Secret in the Certificate and in spec.tls, and list every host in both.',
  check(view, report) {
    for (const ingress of view.of('Ingress')) {
      const spec = ingress['spec'] ?? {};
      const hosts = ((spec.rules ?? []) as Fields[])
        .map(({ host }) => host as string | undefined)
        .filter((host): host is string => Boolean(host));
      const tls = (spec.tls ?? []) as Fields[];
      const certificates = view
        .of('Certificate')
        .filter((certificate) => namespaceOf(certificate) === namespaceOf(ingress));
      for (const [index, { secretName, hosts: covered = [] }] of tls.entries()) {
        const own = certificates.find((certificate) => certificate['spec']?.secretName === secretName);
        const forHosts = certificates.find((certificate) =>
          ((certificate['spec']?.dnsNames ?? []) as string[]).some((name) => (covered as string[]).includes(name)),
        );
        if (!own && forHosts)
          report(
            ingress,
            ['spec', 'tls', index, 'secretName'],
            `Certificate/${forHosts.metadata.name} is for these hosts, but goes into the Secret ${forHosts['spec'].secretName}`,
          );
        for (const [number, host] of (covered as string[]).entries()) {
          if (own && !((own['spec']?.dnsNames ?? []) as string[]).some((name) => covers(name, host)))
            report(
              ingress,
              ['spec', 'tls', index, 'hosts', number],
              `Certificate/${own.metadata.name} is not for ${host}`,
            );
        }
      }
      for (const [index, host] of hosts.entries()) {
        if (
          tls.length > 0 &&
          !tls.some(({ hosts: covered }) => ((covered ?? []) as string[]).some((name) => covers(name, host)))
        )
          report(
            ingress,
            ['spec', 'rules', index, 'host'],
            `no entry of spec.tls is for ${host}, so it is served without its certificate`,
          );
      }
      const managed = (ingress.metadata.annotations?.['networking.gke.io/managed-certificates'] ?? '')
        .split(',')
        .flatMap((name) => view.find('ManagedCertificate', name.trim(), namespaceOf(ingress)) ?? []);
      for (const [index, host] of hosts.entries()) {
        if (
          managed.length > 0 &&
          !managed.some((certificate) => ((certificate['spec']?.domains ?? []) as string[]).includes(host))
        ) {
          report(ingress, ['spec', 'rules', index, 'host'], `none of the managed certificates is for ${host}`, {
            hint: `ManagedCertificate/${managed[0]!.metadata.name} is for ${(managed[0]!['spec']?.domains ?? []).join(', ')}`,
          });
        }
      }
    }
  },
};

function covers(name: string, host: string): boolean {
  return name === host || (name.startsWith('*.') && host.slice(host.indexOf('.')) === name.slice(1));
}
