import type { Ingress } from 'kubernetes-types/networking/v1';
import { type Draft, type KubernetesObject, metadata } from '../model/index.js';

/** The certificate of the Ingress, and the way from HTTP to HTTPS where the controller needs an object for it. */
export function tls(draft: Draft): void {
  const { settings } = draft;
  const { tls, ingress, host, name } = settings;
  if (tls.type === 'none' || ingress.type === 'none') return;
  const object = draft.get<Ingress>('Ingress', name);
  const annotate = (annotations: Record<string, string>): void => {
    object.metadata = {
      ...object.metadata,
      // What the object has already includes the user's own, which win.
      annotations: { ...annotations, ...object.metadata.annotations },
    };
  };
  switch (tls.type) {
    case 'gke-managed':
      annotate({ 'networking.gke.io/managed-certificates': name });
      draft.add(custom(draft, 'networking.gke.io/v1', 'ManagedCertificate', { domains: [host] }));
      break;
    case 'cert-manager':
      draft.relyOn(tls.issuerKind, tls.issuer);
      annotate({ [`cert-manager.io/${tls.issuerKind === 'Issuer' ? 'issuer' : 'cluster-issuer'}`]: tls.issuer });
      // GKE syncs no Ingress whose Secret is missing, and HTTP-01 needs this very Ingress (cert-manager issue 1343).
      if (ingress.controller === 'gce') {
        annotate({
          'cert-manager.io/issue-temporary-certificate': 'true',
          'acme.cert-manager.io/http01-edit-in-place': 'true',
        });
      }
      break;
    case 'secret':
      draft.relyOn('Secret', tls.secretName);
      break;
  }
  if (tls.type !== 'gke-managed') object.spec!.tls = [{ hosts: [host], secretName: tls.secretName }];
  if (ingress.controller === 'gce') {
    annotate({ 'networking.gke.io/v1beta1.FrontendConfig': name });
    draft.add(
      custom(draft, 'networking.gke.io/v1beta1', 'FrontendConfig', {
        redirectToHttps: { enabled: true, responseCodeName: 'PERMANENT_REDIRECT' },
      }),
    );
  }
}

function custom(
  { settings }: Draft,
  apiVersion: string,
  kind: string,
  spec: object,
): KubernetesObject & { spec: object } {
  return { apiVersion, kind, metadata: metadata(settings, kind, 'registry'), spec };
}
