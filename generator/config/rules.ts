import { isIPv4 } from 'node:net';
import { parseEndpoint } from './endpoint.js';
import { parseImage, parseVersion, type Version } from './image.js';
import { parseQuantity } from './quantity.js';
import type { Settings } from './settings.js';

/** What a rule may look at: the base's settings, or one overlay's. */
export interface Scope {
  settings: Settings;
  /** @returns the value as written for this scope (inherited or its own), before any default. */
  written(path: string): unknown;
  /** Whether this scope itself states the field, rather than inherit it. */
  states(path: string): boolean;
  /** Tells a problem at the place that gave the field its value; of several fields, at the one stated last. */
  report(path: string | string[], message: string): void;
}

type Rule = (scope: Scope) => void;

/** Fields that mean nothing with the kind chosen beside them are mistakes: the user expects an effect. */
const onlyWith: { field: string; kind: string; kinds: string[] }[] = [
  { field: 'redis.replicas', kind: 'redis.type', kinds: ['statefulset'] },
  { field: 'redis.failover', kind: 'redis.type', kinds: ['statefulset'] },
  { field: 'redis.memory', kind: 'redis.type', kinds: ['sidecar', 'statefulset'] },
  { field: 'redis.image', kind: 'redis.type', kinds: ['sidecar', 'statefulset'] },
  { field: 'auth.realm', kind: 'auth.type', kinds: ['htpasswd'] },
  { field: 'tls.issuer', kind: 'tls.type', kinds: ['cert-manager'] },
  { field: 'tls.issuerKind', kind: 'tls.type', kinds: ['cert-manager'] },
  { field: 'tls.secretName', kind: 'tls.type', kinds: ['cert-manager', 'secret'] },
  ...['size', 'accessMode', 'storageClass', 'colocate', 'static'].map((name) => ({
    field: `storage.${name}`,
    kind: 'storage.type',
    kinds: ['volume'],
  })),
  { field: 'storage.s3', kind: 'storage.type', kinds: ['s3'] },
];

const meaninglessFields: Rule = ({ states, written, report }) => {
  for (const { field, kind, kinds } of onlyWith) {
    // At the top level the fields may be there for the overlays to inherit.
    if (!states(field) || !states(kind)) continue;
    const chosen = String(written(kind));
    if (!kinds.includes(chosen))
      report(field, `has no effect with ${kind} ${chosen}; it belongs to ${kinds.join(' and ')}`);
  }
};

/** @returns what is wrong with how an image is pinned, or undefined. */
function unpinned(image: string): string | undefined {
  const { tag, digest } = parseImage(image) ?? {};
  if (digest) return undefined;
  if (!tag) return `"${image}" has no tag: what runs would change by itself; add an exact one such as`;
  if (/latest|edge|stable|nightly|^main$|^master$/.test(tag) || /^v?\d+(\.\d+)?(-\S+)?$/.test(tag)) {
    return `the tag "${tag}" moves: what runs would change by itself; write an exact one such as`;
  }
  return undefined;
}

/** @returns the version that an image's tag names, and what is wrong where it names none and no digest pins the image. */
function taggedVersion(image: string): {
  tag: string | undefined;
  version: Version | undefined;
  complaint: string | undefined;
} {
  const { tag, digest } = parseImage(image) ?? {};
  const version = parseVersion(tag ?? '');
  return {
    tag,
    version,
    complaint:
      unpinned(image) ??
      (version || digest ? undefined : `the tag "${tag}" names no version; write an exact one such as`),
  };
}

