/** References from Kubernetes' own kinds, apart from pods and Ingresses. */
import { type Fields, type Manifest } from '../unit/manifest.js';
import type { Add, Collector } from './reference.js';

export const ofObjects: Record<string, Collector> = {
  StatefulSet({ spec }, add) {
    add('Service', spec?.serviceName, ['spec', 'serviceName']);
    for (const [index, template] of ((spec?.volumeClaimTemplates ?? []) as Fields[]).entries())
      add('StorageClass', template['spec']?.storageClassName, [
        'spec',
        'volumeClaimTemplates',
        index,
        'spec',
        'storageClassName',
      ]);
  },
  ServiceAccount({ imagePullSecrets }, add) {
    for (const [index, { name }] of ((imagePullSecrets ?? []) as Fields[]).entries())
      add('Secret', name, ['imagePullSecrets', index, 'name']);
  },
  PersistentVolumeClaim({ spec }, add) {
    add('StorageClass', spec?.storageClassName, ['spec', 'storageClassName']);
    add('PersistentVolume', spec?.volumeName, ['spec', 'volumeName']);
  },
  PersistentVolume({ spec }, add) {
    add('PersistentVolumeClaim', spec?.claimRef?.name, ['spec', 'claimRef', 'name'], {
      namespace: spec?.claimRef?.namespace,
    });
  },
  HorizontalPodAutoscaler({ spec }, add) {
    add(spec?.scaleTargetRef?.kind ?? 'Deployment', spec?.scaleTargetRef?.name, ['spec', 'scaleTargetRef', 'name']);
  },
  RoleBinding: collectBinding,
  ClusterRoleBinding: collectBinding,
  Service({ metadata }, add) {
    const annotation = 'cloud.google.com/backend-config';
    const at = ['metadata', 'annotations', annotation];
    const config = jsonOf(metadata.annotations?.[annotation]);
    add('BackendConfig', config?.['default'], at);
    for (const name of Object.values((config?.['ports'] ?? {}) as Fields)) add('BackendConfig', name, at);
  },
};

function collectBinding({ roleRef, subjects }: Manifest, add: Add): void {
  if (roleRef?.kind) add(roleRef.kind, roleRef.name, ['roleRef', 'name']);
  for (const [index, { kind, name, namespace }] of ((subjects ?? []) as Fields[]).entries())
    if (kind === 'ServiceAccount') add('ServiceAccount', name, ['subjects', index, 'name'], { namespace });
}

function jsonOf(text: string | undefined): Fields | undefined {
  try {
    const value = JSON.parse(text ?? '') as unknown;
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
