import type { NetworkPolicyPeer } from 'kubernetes-types/networking/v1';
import type { IngressController } from '../config/index.js';
import { namespaceNamed } from './shared.js';

/** What a registry needs of one ingress controller. */
export interface ControllerFacts {
  /** Whether the class is named by the old annotation and not by spec.ingressClassName. */
  classByAnnotation?: boolean;
  /** Annotations of the Ingress, by whether TLS ends there. */
  annotations: (tls: boolean) => Record<string, string>;
  /** Who opens connections to the registry's pods; empty: unknown, so everyone is let in. */
  sources: NetworkPolicyPeer[];
}

/** Seconds that one request, such as the upload of a large layer, may take. */
export const REQUEST_SECONDS = 3600;

/**
 * Google's load balancers and health checks.
 * @see https://cloud.google.com/load-balancing/docs/health-check-concepts#ip-ranges
 */
const GOOGLE_FRONT_ENDS: NetworkPolicyPeer[] = [
  { ipBlock: { cidr: '35.191.0.0/16' } },
  { ipBlock: { cidr: '130.211.0.0/22' } },
];

/** Body size and time limits that would break a push, redirects to HTTPS, and where connections come from. */
export const controllers: Record<IngressController, ControllerFacts> = {
  // GKE reads the annotation only: https://cloud.google.com/kubernetes-engine/docs/concepts/ingress
  gce: {
    classByAnnotation: true,
    annotations: () => ({}),
    sources: GOOGLE_FRONT_ENDS,
  },
  'gce-internal': {
    classByAnnotation: true,
    annotations: (tls): Record<string, string> => (tls ? { 'kubernetes.io/ingress.allow-http': 'false' } : {}),
    // Its proxies live in a subnet of the user's own choice.
    sources: [],
  },
  nginx: {
    annotations: (tls) => ({
      'nginx.ingress.kubernetes.io/proxy-body-size': '0',
      'nginx.ingress.kubernetes.io/proxy-request-buffering': 'off',
      'nginx.ingress.kubernetes.io/proxy-read-timeout': String(REQUEST_SECONDS),
      'nginx.ingress.kubernetes.io/proxy-send-timeout': String(REQUEST_SECONDS),
      'nginx.ingress.kubernetes.io/ssl-redirect': String(tls),
    }),
    sources: [namespaceNamed('ingress-nginx')],
  },
  traefik: {
    annotations: (tls): Record<string, string> =>
      tls
        ? {
            'traefik.ingress.kubernetes.io/router.entrypoints': 'websecure',
            'traefik.ingress.kubernetes.io/router.tls': 'true',
          }
        : { 'traefik.ingress.kubernetes.io/router.entrypoints': 'web' },
    sources: [namespaceNamed('traefik')],
  },
  haproxy: {
    annotations: (tls) => ({
      'haproxy.org/timeout-server': `${REQUEST_SECONDS}s`,
      'haproxy.org/ssl-redirect': String(tls),
    }),
    sources: [namespaceNamed('haproxy-controller')],
  },
  contour: {
    annotations: (tls) => ({
      'projectcontour.io/response-timeout': 'infinity',
      'ingress.kubernetes.io/force-ssl-redirect': String(tls),
    }),
    sources: [namespaceNamed('projectcontour')],
  },
  other: { annotations: () => ({}), sources: [] },
};
