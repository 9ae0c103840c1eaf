/* Derived from schemas/registry.schema.json by `npm run config-types`. */

/**
 * Path of a file with fields that several registries share, relative to this file and in the same repository. That file has the same fields, but neither overlays nor delivery. Fields of this file take precedence: maps are merged field by field, lists are replaced. A file of defaults can name another one. Empty: none.
 */
export type SharedDefaults = string;
/**
 * Name of the registry. Every object has this name, or this name and a suffix, and the pods have it as a label. At most 40 characters, as the names of a CronJob's Jobs are longer than its own.
 */
export type Name = string;
/**
 * Namespace of every object.
 */
export type Namespace = string;
/**
 * Whether the tree contains the Namespace, labelled for the restricted Pod Security standard. Set it to false where namespaces are created elsewhere.
 */
export type CreateTheNamespace = boolean;
/**
 * DNS name at which clients reach the registry, without scheme, port or path. Required with an Ingress.
 */
export type Host = string;
/**
 * Image of the registry (distribution), pinned by an exact tag (major.minor.patch), a digest, or both. Registry 3.1 or newer is recommended; 2.8 is supported.
 */
export type RegistryImage = string;
/**
 * Version of the registry in the image, which determines the format of config.yml. Empty: derived from the image's tag. Set it where the tag is not a version, or where the image has only a digest.
 */
export type RegistryVersion = string;
/**
 * Number of registry pods. They share the storage and the HTTP secret.
 */
export type Replicas = number;
/**
 * CPU request of a registry pod.
 */
export type CPURequest = string;
/**
 * Memory request of a registry pod.
 */
export type MemoryRequest = string;
/**
 * CPU limit of a registry pod. Empty: no limit, so that a push is not throttled.
 */
export type CPULimit = string;
/**
 * Memory limit of a registry pod. A container that uses more is killed.
 */
export type MemoryLimit = string;
/**
 * Seconds that a registry pod has to finish open requests when it is terminated. The grace period of the pod is derived from it.
 */
export type DrainTime = number;
/**
 * Name of a Secret of type kubernetes.io/dockerconfigjson in the namespace.
 */
export type ImagePullSecret = string;
/**
 * Names of Secrets of type kubernetes.io/dockerconfigjson in the namespace, with which every pod of the tree pulls its images. Set it where the images come from a registry with a login, such as a mirror. They are never part of the tree; `kubectl create secret docker-registry` creates one. Empty: images are pulled without a login.
 */
export type ImagePullSecrets = ImagePullSecret[];
/**
 * Name of the Secret that the pods read. Its keys: htpasswd and http-secret; with Redis of type statefulset also redis-password; with storage of type s3 also s3-access-key and s3-secret-key. It is never part of the tree; `registry-gitops htpasswd USER` creates it. Empty: the name of the registry followed by -secrets.
 */
export type Secret = string;
/**
 * volume: a PersistentVolume, configured by the fields from size to static. s3: a bucket, configured by the fields of s3. A bucket needs no volume, and any number of replicas on any nodes can share it.
 */
export type Type = "volume" | "s3";
/**
 * Capacity that the PersistentVolumeClaim requests.
 */
export type Size = string;
/**
 * Access mode of the volume. Several replicas need ReadWriteMany, or ReadWriteOnce with colocate.
 */
export type AccessMode = "ReadWriteMany" | "ReadWriteOnce" | "ReadWriteOncePod";
/**
 * StorageClass of the claim. Empty: the default of the cluster. Must be empty with a static volume.
 */
export type StorageClass = string;
/**
 * Schedule all replicas on one node, by pod affinity, so that they can share a ReadWriteOnce volume. If that node fails, the registry is down until the node is back.
 */
export type CoLocate = boolean;
/**
 * Host name or IP address of the NFS server.
 */
export type NFSServer = string;
/**
 * Absolute path of the exported directory.
 */
export type ExportedPath = string;
/**
 * Name of the CSI driver.
 */
export type Driver = string;
/**
 * ID of the volume in the driver.
 */
export type VolumeHandle = string;
/**
 * File system of the volume. Empty: the driver's default.
 */
export type FileSystem = string;
/**
 * Absolute path of the directory on the node.
 */
