/** References of what leads traffic to the registry: Ingresses, Gateways, and routes of each kind. */
import type { Path } from '../finding.js';
import { type Fields, groupOf, serviceAt } from '../unit/manifest.js';
import type { Collector } from './reference.js';

export const ofRoutes: Record<string, Collector> = {
  Ingress({ metadata, spec }, add) {
    add('IngressClass', spec?.ingressClassName, ['spec', 'ingressClassName']);
    for (const [index, { secretName }] of ((spec?.tls ?? []) as Fields[]).entries())
      add('Secret', secretName, ['spec', 'tls', index, 'secretName']);
    add('Service', spec?.defaultBackend?.service?.name, ['spec', 'defaultBackend', 'service', 'name']);
    for (const [index, rule] of ((spec?.rules ?? []) as Fields[]).entries()) {
      for (const [number, { backend }] of ((rule['http']?.paths ?? []) as Fields[]).entries())
        add('Service', backend?.service?.name, [
          'spec',
          'rules',
          index,
          'http',
          'paths',
          number,
          'backend',
          'service',
          'name',
        ]);
    }
    const annotations = (metadata.annotations ?? {}) as Record<string, string>;
    const at = (name: string): Path => ['metadata', 'annotations', name];
    const list = (
      name: string,
      kind: string,
      nameOf: (item: string) => { name: string; namespace?: string } | undefined,
    ): void => {
      for (const item of (annotations[name] ?? '')
        .split(',')
        .map((text) => text.trim())
        .filter(Boolean)) {
        const target = nameOf(item);
        if (target) add(kind, target.name, at(name), target.namespace ? { namespace: target.namespace } : {});
      }
    };
    list('networking.gke.io/managed-certificates', 'ManagedCertificate', (name) => ({ name }));
    list('networking.gke.io/v1beta1.FrontendConfig', 'FrontendConfig', (name) => ({ name }));
    list('cert-manager.io/issuer', 'Issuer', (name) => ({ name }));
    list('cert-manager.io/cluster-issuer', 'ClusterIssuer', (name) => ({ name }));
    list('traefik.ingress.kubernetes.io/router.middlewares', 'Middleware', (item) => {
      // NAMESPACE-NAME@kubernetescrd: where the one ends and the other begins is told by the namespace at hand.
      const [, target] = /^(.*)@kubernetescrd$/.exec(item) ?? [];
      const own = `${metadata.namespace ?? 'default'}-`;
      return target?.startsWith(own) ? { name: target.slice(own.length) } : undefined;
    });
    list('nginx.ingress.kubernetes.io/auth-secret', 'Secret', (item) => ({
      name: item.split('/').at(-1)!,
      ...(item.includes('/') ? { namespace: item.split('/')[0]! } : {}),
    }));
  },
  Gateway({ apiVersion, spec }, add) {
    if (groupOf(apiVersion) !== 'gateway.networking.k8s.io') return;
    add('GatewayClass', spec?.gatewayClassName, ['spec', 'gatewayClassName']);
    for (const [index, listener] of ((spec?.listeners ?? []) as Fields[]).entries()) {
      for (const [number, { kind = 'Secret', name, namespace }] of (
        (listener['tls']?.certificateRefs ?? []) as Fields[]
      ).entries())
        add(kind, name, ['spec', 'listeners', index, 'tls', 'certificateRefs', number, 'name'], { namespace });
    }
  },
  HTTPRoute({ spec }, add) {
    for (const [index, { kind = 'Gateway', name, namespace }] of ((spec?.parentRefs ?? []) as Fields[]).entries())
      add(kind, name, ['spec', 'parentRefs', index, 'name'], { namespace });
    for (const [index, rule] of ((spec?.rules ?? []) as Fields[]).entries()) {
      for (const [number, { kind = 'Service', name, namespace }] of ((rule['backendRefs'] ?? []) as Fields[]).entries())
        add(kind, name, ['spec', 'rules', index, 'backendRefs', number, 'name'], { namespace });
    }
  },
  VirtualService({ metadata, spec }, add) {
    const own = metadata.namespace ?? '';
    for (const [index, name] of ((spec?.gateways ?? []) as string[]).entries())
      if (name !== 'mesh' && !name.includes('/')) add('Gateway', name, ['spec', 'gateways', index]);
    for (const [index, route] of ((spec?.http ?? []) as Fields[]).entries()) {
      for (const [number, { destination }] of ((route['route'] ?? []) as Fields[]).entries()) {
        const service = serviceAt(destination?.host, own);
        if (service)
          add('Service', service.name, ['spec', 'http', index, 'route', number, 'destination', 'host'], {
            namespace: service.namespace,
          });
      }
    }
  },
  DestinationRule({ metadata, spec }, add) {
    const service = serviceAt(spec?.host, metadata.namespace ?? '');
    if (service) add('Service', service.name, ['spec', 'host'], { namespace: service.namespace });
  },
  IngressRoute({ spec }, add) {
    add('Secret', spec?.tls?.secretName, ['spec', 'tls', 'secretName']);
    for (const [index, route] of ((spec?.routes ?? []) as Fields[]).entries()) {
      for (const [number, { name, namespace }] of ((route['middlewares'] ?? []) as Fields[]).entries())
        add('Middleware', name, ['spec', 'routes', index, 'middlewares', number, 'name'], { namespace });
      for (const [number, { kind = 'Service', name, namespace }] of ((route['services'] ?? []) as Fields[]).entries())
        if (kind === 'Service')
          add('Service', name, ['spec', 'routes', index, 'services', number, 'name'], { namespace });
    }
  },
};
