import type { Delivery, Flux } from '../config/index.js';
import { explain, type External, type KubernetesObject } from '../model/index.js';
import { applierRights, secretRights } from './flux-rights.js';
import { type Delivered, type DeliveryFolder, pathIn } from './unit.js';

type Entry = DeliveryFolder['objects'][number];

/** Kinds whose readiness says whether the registry serves. */
const WATCHED = new Set(['Deployment', 'StatefulSet', 'ManagedCertificate']);
/** What Flux cannot know of GKE's certificate, whose status has no conditions. @see https://cloud.google.com/kubernetes-engine/docs/how-to/managed-certs */
const CERTIFICATE_HEALTH = {
  apiVersion: 'networking.gke.io/v1',
  kind: 'ManagedCertificate',
  current: "has(status.certificateStatus) && status.certificateStatus == 'Active'",
  failed: "has(status.certificateStatus) && status.certificateStatus == 'ProvisioningFailedPermanently'",
};

/**
 * Flux's objects for one overlay, all in the registry's namespace: its source, its Kustomization, and the account that
 * this applies with.
 */
export function fluxFolder(delivery: Delivery, flux: Flux, one: Delivered): DeliveryFolder {
  const { namespace } = one.settings;
  const name = `${delivery.name}-${one.variant}`;
  const { secrets, sourceSecret } = flux;
  const secret = (secretName: string | undefined): External[] =>
    secretName ? [{ kind: 'Secret', name: secretName }] : [];
  return {
    folder: `delivery/flux/${one.variant}`,
    objects: [
      ...namespaceToo(one),
      source(delivery, flux, name, namespace),
      ...applierRights(name, one),
      ...(secrets
        ? [
            ...secretRights(`${name}-secrets`, namespace, secrets.sopsSecret !== ''),
            secretsKustomization(delivery, flux, secrets, name, namespace),
          ]
        : []),
      kustomization(delivery, flux, one, name),
    ],
    patches: [],
    externals: [...secret(sourceSecret), ...secret(secrets?.sopsSecret)],
  };
}

/** The account's rights are in the namespace, so that has to be there first; from then on it is the tree's. */
function namespaceToo({ objects }: Delivered): Entry[] {
  return objects
    .filter(({ kind }) => kind === 'Namespace')
    .map((namespace) => ({
      file: 'namespace.yaml',
      object: {
        ...namespace,
        metadata: explain(
          {
            ...namespace.metadata,
            annotations: { ...namespace.metadata.annotations, 'kustomize.toolkit.fluxcd.io/ssa': 'IfNotPresent' },
          },
          { annotations: 'The rights below are in it, so it comes first. Once it is there, it is as the tree says.' },
        ),
      },
    }));
}

function source(
  { repository, branch }: Delivery,
  { source, interval, sourceSecret }: Flux,
  name: string,
  namespace: string,
): Entry {
  const secretRef = sourceSecret ? { secretRef: { name: sourceSecret } } : {};
  const [kind, spec] =
    source.type === 'oci'
      ? ['OCIRepository', { interval, url: source.url, ref: { tag: source.tag }, ...secretRef }]
      : ['GitRepository', { interval, url: repository, ref: { branch }, ...secretRef }];
  return {
    file: `${kind.toLowerCase()}.yaml`,
    object: {
      apiVersion: 'source.toolkit.fluxcd.io/v1',
      kind,
      metadata: { name, namespace },
      spec,
    } as KubernetesObject,
  };
}

function sourceRef({ source }: Flux, name: string): object {
  return { kind: source.type === 'oci' ? 'OCIRepository' : 'GitRepository', name };
}

/** @see https://fluxcd.io/flux/components/kustomize/kustomizations/ */
function kustomization(
  { path }: Delivery,
  flux: Flux,
  { folder, objects, settings: { namespace } }: Delivered,
  name: string,
): Entry {
  const watched = objects.filter(({ kind }) => WATCHED.has(kind));
  const spec = explain(
    {
      interval: flux.interval,
      retryInterval: '2m',
      timeout: '10m',
      sourceRef: sourceRef(flux, name),
      path: `./${pathIn(path, folder)}`,
      serviceAccountName: name,
      prune: true,
      deletionPolicy: 'Orphan',
      ...(flux.secrets ? { dependsOn: [{ name: `${name}-secrets` }] } : {}),
      healthChecks: watched.map(({ apiVersion, kind, metadata }) => ({
        apiVersion,
        kind,
        name: metadata.name,
        namespace,
      })),
      ...(watched.some(({ kind }) => kind === CERTIFICATE_HEALTH.kind)
        ? { healthCheckExprs: [CERTIFICATE_HEALTH] }
        : {}),
    },
    {
      serviceAccountName: 'It may touch what the tree holds, and nothing else.',
      deletionPolicy: 'Where this Kustomization is deleted, the registry stays.',
      dependsOn: 'The pods read the Secret.',
      healthChecks:
        'Ready means that the registry serves. Not among them: the claim, which may wait for the first pod.',
    },
  );
  return {
    file: 'flux-kustomization.yaml',
    object: {
      apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
      kind: 'Kustomization',
      metadata: { name, namespace },
      spec,
    } as KubernetesObject,
  };
}

function secretsKustomization(
  { path }: Delivery,
  flux: Flux,
  secrets: NonNullable<Flux['secrets']>,
  name: string,
  namespace: string,
): Entry {
  const spec = explain(
    {
      interval: flux.interval,
      retryInterval: '2m',
      timeout: '2m',
      sourceRef: sourceRef(flux, name),
      path: `./${pathIn(path, secrets.path)}`,
      targetNamespace: namespace,
      serviceAccountName: `${name}-secrets`,
      prune: false,
      deletionPolicy: 'Orphan',
      wait: true,
      ...(secrets.sopsSecret ? { decryption: { provider: 'sops', secretRef: { name: secrets.sopsSecret } } } : {}),
    },
    { prune: 'A Secret that leaves git by mistake does not take the logins with it.' },
  );
  return {
    file: 'secrets-flux-kustomization.yaml',
    object: {
      apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
      kind: 'Kustomization',
      metadata: { name: `${name}-secrets`, namespace },
      spec,
    } as KubernetesObject,
  };
}
