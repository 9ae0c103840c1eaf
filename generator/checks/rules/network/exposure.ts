/** Which registries can be reached from outside the cluster, and how. */
import type { RegistryView } from '../../registry/containers.js';
import type { Fields, Manifest } from '../../unit/manifest.js';
import type { View } from '../../unit/view.js';
import { routesOf } from './backend-port.js';

export interface Exposure {
  server: RegistryView;
  /** The Ingress, route or Service that lets clients in. */
  by: Manifest;
  tls: boolean;
}

export function exposuresOf(view: View): Exposure[] {
  return view.servers.flatMap((server) => {
    const services = view.of('Service', '').filter((service) => view.behind(service).includes(server.workload));
    const names = new Set(services.map(({ metadata }) => metadata.name));
    const routed = routesOf(view)
      .filter(({ service }) => names.has(service))
      .map(({ object }) => object);
    const direct = services.filter(
      ({ spec }) => spec?.type === 'LoadBalancer' || spec?.type === 'NodePort' || (spec?.externalIPs ?? []).length > 0,
    );
    const ownTls = Boolean(server.settings['http']?.tls);
    return [...new Set([...routed, ...direct])].map((by) => ({ server, by, tls: ownTls || endsTls(view, by) }));
  });
}

function endsTls(view: View, object: Manifest): boolean {
  const annotations = object.metadata.annotations ?? {};
  switch (object.kind) {
    case 'Ingress':
      return (
        (object['spec']?.tls ?? []).length > 0 ||
        Boolean(
          annotations['networking.gke.io/managed-certificates'] ??
          annotations['ingress.gcp.kubernetes.io/pre-shared-cert'] ??
          annotations['alb.ingress.kubernetes.io/certificate-arn'],
        ) ||
        annotations['traefik.ingress.kubernetes.io/router.tls'] === 'true'
      );
    case 'IngressRoute':
      return object['spec']?.tls !== undefined;
    case 'HTTPRoute':
      return parentsEndTls(view, object);
    case 'VirtualService':
      return ((object['spec']?.gateways ?? []) as string[]).every((name) =>
        ((view.find('Gateway', name)?.['spec']?.servers ?? [{ tls: {} }]) as Fields[]).some(({ tls }) => tls),
      );
    default:
      return Boolean(annotations['service.beta.kubernetes.io/aws-load-balancer-ssl-cert']);
  }
}

function parentsEndTls(view: View, route: Manifest): boolean {
  return ((route['spec']?.parentRefs ?? []) as Fields[]).every(({ name, sectionName }) => {
    const gateway = view.find('Gateway', name);
    // A gateway of somebody else's is theirs to judge.
    if (!gateway) return true;
    const listeners = ((gateway['spec']?.listeners ?? []) as Fields[]).filter(
      (listener) => sectionName === undefined || listener['name'] === sectionName,
    );
    return listeners.some(({ protocol }) => protocol === 'HTTPS' || protocol === 'TLS');
  });
}

/** @returns whether a registry asks for a login; undefined where its configuration is not known. */
export function asksForLogin({ config, settings }: RegistryView): boolean | undefined {
  const auth = settings['auth'] as Fields | null | undefined;
  if (!config && !auth) return undefined;
  return Object.keys(auth ?? {}).some((kind) => kind !== 'none' && kind !== 'silly');
}