export type Path = string;
/**
 * Name of the node, as its label kubernetes.io/hostname has it.
 */
export type Node = string;
/**
 * Name of the bucket, which must exist. Required with type s3.
 */
export type Bucket = string;
/**
 * Region that requests are signed for. MinIO and Ceph use us-east-1 unless configured otherwise. Required with type s3.
 */
export type Region = string;
/**
 * URL of the service: scheme, host and, where needed, port. Empty: AWS. For an AWS region that is newer than the registry, which then refuses it as invalid: https://s3.REGION.amazonaws.com.
 */
export type Endpoint = string;
/**
 * Port of the pods behind an endpoint in the cluster, where it differs from the port of the Service (MinIO Operator: 9000 behind 443; Rook: 8080 behind 80). The NetworkPolicies allow both. 0: the port of the endpoint.
 */
export type TargetPort = number;
/**
 * Whether the bucket is part of the path of the URL (https://s3.example.com/bucket) or of its host name (https://bucket.s3.example.com), which needs DNS names and certificates of its own. Only with an endpoint. Registry 2.8 supports only the path.
 */
export type PathStyle = boolean;
/**
 * Prefix of all keys, for a bucket that contains other data too. Empty: none.
 */
export type RootDirectory = string;
/**
 * Request encryption at rest with keys of the service (SSE-S3). AWS encrypts by default; MinIO refuses the request without a key server.
 */
export type Encrypt = boolean;
/**
 * Redirect clients that pull a layer to the bucket, with a URL that is valid for 20 minutes, so that layers do not pass through the registry pods. Every client, including the container runtime of each node, must resolve the name of the endpoint, reach it, and trust its certificate. That is often not so with MinIO in the cluster or a bucket behind a firewall. With false the registry serves all layers itself, which always works.
 */
export type Redirect = boolean;
/**
 * secret: the keys s3-access-key and s3-secret-key of the Secret. ambient: credentials that the cluster provides to the pods, with nothing in the tree: a role for the ServiceAccount (IRSA), EKS Pod Identity, or the role of the node. With registry 2.8, ambient is only the role of the node.
 */
export type Credentials = "secret" | "ambient";
/**
 * htpasswd: user names and bcrypt hashes in the Secret. none: everyone who can reach the registry can push, delete and pull.
 */
export type Type1 = "htpasswd" | "none";
/**
 * Realm that the registry names when it requests a login.
 */
export type Realm = string;
/**
 * Whether garbage collection runs.
 */
export type Enabled = boolean;
/**
 * When it runs, as a cron schedule of five fields.
 */
export type Schedule = string;
/**
 * Time zone of the schedule, by its name in the tz database.
 */
export type TimeZone = string;
/**
 * Only report what would be removed, in the log of the CronJob's pods. No write is refused, and no pod restarts. It wins over gc.retention.dryRun: with it, nothing is removed, whatever that says.
 */
export type DryRun = boolean;
/**
 * Also remove manifests without a tag. What an index that stays contains, and what refers to an image that stays (signatures, SBOMs), is kept.
 */
export type DeleteUntagged = boolean;
/**
 * Number of seconds for which what was pushed is kept, whatever a rule of retention says. Clients push layers before the image, and the images of an index before the index.
 */
export type GracePeriod = number;
/**
 * Size of what can be removed below which nothing is removed, so that no write is refused for it.
 */
export type MinimumGarbage = string;
/**
 * Only report which tags would be removed, and why. Set it to false once the report in the log is what you want.
 */
export type DryRunOfRetention = boolean;
/**
 * Names of repositories, as patterns: * is anything within one part of a name, ** is anything, ? is one character. app/** does not match app. In quotes where one begins with *. Names are without the registry's host.
 *
 * @minItems 1
 */
export type Repositories = [RepositoryPattern, ...RepositoryPattern[]];
/**
 * Name of repositories, as a pattern.
 */
export type RepositoryPattern = string;
/**
 * Tags that the rule is about, as patterns. Other tags are kept.
 *
 * @minItems 1
 */
export type Tags = [TagPattern, ...TagPattern[]];
/**
 * Tags, as a pattern.
 */