const registryImage: Rule = ({ settings, written, report }) => {
  const { image, version } = settings;
  const complaint = unpinned(image);
  if (complaint) return report('image', `${complaint} registry:3.1.1, or a digest`);
  const tagged = parseVersion(parseImage(image)?.tag ?? '');
  const said = parseVersion(String(written('version') ?? ''));
  if (version.major === 0) {
    return report(
      'image',
      `the image does not tell which registry it holds; say it in "version", such as version: "3.1.1"`,
    );
  }
  if (tagged && said && (tagged.major !== said.major || tagged.minor !== said.minor || tagged.patch !== said.patch)) {
    return report(
      'version',
      `says ${written('version')}, but the image's tag says ${parseImage(image)!.tag}; remove one, or make them agree`,
    );
  }
  const at = said ? 'version' : 'image';
  const number = `${version.major}.${version.minor}.${version.patch}`;
  if (version.prerelease && version.major === 3) {
    return report(at, `${image} is a release candidate; take a release, 3.1.1 or newer`);
  }
  if (version.major > 3 || version.major < 2 || (version.major === 2 && version.minor < 8)) {
    return report(at, `registry ${number} is not supported; take 3.1 or newer, or 2.8`);
  }
  if (version.major === 3 && version.minor === 0 && settings.redis.type === 'statefulset') {
    // distribution issues 4486, 4512, 4621, 4755
    report(
      [at, 'redis.type'],
      `registry ${number} ignores REGISTRY_REDIS_PASSWORD, so it cannot log in to Redis; take 3.1.1 or newer`,
    );
  }
};

const redisImage: Rule = ({ settings, report }) => {
  if (settings.redis.type === 'none') return;
  const { image } = settings.redis;
  const { tag, version, complaint } = taggedVersion(image);
  if (complaint) return report('redis.image', `${complaint} redis:7.2.11-alpine, or a digest`);
  if (version && version.major < 7) {
    report(
      'redis.image',
      `the probes need redis-cli's option -e, which came with Redis 7; take 7.2 or Valkey, not ${tag}`,
    );
  }
};

const redisFailover: Rule = ({ settings: { redis, version }, report }) => {
  if (redis.type !== 'statefulset' || redis.failover !== 'sentinel') return;
  if (version.major === 2) {
    report(
      ['redis.failover', 'image', 'version'],
      'registry 2.8 cannot ask Sentinels which Redis is the primary; take registry 3.1 or newer, or set redis.failover: none',
    );
  }
  if (redis.replicas < 2) {
    report(
      ['redis.failover', 'redis.replicas'],
      `three pods at least have a majority of Sentinels left where one is lost, but there would be ${1 + redis.replicas}; set redis.replicas: 2, or redis.failover: none`,
    );
  }
};

const nodeImages: Rule = ({ settings: { gc, metrics }, report }) => {
  const used = {
    ...(gc.enabled && !gc.dryRun ? { 'gc.image': gc.image } : {}),
    ...(metrics.enabled ? { 'metrics.image': metrics.image } : {}),
  };
  for (const [field, image] of Object.entries(used)) {
    const { tag, version, complaint } = taggedVersion(image);
    if (complaint) report(field, `${complaint} node:24.11.1-alpine3.22, or a digest`);
    else if (version && version.major < 20) report(field, `the program needs Node 20 or newer, not ${tag}`);
  }
};

const accessMode: Rule = ({ settings, report }) => {
  const { storage, replicas, gc } = settings;
  if (storage.type !== 'volume' || storage.accessMode === 'ReadWriteMany') return;
  if (storage.accessMode === 'ReadWriteOncePod') {
    if (replicas > 1) {
      report(
        ['storage.accessMode', 'replicas'],
        `ReadWriteOncePod lets one pod mount the volume, but there are ${replicas} replicas; take ReadWriteMany, or set replicas: 1`,
      );
    }
    if (gc.enabled) {
      report(
        ['storage.accessMode', 'gc.enabled'],
        'ReadWriteOncePod lets one pod mount the volume, so the garbage collector never could; take ReadWriteOnce, or set gc.enabled: false',
      );
    }
    return;
  }
  if (replicas > 1 && !storage.colocate) {
    report(
      ['storage.accessMode', 'replicas', 'storage.colocate'],
      `ReadWriteOnce lets one node mount the volume, but ${replicas} replicas may run on as many nodes. Choose: ` +
        'storage.accessMode: ReadWriteMany (a class such as NFS or Filestore), or replicas: 1, or ' +
        'storage.colocate: true (all replicas on one node, whose loss is then the loss of the service)',
    );
  }
};

