/** Trees to be applied, each in namespaces of its own. */
import type { Settings } from '../../../generator/config/index.js';
import { buildModel } from '../../../generator/features/index.js';
import { finish } from '../../../generator/kustomize/index.js';
import type { KubernetesObject } from '../../../generator/model/index.js';
import { makePlan } from '../../../generator/plan/index.js';
import { bytesOf, configOf } from '../config.js';
import { randomConfigs } from '../configs.js';
import { delivered } from '../delivery.js';

export interface Tree {
  /** It has to exist, where it is not in the tree. */
  namespace: string;
  objects: KubernetesObject[];
}

const s3 = { bucket: 'images', region: 'eu-central-1' };
const ingress = { annotations: { 'example.com/on': 'true', 'example.com/empty': '' } };
const statefulset = { type: 'statefulset' };

/** Together they choose each alternative that registry.yaml has, and write quantities as people do. */
const FEATURES: Record<string, any>[] = [
  {
    storage: { size: '1.5Ti', storageClass: '' },
    resources: { cpu: '0.5', memory: '1024Mi', cpuLimit: '2000m', memoryLimit: '1.5Gi' },
    redis: { type: 'sidecar', memory: '0.5Gi' },
    ingress: { class: 'gce', ...ingress },
    tls: { type: 'gke-managed' },
    imagePullSecrets: ['mirror', 'hub'],
    metrics: { enabled: true, podMonitor: true },
    gc: { timeZone: 'Europe/Berlin', deleteUntagged: true },
  },
  {
    storage: { size: '1000G', accessMode: 'ReadWriteOnce', colocate: true, storageClass: 'ssd' },
    resources: { cpu: '1000m', memory: '536870912', memoryLimit: '2048000k' },
    redis: { ...statefulset, memory: '512.5Mi', replicas: 4 },
    ingress: {
      class: 'nginx',
      ...ingress,
      allowFrom: [{ namespace: 'web' }, { cidr: '10.0.0.0/8' }, { cidr: '::1/128' }],
    },
    tls: { type: 'cert-manager', issuer: 'ca', issuerKind: 'Issuer' },
    gc: { dryRun: true, schedule: '0 0 1,15 jan-mar mon' },
  },
  {
    storage: { accessMode: 'ReadWriteOncePod' },
    replicas: 1,
    gc: { enabled: false },
    auth: { type: 'none' },
    redis: { ...statefulset, memory: '300000Ki', replicas: 0 },
    ingress: { class: 'traefik' },
    tls: { type: 'secret', secretName: 'wildcard' },
  },
  {
    storage: { storageClass: '', size: '1025Gi', static: { nfs: { server: 'nfs.example.com', path: '/exports' } } },
    image: 'registry:2.8.3',
    redis: { ...statefulset, replicas: 2 },
    ingress: { class: 'haproxy' },
    createNamespace: false,
  },
  {
    storage: {
      size: '2048Mi',
      storageClass: '',
      static: {
        csi: { driver: 'nfs.csi.k8s.io', volumeHandle: 'share', fsType: 'ext4', attributes: { ip: '10.0.0.2' } },
      },
    },
    redis: { ...statefulset, failover: 'none', image: 'valkey/valkey:8.1.3' },
    ingress: { class: 'contour' },
  },
  {
    storage: {
      storageClass: '',
      static: { csi: { driver: 'nfs.csi.k8s.io', volumeHandle: 'share', fsType: '', attributes: {} } },
    },
    ingress: { class: 'gce-internal' },
  },
  {
    storage: { storageClass: '', static: { hostPath: { path: '/srv/registry', node: 'node-1' } } },
    ingress: { class: 'my.class', controller: 'other', annotations: {} },
    drainSeconds: 3600,
  },
  {
    storage: { type: 's3', s3: { ...s3, rootDirectory: '010', encrypt: true, redirect: true } },
    replicas: 5,
    metrics: { enabled: true, namespace: 'prometheus' },
    redis: statefulset,
    auth: { realm: 'é: # <&>' },
  },
  {
    storage: { type: 's3', s3: { ...s3, endpoint: 'http://minio.minio.svc:80', targetPort: 9000 } },
    gc: { deadlineSeconds: 86400 },
  },
  {
    storage: {
      type: 's3',
      s3: {
        ...s3,
        credentials: 'ambient',
        serviceAccountAnnotations: { 'eks.amazonaws.com/role-arn': 'arn:aws:iam::1:role/it' },
      },
    },
    image: `registry:3.1.2@sha256:${'0123456789abcdef'.repeat(4)}`,
    secretName: 'other',
  },
  { storage: { type: 's3', s3: { ...s3, endpoint: 'https://10.0.0.5:9000', forcePathStyle: false } } },
];

/**
 * @param prefix of their namespaces
 * @param count how many random configs there are besides
 * @returns trees with every feature, and what delivers them by Argo CD and by Flux; of all these the objects in which some
 * field has a value that it has in none before
 */
export async function appliedTrees(prefix: string, count: number): Promise<Tree[]> {
  const whole = FEATURES.map((fields) => configOf({ host: 'registry.example.com', ...fields }).base);
  const random = randomConfigs(count, 14).flatMap((text) => {
    const { base, overlays } = configOf(text);
    return [base, ...overlays.map(({ settings }) => settings)];
  });
  const trees = [...whole, ...random].map((settings, index) => treeOf(settings, `${prefix}-${index}`));
  const seen = new Set<string>();
  const isNew = (object: KubernetesObject, namespace: string): boolean => {
    const before = seen.size;
    for (const value of valuesOf(object, object.kind)) seen.add(value.replaceAll(namespace, 'it'));
    return seen.size > before;
  };
  return [...trees, ...(await deliveries(prefix))].map(({ namespace, objects }) => ({
    namespace,
    objects: objects.filter((object) => object.kind === 'Namespace' || isNew(object, namespace)),
  }));
}

function treeOf(settings: Settings, namespace: string): Tree {
  return { namespace, objects: finish(buildModel({ ...settings, namespace }), []) };
}

async function deliveries(prefix: string): Promise<Tree[]> {
  const namespace = `${prefix}-argocd`;
  const texts = [
    `argoCd: { namespace: ${namespace}, applications: [{ overlay: tls }, { overlay: eu, clusters: [a, b] }] }
  flux: { overlays: [tls, eu], secrets: { path: secrets, sopsSecret: sops-age } }`,
    'flux: { overlays: [shared-redis], oci: { url: "oci://ghcr.io/example/registry", tag: main }, interval: 90m, sourceSecret: login }',
  ].map((section, index) =>
    delivered(section, `namespace: ${prefix}-delivered-${index}`)
      .replaceAll('registry-eu', `${prefix}-eu-${index}`)
      .replace(/^ {2}repository: .*\n(?=[^]*oci:)/m, ''),
  );
  const plans = await Promise.all(texts.map((text) => makePlan(bytesOf(text), 'registry.yaml')));
  return plans.flatMap(({ delivery }) =>
    delivery.map(({ objects }) => ({ namespace, objects: objects.map(({ object }) => object) })),
  );
}

/** @returns each value of an object, with its path; of files not what is in them. */
function valuesOf(value: unknown, path: string): string[] {
  if (typeof value !== 'object' || value === null) return [`${path}: ${path.startsWith('ConfigMap.') ? '' : value}`];
  const items = Array.isArray(value) ? value.map((item) => ['*', item] as const) : Object.entries(value);
  return items.length === 0 ? [`${path}: none`] : items.flatMap(([key, item]) => valuesOf(item, `${path}.${key}`));
}