export type TagPattern = string;
/**
 * Number of tags to keep in each repository: those that were pushed last, of those that the rule's tags match. Tags that keepTags keeps count too, and take places.
 */
export type KeepTheNewest = number;
/**
 * Tags to keep, as a pattern.
 */
export type PatternOfKeptTags = string;
/**
 * Tags to keep, as patterns. In quotes where one begins with *.
 */
export type KeepTags = PatternOfKeptTags[];
/**
 * Tags to keep: those that were pushed in this time. It cannot be shorter than gc.graceSeconds. Beside deleteOlderThan, only the longer one would count, so give one of the two. Empty: none.
 */
export type KeepWhatWasPushedWithin = string;
/**
 * Only tags that were pushed longer ago than this are removed. It cannot be shorter than gc.graceSeconds. Empty: at any age.
 */
export type DeleteOlderThan = string;
/**
 * The first rule whose repositories match a repository is the one for it; repositories that no rule matches keep all tags. Of a rule's tags, those go that are older than deleteOlderThan (at any age without it), unless one of keepNewest, keepTags and keepPushedWithin keeps them. At least one of these four is required. To keep some repositories out of the rules that follow, give them a rule with keepTags: ["**"].
 */
export type RetentionRules = RetentionRule[];
/**
 * Maximum number of seconds for which writes are refused. A collection that needs longer takes writes again, and the next one continues.
 */
export type Deadline = number;
/**
 * Node.js image that runs the collector, pinned by an exact tag (major.minor.patch), a digest, or both. Node 20 or newer, Alpine or any other.
 */
export type CollectorImage = string;
/**
 * none: no cache. sidecar: a Redis in each registry pod, on localhost. statefulset: a Redis that all replicas share, as a primary with replicas.
 */
export type Type2 = "none" | "sidecar" | "statefulset";
/**
 * Image of Redis or Valkey, pinned by an exact tag (major.minor.patch), a digest, or both.
 */
export type RedisImage = string;
/**
 * Number of Redis replicas in addition to the primary. With two or more, a replica becomes the primary when the primary fails. Only with type statefulset.
 */
export type Replicas1 = number;
/**
 * What happens when the primary fails. sentinel: the Sentinels beside each Redis promote a replica, and the registry asks them for the primary; requires registry 3.1 and two replicas. none: the registry works without a cache until the primary is back. Empty: sentinel where it is supported, otherwise none. Only with type statefulset.
 */
export type Failover = "" | "sentinel" | "none";
/**
 * Memory limit of a Redis container. Redis uses at most three quarters of it for data, half of it where replicas follow, and evicts the least recently used keys.
 */
export type Memory = string;
/**
 * Name of the IngressClass, or none for no Ingress. With gce, gce-internal, nginx, traefik, haproxy and contour, the Ingress has the settings that a registry needs.
 */
export type Class = string;
/**
 * Controller of the class, where the name of the class is not the controller's. Empty: derived from the class.
 */
export type Controller = "" | "gce" | "gce-internal" | "nginx" | "traefik" | "haproxy" | "contour" | "other";
/**
 * All pods of this namespace.
 */
export type Namespace1 = string;
/**
 * All IP addresses of this range, in CIDR notation.
 */
export type AddressRange = string;
/**
 * Sources that can connect to the registry pods, for the NetworkPolicy. It also applies without an Ingress in the tree, for a Gateway or a mesh of your own. With gce, Google's load balancers are always allowed. Empty: what the controller needs (gce: the load balancers only; nginx, traefik, haproxy, contour: the usual namespace of the controller; others: everyone); without an Ingress, all pods of the cluster.
 */
export type AllowedSources = Source[];
/**
 * none: plain HTTP. gke-managed: a certificate that GKE issues and renews (class gce). cert-manager: an issuer of cert-manager. secret: an existing Secret.
 */
export type Type3 = "none" | "gke-managed" | "cert-manager" | "secret";
/**
 * Secret with the certificate, for cert-manager (which creates it) and secret. Empty: the name of the registry followed by -tls.
 */
export type Secret1 = string;
/**
 * Name of the issuer of cert-manager.
 */
export type Issuer = string;
/**
 * Whether the issuer belongs to the whole cluster or to the namespace.
 */