const clusterOwned: Rule = ({ settings, report }) => {
  const { name, namespace, createNamespace } = settings;
  if (name === 'default')
    report('name', 'every namespace has a ServiceAccount called default, which this would replace; take another name');
  if (createNamespace && /^(default|kube-.*)$/.test(namespace)) {
    report(
      ['createNamespace', 'namespace'],
      `the namespace ${namespace} is the cluster's own, and others live in it; set createNamespace: false, or take another`,
    );
  }
};

const staticVolume: Rule = ({ settings: { storage }, written, report }) => {
  if (storage.type !== 'volume') return;
  const kinds = Object.keys(written('storage.static') ?? {});
  if (kinds.length > 1)
    report('storage.static', `expected at most one of nfs, csi and hostPath; got ${kinds.join(' and ')}`);
  if (storage.static.type !== 'none' && storage.storageClass) {
    report(['storage.storageClass', 'storage.static'], 'a static volume has no storage class; remove one of the two');
  }
};

const objectStorage: Rule = ({ settings: { storage, version }, states, report }) => {
  if (storage.type !== 's3') return;
  const { bucket, region, endpoint, targetPort, forcePathStyle, redirect, credentials, serviceAccountAnnotations } =
    storage.s3;
  const service = parseEndpoint(endpoint)?.service;
  const of2 = version.major === 2;
  if (!bucket)
    report(['storage.s3.bucket', 'storage.type'], 'storage.type s3 needs the name of a bucket; set storage.s3.bucket');
  if (!region)
    report(
      ['storage.s3.region', 'storage.type'],
      'storage.type s3 needs the region that requests are signed for; set storage.s3.region, such as us-east-1',
    );
  if (!endpoint && states('storage.s3.forcePathStyle')) {
    report(
      'storage.s3.forcePathStyle',
      'has no effect without storage.s3.endpoint: AWS is asked by the host name of the bucket; remove it, or set the endpoint',
    );
  }
  if (endpoint && !forcePathStyle && of2) {
    report(
      ['storage.s3.forcePathStyle', 'image', 'version'],
      'registry 2.8 always names the bucket in the path of an endpoint; take registry 3.1 or newer, or leave forcePathStyle out',
    );
  }
  if (targetPort > 0 && !service) {
    report(
      ['storage.s3.targetPort', 'storage.s3.endpoint'],
      'only a Service of the cluster has another port than what is behind it, and the endpoint is none, such as http://minio.minio.svc; set storage.s3.targetPort: 0, or such an endpoint',
    );
  }
  if (redirect && service) {
    report(
      ['storage.s3.redirect', 'storage.s3.endpoint'],
      `clients would be sent to ${endpoint}, a name that nodes and everything outside the cluster cannot look up; set storage.s3.redirect: false, or an endpoint that they reach`,
    );
  }
  if (credentials === 'secret' && states('storage.s3.serviceAccountAnnotations')) {
    report(
      'storage.s3.serviceAccountAnnotations',
      'has no effect with storage.s3.credentials secret, the keys of the Secret; set storage.s3.credentials: ambient, or remove it',
    );
  }
  if (credentials === 'ambient' && of2 && Object.keys(serviceAccountAnnotations).length > 0) {
    report(
      ['storage.s3.serviceAccountAnnotations', 'image', 'version'],
      'registry 2.8 knows no role of a ServiceAccount, only that of the node; take registry 3.1 or newer, or the keys of the Secret',
    );
  }
};

