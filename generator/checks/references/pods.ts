/** References from pods: Secrets, ConfigMaps, claims, and classes. */
import type { Path } from '../finding.js';
import type { Fields } from '../unit/manifest.js';
import type { Reference } from './reference.js';

type AddToPod = (kind: string, name: unknown, path: Path, keys?: Reference['keys']) => void;

function itemKeys(items: Fields[] | null | undefined, path: Path): Reference['keys'] {
  return (items ?? []).map(({ key }, index) => ({ key: key as string, path: [...path, index, 'key'] }));
}

export function collectPod(pod: Fields, path: Path, add: AddToPod): void {
  add('ServiceAccount', pod['serviceAccountName'], [...path, 'serviceAccountName']);
  add('PriorityClass', pod['priorityClassName'], [...path, 'priorityClassName']);
  add('RuntimeClass', pod['runtimeClassName'], [...path, 'runtimeClassName']);
  for (const [index, { name }] of ((pod['imagePullSecrets'] ?? []) as Fields[]).entries())
    add('Secret', name, [...path, 'imagePullSecrets', index, 'name']);
  for (const [index, volume] of ((pod['volumes'] ?? []) as Fields[]).entries()) {
    const at = [...path, 'volumes', index];
    const { configMap, secret, persistentVolumeClaim, projected, ephemeral } = volume;
    if (configMap && !configMap.optional)
      add(
        'ConfigMap',
        configMap.name,
        [...at, 'configMap', 'name'],
        itemKeys(configMap.items, [...at, 'configMap', 'items']),
      );
    if (secret && !secret.optional)
      add(
        'Secret',
        secret.secretName,
        [...at, 'secret', 'secretName'],
        itemKeys(secret.items, [...at, 'secret', 'items']),
      );
    add('PersistentVolumeClaim', persistentVolumeClaim?.claimName, [...at, 'persistentVolumeClaim', 'claimName']);
    add('StorageClass', ephemeral?.volumeClaimTemplate?.spec?.storageClassName, [
      ...at,
      'ephemeral',
      'volumeClaimTemplate',
      'spec',
      'storageClassName',
    ]);
    for (const [number, source] of ((projected?.sources ?? []) as Fields[]).entries()) {
      const place = [...at, 'projected', 'sources', number];
      if (source['configMap'] && !source['configMap'].optional)
        add(
          'ConfigMap',
          source['configMap'].name,
          [...place, 'configMap', 'name'],
          itemKeys(source['configMap'].items, [...place, 'configMap', 'items']),
        );
      if (source['secret'] && !source['secret'].optional)
        add(
          'Secret',
          source['secret'].name,
          [...place, 'secret', 'name'],
          itemKeys(source['secret'].items, [...place, 'secret', 'items']),
        );
    }
  }
}

export function collectContainer(container: Fields, path: Path, add: AddToPod): void {
  for (const [index, { configMapRef, secretRef }] of ((container['envFrom'] ?? []) as Fields[]).entries()) {
    if (configMapRef && !configMapRef.optional)
      add('ConfigMap', configMapRef.name, [...path, 'envFrom', index, 'configMapRef', 'name']);
    if (secretRef && !secretRef.optional)
      add('Secret', secretRef.name, [...path, 'envFrom', index, 'secretRef', 'name']);
  }
  for (const [index, { valueFrom }] of ((container['env'] ?? []) as Fields[]).entries()) {
    for (const [field, kind] of [
      ['configMapKeyRef', 'ConfigMap'],
      ['secretKeyRef', 'Secret'],
    ] as const) {
      const selector = valueFrom?.[field] as Fields | undefined;
      const at = [...path, 'env', index, 'valueFrom', field];
      if (selector && !selector['optional'])
        add(kind, selector['name'], [...at, 'name'], [{ key: selector['key'], path: [...at, 'key'] }]);
    }
  }
}
