/** References from custom resources by which controllers make or apply others. */
import { groupOf } from '../unit/manifest.js';
import type { Collector } from './reference.js';

export const ofOperators: Record<string, Collector> = {
  Certificate({ spec }, add) {
    if (groupOf(spec?.issuerRef?.group ? `${spec.issuerRef.group}/v1` : 'cert-manager.io/v1') !== 'cert-manager.io')
      return;
    add(spec?.issuerRef?.kind ?? 'Issuer', spec?.issuerRef?.name, ['spec', 'issuerRef', 'name']);
  },
  ExternalSecret({ spec }, add) {
    add(spec?.secretStoreRef?.kind ?? 'SecretStore', spec?.secretStoreRef?.name, ['spec', 'secretStoreRef', 'name']);
  },
  Kustomization({ apiVersion, spec }, add) {
    if (groupOf(apiVersion) !== 'kustomize.toolkit.fluxcd.io') return;
    add(spec?.sourceRef?.kind ?? 'GitRepository', spec?.sourceRef?.name, ['spec', 'sourceRef', 'name'], {
      namespace: spec?.sourceRef?.namespace,
    });
    add('Secret', spec?.decryption?.secretRef?.name, ['spec', 'decryption', 'secretRef', 'name']);
  },
  Application({ spec }, add) {
    add('AppProject', spec?.project, ['spec', 'project']);
  },
};
