import type { Service } from 'kubernetes-types/core/v1';
import type { Ingress } from 'kubernetes-types/networking/v1';
import type { Settings } from '../config/index.js';
import { type Complete, type Draft, explain, type KubernetesObject, metadata } from '../model/index.js';
import { controllers, REQUEST_SECONDS } from './ingress-controllers.js';
import { HTTP_PORT } from './shared.js';

/** The way in from outside the cluster, with the settings that its controller needs for a registry. */
export function ingress(draft: Draft): void {
  const { settings } = draft;
  const { ingress } = settings;
  if (ingress.type === 'none') return;
  draft.add(ingressObject(settings, ingress));
  if (!controllers[ingress.controller].classByAnnotation) draft.relyOn('IngressClass', ingress.class);
  if (ingress.controller === 'gce' || ingress.controller === 'gce-internal') googleBackend(draft);
}

function ingressObject(
  settings: Settings,
  ingress: Extract<Settings['ingress'], { type: 'ingress' }>,
): Complete<Ingress> {
  const { classByAnnotation, annotations: annotationsOf } = controllers[ingress.controller];
  const tls = settings.tls.type !== 'none';
  const annotations: Record<string, string> = {
    ...(classByAnnotation ? { 'kubernetes.io/ingress.class': ingress.class } : {}),
    ...annotationsOf(tls),
    ...ingress.annotations,
  };
  const backend = { service: { name: settings.name, port: { name: 'http' } } };
  const rules = [{ host: settings.host, http: { paths: [{ path: '/', pathType: 'Prefix', backend }] } }];
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: {
      ...metadata(settings, 'Ingress', 'registry'),
      ...(Object.keys(annotations).length > 0
        ? {
            annotations: explain(annotations, {
              'kubernetes.io/ingress.class': 'GKE reads the class here, and not in spec.ingressClassName.',
            }),
          }
        : {}),
    },
    spec: explain(
      { ...(classByAnnotation ? {} : { ingressClassName: ingress.class }), rules },
      tls || settings.auth.type === 'none'
        ? {}
        : { rules: 'Plain HTTP shows passwords to the network: for trusted networks only.' },
    ),
  };
}

/** A GKE load balancer that reaches the pods themselves, waits for long uploads, and probes what needs no login. */
function googleBackend(draft: Draft): void {
  const { settings } = draft;
  const service = draft.get<Service>('Service', settings.name);
  service.metadata = {
    ...service.metadata,
    annotations: {
      'cloud.google.com/backend-config': JSON.stringify({ default: settings.name }),
      'cloud.google.com/neg': JSON.stringify({ ingress: true }),
    },
  };
  const backendConfig: KubernetesObject & { spec: object } = {
    apiVersion: 'cloud.google.com/v1',
    kind: 'BackendConfig',
    metadata: metadata(settings, 'BackendConfig', 'registry'),
    spec: explain(
      {
        timeoutSec: REQUEST_SECONDS,
        connectionDraining: { drainingTimeoutSec: settings.drainSeconds },
        healthCheck: { type: 'HTTP', requestPath: '/', port: HTTP_PORT },
      },
      {
        timeoutSec: 'The default of 30 s cuts off the upload of large layers.',
        healthCheck: '/ answers 200 without a login; /v2/ would answer 401.',
      },
    ),
  };
  draft.add(backendConfig);
}
