/** The Ingress, its controller, and where it gets its certificate. */
import { isIPv4 } from 'node:net';
import type { Ingress, Settings } from '../settings.js';
import type { Rule, Scope } from './rule.js';

type Shown = Extract<Ingress, { type: 'ingress' }>;

/** A rule that applies only where there is an Ingress. */
function ingressRule(id: string, check: (ingress: Shown, settings: Settings, scope: Scope) => void): Rule {
  return {
    id,
    check(scope) {
      const { ingress } = scope.settings;
      if (ingress.type === 'ingress') check(ingress, scope.settings, scope);
    },
  };
}

export const ingressRules: readonly Rule[] = [
  {
    id: 'tls-needs-ingress',
    check({ settings: { ingress, tls }, report }) {
      if (ingress.type === 'none' && tls.type !== 'none')
        report(
          ['tls.type', 'ingress.class'],
          'TLS is terminated by the Ingress, but there is none; set ingress.class, or tls.type: none',
        );
    },
  },
  ingressRule('ingress-host', (_, { host }, { written, report }) => {
    if (!host)
      report(
        written('host') === undefined ? 'ingress' : 'host',
        'an Ingress requires a host name; set host, such as host: registry.example.com',
      );
    else if (!host.includes('.'))
      report('host', `"${host}" has no dot, so Docker reads it as a user name on Docker Hub; use a full DNS name`);
    if (isIPv4(host))
      report('host', 'an Ingress requires a DNS name, not an IP address; use a name such as registry.example.com');
  }),
  ingressRule('gce-class', ({ class: name, controller }, _, { report }) => {
    if ((controller === 'gce' || controller === 'gce-internal') && name !== controller)
      report(
        ['ingress.controller', 'ingress.class'],
        `GKE serves only the class named ${controller}, not ${name}; set ingress.class: ${controller}`,
      );
  }),
  ingressRule('class-annotation', ({ annotations }, _, { report }) => {
    if ('kubernetes.io/ingress.class' in annotations)
      report(
        'ingress.annotations',
        'the annotation kubernetes.io/ingress.class contradicts ingress.class; remove it, and set ingress.class',
      );
  }),
  ingressRule('secret-of-its-own', (_, { tls, secretName }, { report }) => {
    if ((tls.type === 'secret' || tls.type === 'cert-manager') && tls.secretName === secretName)
      report(
        ['tls.secretName', 'secretName'],
        `${tls.secretName} is already the Secret with the logins; choose another name for the certificate`,
      );
  }),
  ingressRule('managed-certificate', ({ class: name, controller }, { tls, host }, { report }) => {
    if (tls.type !== 'gke-managed') return;
    if (controller !== 'gce')
      report(
        ['tls.type', 'ingress.class'],
        `a gke-managed certificate requires the ingress class gce; got ${name}; set tls.type: cert-manager or secret`,
      );
    if (host.length > 63)
      report(
        'host',
        'a managed certificate supports host names of at most 63 characters; use a shorter name, or another tls.type',
      );
  }),
  ingressRule('issuer-needed', (_, { tls }, { report }) => {
    if (tls.type === 'cert-manager' && !tls.issuer)
      report('tls.type', 'cert-manager requires an issuer; set tls.issuer');
  }),
];