export type KindOfIssuer = "ClusterIssuer" | "Issuer";
/**
 * Whether the registry pods serve /metrics on port 5001, which is in no Service and accepts connections from the namespace below only. A sidecar serves the metrics alone, as the debug server of the registry also exposes passwords.
 */
export type Enabled1 = boolean;
/**
 * Namespace of Prometheus. All of its pods can scrape.
 */
export type PrometheusNamespace = string;
/**
 * Node.js image that runs the sidecar, pinned by an exact tag (major.minor.patch), a digest, or both. Node 20 or newer.
 */
export type SidecarImage = string;
/**
 * Whether the tree contains a PodMonitor for the Prometheus Operator, whose CustomResourceDefinitions must exist in the cluster. Without one, configure Prometheus to scrape the port of the pods that is named metrics.
 */
export type PodMonitor = boolean;
/**
 * Kubernetes version that the tree must support: a minor version such as 1.34, or a range such as 1.33-1.36, of which every minor version is validated. Empty: every minor version for which there are schemas.
 */
export type KubernetesVersion = string;
/**
 * Kind and name of one object.
 */
export type ExternalObject = string;
/**
 * Objects that exist in the cluster and not in the tree, as Kind/name: references to them are not reported as missing. Objects that registry.yaml names (the Secret, the issuer, the storage class) need not be listed.
 */
export type ExternalObjects = ExternalObject[];
/**
 * Path of a YAML file.
 */
export type File = string;
/**
 * Files with your own CustomResourceDefinitions, relative to the file that names them. Objects of their kinds are validated against them, and they replace the definitions that are built in.
 */
export type CustomResourceDefinitions = File[];
/**
 * Prefix of the names of these objects. Empty: the name of the registry.
 */
export type NameOfTheDelivery = string;
/**
 * URL of the git repository that contains the tree, as Argo CD and Flux reach it: https://, http:// or ssh://.
 */
export type Repository = string;
/**
 * Branch to sync.
 */
export type Branch = string;
/**
 * Folder of the tree in the repository or the artifact. Empty: the root.
 */
export type PathOfTheTree = string;
/**
 * Namespace of Argo CD.
 */
export type NamespaceOfArgoCD = string;
/**
 * Overlay to sync, or base.
 */
export type OverlayToSync = string;
/**
 * A cluster, by its name in `argocd cluster list`. The cluster of Argo CD itself is in-cluster.
 */
export type Cluster = string;
/**
 * Names of the clusters in Argo CD. One cluster becomes an Application, several become an ApplicationSet.
 */
export type Clusters = Cluster[];
/**
 * Overlays that Argo CD syncs, and to which clusters. Empty: nothing is generated for Argo CD.
 */
export type Applications = Application[];
/**
 * Overlay to sync, or base.
 */
export type OverlayToSync1 = string;
/**
 * Overlays that Flux syncs, or base. Each has a folder delivery/flux/NAME, to be applied in the cluster that runs it. Empty: nothing is generated for Flux.
 */
export type OverlaysToSync = OverlayToSync1[];
/**
 * How often Flux fetches the source, and corrects drift in the cluster.
 */
export type IntervalOfFlux = string;
/**
 * Name of the Secret with the credentials of the repository or the artifact, in the namespace of the registry. Empty: no credentials.
 */
export type SecretOfTheSource = string;
/**
 * URL to which CI pushes the tree (`flux push artifact`), beginning with oci://. Empty: Flux reads the git repository.
 */
export type URLOfTheArtifact = string;
/**
 * Tag to sync. Only with a URL.
 */
export type TagOfTheArtifact = string;
/**
 * Folder of your own, relative to registry.yaml, with the Secret of the registry: encrypted with SOPS, or as an object from which a controller creates it. The registry is synced after it. Empty: the Secret is created by hand.
 */
export type FolderOfTheSecrets = string;
/**
 * Name of the Secret with the private key for SOPS, in the namespace of the registry. Empty: nothing is decrypted.
 */
export type SecretOfSOPS = string;
/**
 * Name of the overlay that this one extends. Empty: the base.
 */
export type Extends = string;

/**
 * A private container registry on Kubernetes: the one input of registry-gitops.
 */
