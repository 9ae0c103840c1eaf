/** Changes as people make them: of registry.yaml, and of objects that other trees have. */
import type { KubernetesObject } from '../../../generator/model/index.js';
import { changed, objectsOf, START } from './changes.js';

/** One change of one object, or of all objects of a tree. */
export interface ChangeCase {
  name: string;
  before: KubernetesObject[];
  after: KubernetesObject[];
}

type Fields = Record<string, any>;

/** Of registry.yaml. */
const CONFIG: [string, (config: any) => void][] = [
  ['another image', (config) => void (config.image = 'registry:3.1.2')],
  ['more replicas', (config) => void (config.replicas = 3)],
  ['no replica', (config) => void (config.replicas = 1)],
  ['more memory', (config) => void (config.resources = { memory: '1Gi' })],
  ['a longer drain', (config) => void (config.drainSeconds = 90)],
  ['a larger claim', (config) => void (config.storage.size = '200Gi')],
  ['a smaller claim', (config) => void (config.storage.size = '50Gi')],
  ['a class for the claim', (config) => void (config.storage.storageClass = 'fast')],
  [
    'one node for the claim',
    (config) => void (config.storage = { ...config.storage, accessMode: 'ReadWriteOnce', colocate: true }),
  ],
  ['a bucket', (config) => void (config.storage = { type: 's3', s3: { bucket: 'images', region: 'eu-central-1' } })],
  ['another host', (config) => void (config.host = 'images.example.com')],
  ['no login', (config) => void (config.auth = { type: 'none' })],
  ['another realm', (config) => void (config.auth = { realm: 'Images' })],
  ['other logins', (config) => void (config.secretName = 'other')],
  ['metrics', (config) => void (config.metrics = { enabled: true })],
  ['no collection', (config) => void (config.gc = { enabled: false })],
  ['a dry collection', (config) => void (config.gc = { dryRun: true })],
  ['another schedule', (config) => void (config.gc = { schedule: '5 4 * * *' })],
  ['untagged images go', (config) => void (config.gc = { deleteUntagged: true })],
  ['a longer collection', (config) => void (config.gc = { deadlineSeconds: 7200 })],
  ['more memory for Redis', (config) => void (config.overlays.it.redis.memory = '512Mi')],
  ['more replicas of Redis', (config) => void (config.overlays.it.redis.replicas = 4)],
  ['no Sentinels', (config) => void (config.overlays.it.redis.failover = 'none')],
  ['Redis in each pod', (config) => void ((config.overlays.it.redis = { type: 'sidecar' }), (config.replicas = 1))],
  ['no Redis', (config) => void delete config.overlays.it.redis],
  ['no ingress', (config) => void (delete config.overlays.it.ingress, delete config.overlays.it.tls)],
  ['another ingress', (config) => void (config.overlays.it.ingress.class = 'traefik')],
  [
    'an annotation of the ingress',
    (config) => void (config.overlays.it.ingress.annotations = { 'example.com/team': 'images' }),
  ],
  ['another issuer', (config) => void (config.overlays.it.tls.issuer = 'internal')],
  [
    'a certificate from elsewhere',
    (config) => void (config.overlays.it.tls = { type: 'secret', secretName: 'wildcard' }),
  ],
];

