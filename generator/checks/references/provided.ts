/** The Secrets and ConfigMaps that a unit provides. */
import { type Fields, type Manifest, namespaceOf } from '../unit/manifest.js';
import type { View } from '../unit/view.js';

/** A Secret or ConfigMap that an object is, or that a controller makes of it. */
export interface Provided {
  kind: string;
  name: string;
  namespace: string;
  by: Manifest;
  /** Undefined where nobody can tell them from here. */
  keys: Set<string> | undefined;
}

/** @returns the Secrets and ConfigMaps that a unit provides. */
export function providedBy(view: View): Provided[] {
  const provided: Provided[] = [];
  const add = (by: Manifest, kind: string, name: unknown, keys: Iterable<string> | undefined): void => {
    if (typeof name === 'string' && name)
      provided.push({ kind, name, namespace: namespaceOf(by), by, keys: keys && new Set(keys) });
  };
  for (const object of view.of('ConfigMap'))
    add(object, 'ConfigMap', object.metadata.name, Object.keys({ ...object['data'], ...object['binaryData'] }));
  for (const object of view.of('Secret'))
    add(object, 'Secret', object.metadata.name, Object.keys({ ...object['data'], ...object['stringData'] }));
  for (const object of view.of('SealedSecret'))
    add(
      object,
      'Secret',
      object['spec']?.template?.metadata?.name ?? object.metadata.name,
      Object.keys({ ...object['spec']?.encryptedData, ...object['spec']?.template?.data }),
    );
  for (const object of view.of('ExternalSecret')) {
    const { target, data, dataFrom } = object['spec'] ?? {};
    const keys = [
      ...((data ?? []) as Fields[]).map(({ secretKey }) => secretKey as string),
      ...Object.keys(target?.template?.data ?? {}),
    ];
    add(
      object,
      'Secret',
      target?.name ?? object.metadata.name,
      (dataFrom ?? []).length > 0 || target?.template?.templateFrom ? undefined : keys,
    );
  }
  for (const object of view.of('Certificate')) add(object, 'Secret', object['spec']?.secretName, undefined);
  for (const object of view.of('Issuer').concat(view.of('ClusterIssuer')))
    add(object, 'Secret', object['spec']?.acme?.privateKeySecretRef?.name, undefined);
  for (const object of view.of('Ingress')) {
    const annotations = object.metadata.annotations ?? {};
    if (!annotations['cert-manager.io/issuer'] && !annotations['cert-manager.io/cluster-issuer']) continue;
    for (const { secretName } of (object['spec']?.tls ?? []) as Fields[])
      add(object, 'Secret', secretName, ['tls.crt', 'tls.key']);
  }
  return provided;
}