export interface RegistryYaml {
  defaults?: SharedDefaults;
  name?: Name;
  namespace?: Namespace;
  createNamespace?: CreateTheNamespace;
  host?: Host;
  image?: RegistryImage;
  version?: RegistryVersion;
  replicas?: Replicas;
  resources?: Resources;
  drainSeconds?: DrainTime;
  imagePullSecrets?: ImagePullSecrets;
  secretName?: Secret;
  storage?: Storage;
  auth?: Authentication;
  gc?: GarbageCollection;
  redis?: Redis;
  ingress?: Ingress;
  tls?: TLS;
  metrics?: Metrics;
  kubernetesVersion?: KubernetesVersion;
  checks?: Checks;
  delivery?: Delivery;
  overlays?: Overlays;
}
/**
 * CPU and memory of one registry container, as Kubernetes quantities.
 */
export interface Resources {
  cpu?: CPURequest;
  memory?: MemoryRequest;
  cpuLimit?: CPULimit;
  memoryLimit?: MemoryLimit;
}
/**
 * Where images are stored. All replicas and the garbage collector share it.
 */
export interface Storage {
  type?: Type;
  size?: Size;
  accessMode?: AccessMode;
  storageClass?: StorageClass;
  colocate?: CoLocate;
  static?: StaticVolume;
  s3?: ObjectStorage;
}
/**
 * Existing storage, for which the tree contains a PersistentVolume. At most one of nfs, csi and hostPath. Empty: the storage class provisions a volume.
 */
export interface StaticVolume {
  nfs?: NFS;
  csi?: CSI;
  hostPath?: HostPath;
}
/**
 * A directory that an NFS server exports. Group 10001 must be able to write to it.
 */
export interface NFS {
  server: NFSServer;
  path: ExportedPath;
}
/**
 * A volume of a CSI driver.
 */
export interface CSI {
  driver: Driver;
  volumeHandle: VolumeHandle;
  fsType?: FileSystem;
  attributes?: VolumeAttributes;
}
/**
 * Other attributes of the volume that the driver needs, as strings.
 */
export interface VolumeAttributes {
  [k: string]: string;
}
/**
 * A directory of a node. All pods are scheduled on that node. User 10001 must be able to write to the directory.
 */
export interface HostPath {
  path: Path;
  node: Node;
}
/**
 * Bucket of an S3 service: AWS, MinIO, Ceph and others. Only with type s3, which requires bucket and region.
 */
export interface ObjectStorage {
  bucket?: Bucket;
  region?: Region;
  endpoint?: Endpoint;
  targetPort?: TargetPort;
  forcePathStyle?: PathStyle;
  rootDirectory?: RootDirectory;
  encrypt?: Encrypt;
  redirect?: Redirect;
  credentials?: Credentials;
  serviceAccountAnnotations?: ServiceAccountAnnotations;
}
/**
 * Annotations of the pods' ServiceAccount that name the role. Only with credentials ambient.
 */
export interface ServiceAccountAnnotations {
  [k: string]: string;
}
/**
 * Who can push and pull.
 */
export interface Authentication {
  type?: Type1;
  realm?: Realm;
}
/**
 * Removal of what no image needs any more, by a CronJob. It finds out what that is while the registry takes pushes, and makes the registry read-only only where there is something to remove: docs/background/garbage-collection.md.
 */
export interface GarbageCollection {
  enabled?: Enabled;
  schedule?: Schedule;
  timeZone?: TimeZone;
  dryRun?: DryRun;
  deleteUntagged?: DeleteUntagged;
  graceSeconds?: GracePeriod;
  minimumGarbage?: MinimumGarbage;
  retention?: Retention;
  deadlineSeconds?: Deadline;
  image?: CollectorImage;
}
/**
 * Removal of tags by rules, and of the images that only they needed. Signatures and SBOMs go with their image. A repository with a tag that cannot be read keeps all that it has.
 */
export interface Retention {
  dryRun?: DryRunOfRetention;
  rules?: RetentionRules;
}
/**
 * Which tags of which repositories are kept.
 */
export interface RetentionRule {
  repositories: Repositories;
  tags?: Tags;
  keepNewest?: KeepTheNewest;
  keepTags?: KeepTags;
  keepPushedWithin?: KeepWhatWasPushedWithin;
  deleteOlderThan?: DeleteOlderThan;
}
/**
 * Cache of blob descriptors. It contains only data that can be rebuilt.
 */