const meta = (name: string, more: Fields = {}): Fields => ({ name, namespace: 'registry', ...more });
const labels = { app: 'it' };
const pods = {
  metadata: { labels },
  spec: { containers: [{ name: 'it', image: 'it:1.0.0', resources: { limits: { memory: '64Mi' } } }] },
};
const workload = (kind: string, spec: Fields = {}): Fields => ({
  apiVersion: 'apps/v1',
  kind,
  metadata: meta(kind.toLowerCase()),
  spec: { selector: { matchLabels: labels }, template: pods, ...spec },
});
const claim = (spec: Fields = {}, name = 'data'): Fields => ({
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: meta(name),
  spec: { accessModes: ['ReadWriteMany'], resources: { requests: { storage: '10Gi' } }, ...spec },
});
const template = (size: string): Fields => ({
  metadata: { name: 'data' },
  spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: size } } },
});
const set = workload('StatefulSet', { serviceName: 'it', volumeClaimTemplates: [template('1Gi')] });
const job = {
  apiVersion: 'batch/v1',
  kind: 'Job',
  metadata: meta('job'),
  spec: { template: { spec: { restartPolicy: 'Never', containers: pods.spec.containers } } },
};
const binding = {
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'RoleBinding',
  metadata: meta('binding'),
  roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'one' },
  subjects: [{ kind: 'ServiceAccount', name: 'it', namespace: 'registry' }],
};
const service = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: meta('service'),
  spec: { selector: labels, ports: [{ name: 'http', port: 80, protocol: 'TCP', targetPort: 5000 }] },
};
const policy = {
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  metadata: meta('policy'),
  spec: {
    podSelector: { matchLabels: labels },
    policyTypes: ['Ingress'],
    ingress: [{ from: [{ podSelector: { matchLabels: { app: 'other' } } }] }],
  },
};
const volume = {
  apiVersion: 'v1',
  kind: 'PersistentVolume',
  metadata: { name: 'volume' },
  spec: {
    capacity: { storage: '10Gi' },
    accessModes: ['ReadWriteMany'],
    persistentVolumeReclaimPolicy: 'Retain',
    nfs: { server: 'nfs.example.com', path: '/images' },
  },
};
const volumeOn = (node: string) => ({
  ...volume,
  spec: {
    ...volume.spec,
    nodeAffinity: {
      required: {
        nodeSelectorTerms: [{ matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'In', values: [node] }] }],
      },
    },
  },
});
const role = {
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'Role',
  metadata: meta('role'),
  rules: [{ apiGroups: [''], resources: ['configmaps'], verbs: ['get'] }],
};
const storageClass = {
  apiVersion: 'storage.k8s.io/v1',
  kind: 'StorageClass',
  metadata: { name: 'class' },
  provisioner: 'example.com/it',
  parameters: { tier: 'one' },
  reclaimPolicy: 'Retain',
};