const garbageCollection: Rule = ({ settings, report }) => {
  const { gc, version } = settings;
  // distribution issues 3178, 3004, 2914; mended in 3.x by pull request 4285
  if (gc.enabled && gc.deleteUntagged && version.major === 2) {
    report(
      ['gc.deleteUntagged', 'image', 'version'],
      'registry 2.8 would delete the parts of multi-arch images; take registry 3.1 or newer, or set gc.deleteUntagged: false',
    );
  }
};

const ingressAndTls: Rule = ({ settings, written, report }) => {
  const { ingress, tls, host } = settings;
  if (ingress.type === 'none') {
    if (tls.type !== 'none')
      report(
        ['tls.type', 'ingress.class'],
        'TLS ends at the Ingress, but there is none; set ingress.class, or tls.type: none',
      );
    return;
  }
  if (!host) {
    report(
      written('host') === undefined ? 'ingress' : 'host',
      'an Ingress needs the name that clients use; set host, such as host: registry.example.com',
    );
  } else if (!host.includes('.')) {
    report('host', `"${host}" has no dot: Docker would take it for a user name on its own hub; write a full DNS name`);
  }
  if (isIPv4(host))
    report('host', 'an Ingress serves DNS names, not addresses; write a name such as registry.example.com');
  if ((ingress.controller === 'gce' || ingress.controller === 'gce-internal') && ingress.class !== ingress.controller) {
    report(
      ['ingress.controller', 'ingress.class'],
      `GKE serves the class ${ingress.controller} by that name only, not ${ingress.class}; set ingress.class: ${ingress.controller}`,
    );
  }
  if ('kubernetes.io/ingress.class' in ingress.annotations) {
    report('ingress.annotations', 'kubernetes.io/ingress.class would contradict ingress.class; name the class there');
  }
  if ((tls.type === 'secret' || tls.type === 'cert-manager') && tls.secretName === settings.secretName) {
    report(
      ['tls.secretName', 'secretName'],
      `${tls.secretName} is the Secret with the logins already; take another for the certificate`,
    );
  }
  if (tls.type === 'gke-managed' && ingress.controller !== 'gce') {
    report(
      ['tls.type', 'ingress.class'],
      `gke-managed certificates serve the ingress class gce, not ${ingress.class}; take cert-manager or secret`,
    );
  }
  if (tls.type === 'gke-managed' && host.length > 63) {
    report('host', 'a managed certificate takes names of at most 63 characters');
  }
  if (tls.type === 'cert-manager' && !tls.issuer) {
    report('tls.type', 'cert-manager needs the name of an issuer; set tls.issuer');
  }
};

const requestsWithinLimits: Rule = ({ settings, report }) => {
  const { cpu, cpuLimit, memory, memoryLimit } = settings.resources;
  const exceeds = (request: string, limit: string): boolean => parseQuantity(request)! > parseQuantity(limit)!;
  if (cpuLimit && exceeds(cpu, cpuLimit))
    report(['resources.cpu', 'resources.cpuLimit'], `the request of ${cpu} is more than the limit of ${cpuLimit}`);
  if (exceeds(memory, memoryLimit))
    report(
      ['resources.memory', 'resources.memoryLimit'],
      `the request of ${memory} is more than the limit of ${memoryLimit}`,
    );
};

const disabledMetrics: Rule = ({ settings, states, report }) => {
  if (settings.metrics.enabled || !states('metrics.enabled')) return;
  for (const field of ['metrics.namespace', 'metrics.image', 'metrics.podMonitor']) {
    if (states(field)) report(field, 'has no effect with metrics.enabled false; set that to true, or remove this');
  }
};

/** What a schema cannot say: rules between fields, each with its way out. */
export const rules: readonly Rule[] = [
  meaninglessFields,
  disabledMetrics,
  clusterOwned,
  registryImage,
  redisImage,
  nodeImages,
  redisFailover,
  accessMode,
  staticVolume,
  objectStorage,
  garbageCollection,
  ingressAndTls,
  requestsWithinLimits,
];
