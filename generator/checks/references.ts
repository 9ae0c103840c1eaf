/** Every reference from one object of a unit to another, and what the objects of a unit provide. */
import type { Path } from './finding.js';
import { type Fields, groupOf, type Manifest, namespaceOf, serviceAt, type View } from './view.js';

export interface Reference {
  from: Manifest;
  path: Path;
  /** Kinds that may be meant; the first is the usual one. */
  kinds: string[];
  name: string;
  /** Empty for kinds of the whole cluster. */
  namespace: string;
  /** Keys of the Secret or ConfigMap that have to be there, each with its place. */
  keys: { key: string; path: Path }[];
}

/** Kinds of the whole cluster. */
const CLUSTER_KINDS = new Set([
  'ClusterIssuer',
  'IngressClass',
  'StorageClass',
  'PriorityClass',
  'RuntimeClass',
  'PersistentVolume',
  'ClusterRole',
  'GatewayClass',
  'ClusterSecretStore',
]);
/** Names that every cluster has. */
const BUILT_IN: Record<string, RegExp> = {
  ServiceAccount: /^default$/,
  PriorityClass: /^system-(node|cluster)-critical$/,
  ClusterRole: /^(system:.*|cluster-admin|admin|edit|view)$/,
  ConfigMap: /^kube-root-ca\.crt$/,
  AppProject: /^default$/,
};

/** @returns all references, those that may stay empty (optional: true) left out. */
export function referencesOf(view: View): Reference[] {
  const found: Reference[] = [];
  for (const object of view.objects) {
    const add = (
      kinds: string | string[],
      name: unknown,
      path: Path,
      more: { namespace?: unknown; keys?: Reference['keys'] } = {},
    ): void => {
      const list = [kinds].flat();
      if (typeof name !== 'string' || name === '' || BUILT_IN[list[0]!]?.test(name)) return;
      const namespace = CLUSTER_KINDS.has(list[0]!)
        ? ''
        : typeof more.namespace === 'string' && more.namespace
          ? more.namespace
          : namespaceOf(object);
      found.push({ from: object, path, kinds: list, name, namespace, keys: more.keys ?? [] });
    };
    collectors[object.kind]?.(object, add);
  }
  for (const { object, pod, path, containers } of view.workloads) {
    const add = (kind: string, name: unknown, at: Path, keys: Reference['keys'] = []): void => {
      if (typeof name !== 'string' || name === '' || BUILT_IN[kind]?.test(name)) return;
      found.push({
        from: object,
        path: at,
        kinds: [kind],
        name,
        namespace: CLUSTER_KINDS.has(kind) ? '' : namespaceOf(object),
        keys,
      });
    };
    collectPod(pod, path, add);
    for (const { container, path: at } of containers) collectContainer(container, at, add);
  }
  return found;
}

type AddToPod = (kind: string, name: unknown, path: Path, keys?: Reference['keys']) => void;

function itemKeys(items: Fields[] | null | undefined, path: Path): Reference['keys'] {
  return (items ?? []).map(({ key }, index) => ({ key: key as string, path: [...path, index, 'key'] }));
}

function collectPod(pod: Fields, path: Path, add: AddToPod): void {
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

function collectContainer(container: Fields, path: Path, add: AddToPod): void {
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

type Add = (
  kinds: string | string[],
  name: unknown,
  path: Path,
  more?: { namespace?: unknown; keys?: Reference['keys'] },
) => void;

const collectors: Record<string, (object: Manifest, add: Add) => void> = {
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
  Certificate({ spec }, add) {
    if (groupOf(spec?.issuerRef?.group ? `${spec.issuerRef.group}/v1` : 'cert-manager.io/v1') !== 'cert-manager.io')
      return;
    add(spec?.issuerRef?.kind ?? 'Issuer', spec?.issuerRef?.name, ['spec', 'issuerRef', 'name']);
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
