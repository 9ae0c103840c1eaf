import type { Version } from './image.js';

/** All that is chosen for the base or for one overlay: every default applied, every empty field derived. */
export interface Settings {
  name: string;
  namespace: string;
  createNamespace: boolean;
  /** DNS name; empty where no ingress needs one. */
  host: string;
  image: string;
  version: Version;
  replicas: number;
  resources: Resources;
  /** Seconds. */
  drainSeconds: number;
  /** Names of Secrets that pods pull their images with. */
  imagePullSecrets: string[];
  secretName: string;
  storage: Storage;
  auth: Auth;
  gc: GarbageCollection;
  redis: Redis;
  ingress: Ingress;
  tls: Tls;
  metrics: Metrics;
  /** Minors of Kubernetes 1 that the tree must work on; undefined: all that there are schemas for. */
  kubernetes: { first: number; last: number } | undefined;
  checks: Checks;
}

export interface Checks {
  /** Rule id, or rule id and object, to the reason why it may be broken. */
  ignore: Record<string, string>;
  /** Kind/name. */
  external: string[];
  /** Paths relative to registry.yaml. */
  crds: string[];
}

/** Kubernetes quantities. */
export interface Resources {
  cpu: string;
  memory: string;
  cpuLimit: string;
  memoryLimit: string;
}

/** Where the images are. */
export type Storage = VolumeStorage | { type: 's3'; s3: S3 };

export interface VolumeStorage {
  type: 'volume';
  size: string;
  accessMode: 'ReadWriteMany' | 'ReadWriteOnce' | 'ReadWriteOncePod';
  /** Empty: the cluster's default. */
  storageClass: string;
  colocate: boolean;
  static: StaticVolume;
}

/** A bucket of an object storage. */
export interface S3 {
  bucket: string;
  region: string;
  /** Empty: AWS. */
  endpoint: string;
  /** Port of the pods behind an endpoint in the cluster; 0: the endpoint's own. */
  targetPort: number;
  forcePathStyle: boolean;
  /** Empty: none. */
  rootDirectory: string;
  encrypt: boolean;
  redirect: boolean;
  credentials: 'secret' | 'ambient';
  serviceAccountAnnotations: Record<string, string>;
}

export type StaticVolume =
  | { type: 'none' }
  | { type: 'nfs'; server: string; path: string }
  | { type: 'csi'; driver: string; volumeHandle: string; fsType: string; attributes: Record<string, string> }
  | { type: 'hostPath'; path: string; node: string };

export type Auth = { type: 'none' } | { type: 'htpasswd'; realm: string };

export type GarbageCollection =
  | { enabled: false }
  | {
      enabled: true;
      schedule: string;
      timeZone: string;
      dryRun: boolean;
      deleteUntagged: boolean;
      /** How long what was pushed stays in any case. */
      graceSeconds: number;
      /** Kubernetes quantity: less than this is not worth refusing writes. */
      minimumGarbage: string;
      retention: Retention;
      /** How long writes may be refused at a time. */
      deadlineSeconds: number;
      /** Runs the collector's program. */
      image: string;
    };

export interface Retention {
  /** Whether tags are only reported. */
  dryRun: boolean;
  /** The first one that matches a repository is the one for it. */
  rules: RetentionRule[];
}

/** As the collector reads it: limits that are not given are absent. Names are patterns with `*`, `**` and `?`. */
export interface RetentionRule {
  repositories: string[];
  tags: string[];
  keepNewest?: number;
  keepTags?: string[];
  /** Such as 12h, 30d or 4w. */
  keepPushedWithin?: string;
  /** Such as 12h, 30d or 4w. */
  deleteOlderThan?: string;
}

export type Redis =
  | { type: 'none' }
  | { type: 'sidecar'; image: string; memory: string }
  | { type: 'statefulset'; image: string; memory: string; replicas: number; failover: 'sentinel' | 'none' };

export type IngressController = 'gce' | 'gce-internal' | 'nginx' | 'traefik' | 'haproxy' | 'contour' | 'other';

export type TrafficSource = { namespace: string } | { cidr: string };

export type Ingress =
  | { type: 'none'; allowFrom: TrafficSource[] }
  | {
      type: 'ingress';
      class: string;
      controller: IngressController;
      annotations: Record<string, string>;
      allowFrom: TrafficSource[];
    };

export type Tls =
  | { type: 'none' }
  | { type: 'gke-managed' }
  | { type: 'cert-manager'; secretName: string; issuer: string; issuerKind: 'Issuer' | 'ClusterIssuer' }
  | { type: 'secret'; secretName: string };

export type Metrics = { enabled: false } | { enabled: true; namespace: string; image: string; podMonitor: boolean };

/** One entry of `overlays`. */
export interface Overlay {
  name: string;
  /** The overlay that this one builds on; undefined for the base. */
  parent?: string;
  settings: Settings;
}

/** How the tree gets to the clusters. */
export interface Delivery {
  /** What the names of its objects begin with. */
  name: string;
  /** Empty where nothing reads the git repository. */
  repository: string;
  branch: string;
  /** Folder of the tree in the repository; empty: its top. */
  path: string;
  /** Undefined where Argo CD syncs nothing. */
  argoCd: ArgoCd | undefined;
  /** Undefined where Flux syncs nothing. */
  flux: Flux | undefined;
}

export interface ArgoCd {
  namespace: string;
  applications: { overlay: string; clusters: string[] }[];
}

export interface Flux {
  overlays: string[];
  /** Such as 10m. */
  interval: string;
  source: { type: 'git' } | { type: 'oci'; url: string; tag: string };
  /** Secret with the source's credentials; empty: none. */
  sourceSecret: string;
  /** Secrets in git; undefined: the Secret is made by hand. */
  secrets: { path: string; sopsSecret: string } | undefined;
}

/** A place in registry.yaml, or in a file of defaults that it names. */
export interface Place {
  file: string;
  /** Line and column, counted from 1. */
  line: number;
  column: number;
  /** Path in the document, such as overlays.tls.redis.type. */
  path: string;
}

/** registry.yaml, read. */
export interface Config {
  base: Settings;
  /** In the order of their names, but each overlay after the one that it extends. */
  overlays: Overlay[];
  /** The files of defaults below registry.yaml, nearest first: paths relative to it. */
  defaults: string[];
  /** Undefined where neither Argo CD nor Flux is asked for. */
  delivery: Delivery | undefined;
  /**
   * Finds where a variant has a field from: its own, that of an overlay which it extends, the top level, or a file of defaults.
   *
   * @param variant name of an overlay, or base
   * @param path such as redis.type, or its keys
   * @returns undefined where the field is a default
   */
  placeOf(variant: string, path: string | string[]): Place | undefined;
  /** @returns the value of a field as it is written; undefined where the field is a default */
  valueOf(variant: string, path: string | string[]): unknown;
  /** @returns what is written for a variant, before any default: its own fields, and what it inherits. @param variant name of an overlay, or base */
  written(variant: string): Written;
}

/** Fields as they are written. */
export interface Written {
  own: Record<string, unknown>;
  inherited: Record<string, unknown>;
}