/** Of objects: what the generator does not write by itself, or never changes. */
const OBJECTS: [string, Fields, (object: any) => void][] = [
  [
    'the selector of a Deployment',
    workload('Deployment'),
    ({ spec }) => ((spec.selector.matchLabels = { app: 'other' }), (spec.template.metadata.labels = { app: 'other' })),
  ],
  ['a label of its pods', workload('Deployment'), ({ spec }) => (spec.template.metadata.labels.tier = 'one')],
  ['the strategy of a Deployment', workload('Deployment'), ({ spec }) => (spec.strategy = { type: 'Recreate' })],
  [
    'the strategy of a Deployment that said how it rolls',
    workload('Deployment', { strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } } }),
    ({ spec }) => (spec.strategy = { type: 'Recreate' }),
  ],
  ['the strategy of a DaemonSet', workload('DaemonSet'), ({ spec }) => (spec.updateStrategy = { type: 'OnDelete' })],
  ['the history of a Deployment', workload('Deployment'), ({ spec }) => (spec.revisionHistoryLimit = 2)],
  [
    'an annotation of a Deployment',
    workload('Deployment'),
    ({ metadata }) => (metadata.annotations = { 'example.com/team': 'images' }),
  ],
  [
    'the selector of a DaemonSet',
    workload('DaemonSet'),
    ({ spec }) => ((spec.selector.matchLabels = { app: 'other' }), (spec.template.metadata.labels = { app: 'other' })),
  ],
  [
    'the image of a DaemonSet',
    workload('DaemonSet'),
    ({ spec }) => (spec.template.spec.containers[0].image = 'it:1.0.1'),
  ],
  ['the image of a StatefulSet', set, ({ spec }) => (spec.template.spec.containers[0].image = 'it:1.0.1')],
  ['the replicas of a StatefulSet', set, ({ spec }) => (spec.replicas = 3)],
  ['the Service of a StatefulSet', set, ({ spec }) => (spec.serviceName = 'other')],
  ['the claims of a StatefulSet', set, ({ spec }) => (spec.volumeClaimTemplates = [template('2Gi')])],
  ['no claims of a StatefulSet', set, ({ spec }) => delete spec.volumeClaimTemplates],
  ['how pods of a StatefulSet start', set, ({ spec }) => (spec.podManagementPolicy = 'Parallel')],
  ['how a StatefulSet is updated', set, ({ spec }) => (spec.updateStrategy = { type: 'OnDelete' })],
  [
    'what becomes of the claims of a StatefulSet',
    set,
    ({ spec }) => (spec.persistentVolumeClaimRetentionPolicy = { whenDeleted: 'Delete', whenScaled: 'Retain' }),
  ],
  ['seconds that a StatefulSet waits', set, ({ spec }) => (spec.minReadySeconds = 5)],
  ['the image of a Job', job, ({ spec }) => (spec.template.spec.containers[0].image = 'it:1.0.1')],
  ['how often a Job is tried', job, ({ spec }) => (spec.backoffLimit = 1)],
  [
    'the completions of a Job by index',
    { ...job, spec: { ...job.spec, completions: 2, completionMode: 'NonIndexed' } },
    ({ spec }) => (spec.completionMode = 'Indexed'),
  ],
  ['the role of a binding', binding, ({ roleRef }) => (roleRef.name = 'other')],
  [
    'one more who is bound',
    binding,
    ({ subjects }) => subjects.push({ kind: 'ServiceAccount', name: 'other', namespace: 'registry' }),
  ],
  ['one more verb', role, ({ rules }) => rules[0].verbs.push('delete')],
  ['no verb', role, (object) => (object.rules = [])],
  ['a Service without an address', service, ({ spec }) => (spec.clusterIP = 'None')],
  [
    'a Service with another address',
    { ...service, spec: { ...service.spec, clusterIP: '10.0.0.77' } },
    ({ spec }) => (spec.clusterIP = '10.0.0.78'),
  ],
  ['a Service for everyone', service, ({ spec }) => (spec.type = 'LoadBalancer')],
  ['a Service on each node', service, ({ spec }) => (spec.type = 'NodePort')],
  ['another port of a Service', service, ({ spec }) => (spec.ports[0].port = 81)],
  ['another selector of a Service', service, ({ spec }) => (spec.selector = { app: 'other' })],
  [
    'a Service that is a name',
    service,
    ({ spec }) => ((spec.type = 'ExternalName'), (spec.externalName = 'images.example.com'), delete spec.selector),
  ],
  ['a policy for everyone', policy, ({ spec }) => delete spec.ingress[0].from],
  ['a policy for nobody', policy, ({ spec }) => (spec.ingress = [])],
  ['a policy for other pods', policy, ({ spec }) => (spec.podSelector.matchLabels = { app: 'third' })],
  ['how a claim is used', claim(), ({ spec }) => (spec.accessModes = ['ReadWriteOnce'])],
  ['a claim of blocks', claim(), ({ spec }) => (spec.volumeMode = 'Block')],
  ['the class of a claim', claim({ storageClassName: 'standard' }), ({ spec }) => (spec.storageClassName = 'fast')],
  [
    'a claim that selects',
    claim({ storageClassName: 'standard', selector: { matchLabels: labels } }),
    ({ spec }) => (spec.selector.matchLabels = { app: 'other' }),
  ],
  ['a label of a claim', claim(), ({ metadata }) => (metadata.labels = labels)],
  ['a claim of one byte less', claim(), ({ spec }) => (spec.resources.requests.storage = '10737418239')],
  [
    'a larger claim of a class',
    claim({ storageClassName: 'standard' }),
    ({ spec }) => (spec.resources.requests.storage = '20Gi'),
  ],
  [
    'a larger claim without a class',
    claim({ storageClassName: '' }),
    ({ spec }) => (spec.resources.requests.storage = '20Gi'),
  ],
  ['where a volume is', volume, ({ spec }) => (spec.nfs.path = '/other')],
  [
    'the node of a volume',
    volumeOn('node-1'),
    ({ spec }) => (spec.nodeAffinity = volumeOn('node-2').spec.nodeAffinity),
  ],
  ['no node of a volume', volumeOn('node-1'), ({ spec }) => delete spec.nodeAffinity],
  ['the first node of a volume', volume, ({ spec }) => (spec.nodeAffinity = volumeOn('node-1').spec.nodeAffinity)],
  ['that a volume is deleted', volume, ({ spec }) => (spec.persistentVolumeReclaimPolicy = 'Delete')],
  ['the size of a volume', volume, ({ spec }) => (spec.capacity.storage = '20Gi')],
  ['who makes volumes of a class', storageClass, (object) => (object.provisioner = 'example.com/other')],
  ['what a class asks for', storageClass, ({ parameters }) => (parameters.tier = 'two')],
  ['that a class lets volumes grow', storageClass, (object) => (object.allowVolumeExpansion = true)],
  ['what becomes of volumes of a class', storageClass, (object) => (object.reclaimPolicy = 'Delete')],
  [
    'the type of a Secret',
    { apiVersion: 'v1', kind: 'Secret', metadata: meta('secret'), type: 'Opaque' },
    (object) => (object.type = 'example.com/other'),
  ],
  [
    'what a ConfigMap says',
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: meta('map'), data: { a: 'one' } },
    ({ data }) => (data.a = 'two'),
  ],
  [
    'what a ConfigMap says that never changes',
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: meta('map'), immutable: true, data: { a: 'one' } },
    ({ data }) => (data.a = 'two'),
  ],
  [
    'that a ConfigMap changes',
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: meta('map'), immutable: true, data: { a: 'one' } },
    (object) => delete object.immutable,
  ],
  [
    'who serves a class of ingresses',
    {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'IngressClass',
      metadata: { name: 'ingresses' },
      spec: { controller: 'example.com/one' },
    },
    ({ spec }) => (spec.controller = 'example.com/two'),
  ],
  [
    'what a priority is',
    { apiVersion: 'scheduling.k8s.io/v1', kind: 'PriorityClass', metadata: { name: 'priority' }, value: 10 },
    (object) => (object.value = 20),
  ],
  [
    'how many pods may be away',
    {
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata: meta('budget'),
      spec: { maxUnavailable: 1, selector: { matchLabels: labels } },
    },
    ({ spec }) => (spec.maxUnavailable = 2),
  ],
  [
    'which pods are guarded',
    {
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata: meta('budget'),
      spec: { maxUnavailable: 1, selector: { matchLabels: labels } },
    },
    ({ spec }) => (spec.selector.matchLabels = { app: 'other' }),
  ],
  [
    'the token of an account',
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: meta('account'), automountServiceAccountToken: false },
    (object) => (object.automountServiceAccountToken = true),
  ],
];

/** @returns every change, the objects of each without those that stay. */
export function changeCases(): ChangeCase[] {
  return [
    ...CONFIG.map(([name, change]): ChangeCase => ({
      name,
      before: objectsOf(START),
      after: objectsOf(changed(change)),
    })),
    ...OBJECTS.map(([name, before, change]): ChangeCase => {
      // Not structuredClone: what is the same object here would be there.
      const copy = (): Fields => JSON.parse(JSON.stringify(before)) as Fields;
      const after = copy();
      change(after);
      return {
        name,
        before: [copy()] as unknown as KubernetesObject[],
        after: [after] as unknown as KubernetesObject[],
      };
    }),
  ];
}