export interface Redis {
  type?: Type2;
  image?: RedisImage;
  replicas?: Replicas1;
  failover?: Failover;
  memory?: Memory;
}
/**
 * How clients outside the cluster reach the registry.
 */
export interface Ingress {
  class?: Class;
  controller?: Controller;
  annotations?: Annotations;
  allowFrom?: AllowedSources;
}
/**
 * Additional annotations of the Ingress. They take precedence over the generated ones.
 */
export interface Annotations {
  [k: string]: string;
}
/**
 * A namespace by name, or a range of IP addresses.
 */
export interface Source {
  namespace?: Namespace1;
  cidr?: AddressRange;
}
/**
 * How the Ingress gets its certificate.
 */
export interface TLS {
  type?: Type3;
  secretName?: Secret1;
  issuer?: Issuer;
  issuerKind?: KindOfIssuer;
}
/**
 * Metrics of the registry, for Prometheus.
 */
export interface Metrics {
  enabled?: Enabled1;
  namespace?: PrometheusNamespace;
  image?: SidecarImage;
  podMonitor?: PodMonitor;
}
/**
 * What the checks need to know in addition to the tree.
 */
export interface Checks {
  ignore?: Exceptions;
  external?: ExternalObjects;
  crds?: CustomResourceDefinitions;
}
/**
 * Rules that are ignored, each with the reason. The key is a rule ID, or a rule ID and an object (image-pinned Deployment/registry); the value is the reason. An exception that is no longer needed is reported.
 */
export interface Exceptions {
  [k: string]: string;
}
/**
 * Objects by which Argo CD or Flux sync the tree, in the folder delivery beside base and overlays: docs/how-to/delivery.md. Only at the top level.
 */
export interface Delivery {
  name?: NameOfTheDelivery;
  repository?: Repository;
  branch?: Branch;
  path?: PathOfTheTree;
  argoCd?: ArgoCD;
  flux?: Flux;
}
/**
 * AppProject, Applications and ApplicationSets, in the folder delivery/argo-cd.
 */
export interface ArgoCD {
  namespace?: NamespaceOfArgoCD;
  applications?: Applications;
}
/**
 * An overlay, and the clusters that run it.
 */
export interface Application {
  overlay: OverlayToSync;
  clusters?: Clusters;
}
/**
 * Source, Kustomization, and the ServiceAccount that applies them, in a folder delivery/flux/NAME for each overlay.
 */
export interface Flux {
  overlays?: OverlaysToSync;
  interval?: IntervalOfFlux;
  sourceSecret?: SecretOfTheSource;
  oci?: OCIArtifact;
  secrets?: SecretsInGit;
}
/**
 * The tree as an OCI artifact, instead of a git repository.
 */
export interface OCIArtifact {
  url?: URLOfTheArtifact;
  tag?: TagOfTheArtifact;
}
/**
 * Secrets in git, which are applied before the registry.
 */
export interface SecretsInGit {
  path?: FolderOfTheSecrets;
  sopsSecret?: SecretOfSOPS;
}
/**
 * Variants of the registry, by name: each becomes the folder overlays/NAME. An overlay contains only what differs from the top-level fields, or from the overlay that it extends. Maps are merged field by field, lists are replaced.
 */
export interface Overlays {
  [k: string]: Overlay;
}
/**
 * Fields of this overlay: any of the top-level fields.
 */
export interface Overlay {
  extends?: Extends;
  name?: Name;
  namespace?: Namespace;
  createNamespace?: CreateTheNamespace;
  host?: Host;
  image?: RegistryImage;
  version?: RegistryVersion;
  replicas?: Replicas;
  resources?: Resources;
  drainSeconds?: DrainTime;
  imagePullSecrets?: ImagePullSecrets;
  secretName?: Secret;
  storage?: Storage;
  auth?: Authentication;
  gc?: GarbageCollection;
  redis?: Redis;
  ingress?: Ingress;
  tls?: TLS;
  metrics?: Metrics;
  kubernetesVersion?: KubernetesVersion;
  checks?: Checks;
}
