/* Derived from schemas/registry.schema.json by `npm run config-types`. */

/**
 * File with fields that several registries share, relative to this file and in the same repository. It holds the same fields, but neither overlays nor delivery; what is stated here wins, and maps are merged field by field, lists are replaced. It may name a file of defaults itself. Empty: none.
 */
export type SharedDefaults = string;
/**
 * Name of the registry. Every object is called this, or this and a suffix; it also labels the pods. At most 40 characters, as a CronJob's name must leave room for its jobs'.
 */
export type Name = string;
/**
 * Namespace of every object.
 */
export type Namespace = string;
/**
 * Whether the tree holds the Namespace itself, labelled for the restricted Pod Security standard. Set false where namespaces are made elsewhere.
 */
export type CreateTheNamespace = boolean;
/**
 * DNS name under which clients reach the registry, without scheme, port or path. Needed as soon as there is an ingress.
 */
export type Host = string;
/**
 * Image of the registry (distribution), pinned by an exact tag (major.minor.patch), a digest, or both. Registry 3.1 or newer is advised; 2.8 is supported.
 */
export type RegistryImage = string;
/**
 * Version of the registry in the image, which decides the form of config.yml. Empty: taken from the image's tag; say it where the image has no tag that tells, such as a digest alone.
 */
export type RegistryVersion = string;
/**
 * Number of registry pods. They share storage and HTTP secret.
 */
export type Replicas = number;
/**
 * CPU that a registry pod is sure to get.
 */
export type CPURequest = string;
/**
 * Memory that a registry pod is sure to get.
 */
export type MemoryRequest = string;
/**
 * Most CPU a registry pod may use. Empty: no limit, so that a busy push is not throttled.
 */
export type CPULimit = string;
/**
 * Most memory a registry pod may use before it is killed.
 */
export type MemoryLimit = string;
/**
 * Seconds that a registry pod told to stop gives to requests under way. The pod's grace period is derived from it.
 */
export type DrainTime = number;
/**
 * Name of the Secret that the pods read: keys htpasswd, http-secret, with statefulset Redis redis-password, and with storage s3 s3-access-key and s3-secret-key. It is never in the tree; `registry-gitops htpasswd USER` makes it. Empty: the registry's name followed by -secrets.
 */
export type Secret = string;
/**
 * volume: a PersistentVolume, by the fields size to static. s3: a bucket, by the fields under s3; it needs no volume, and any number of replicas on any nodes share it.
 */
export type Kind = "volume" | "s3";
/**
 * Capacity that the PersistentVolumeClaim asks for.
 */
export type Size = string;
/**
 * How the volume can be mounted. Several replicas need ReadWriteMany, or ReadWriteOnce with colocate.
 */
export type AccessMode = "ReadWriteMany" | "ReadWriteOnce" | "ReadWriteOncePod";
/**
 * StorageClass of the claim. Empty: the cluster's default; with a static volume always none.
 */
export type StorageClass = string;
/**
 * Keep all replicas on one node, enforced by pod affinity, so that they can share a ReadWriteOnce volume. The loss of that node is then the loss of the service, until it is back.
 */
export type CoLocate = boolean;
/**
 * Host name or address of the NFS server.
 */
export type NFSServer = string;
/**
 * Absolute path that the server exports.
 */
export type ExportedPath = string;
/**
 * Name of the CSI driver.
 */
export type Driver = string;
/**
 * The driver's name for the volume.
 */
export type VolumeHandle = string;
/**
 * File system of the volume. Empty: the driver's default.
 */
export type FileSystem = string;
/**
 * Absolute path on the node.
 */
export type Path = string;
/**
 * Name of the node that has the directory (its kubernetes.io/hostname label).
 */
export type Node = string;
/**
 * Name of the bucket. It has to exist. Required with type s3.
 */
export type Bucket = string;
/**
 * Region that requests are signed for. MinIO and Ceph take us-east-1 unless set up otherwise. Required with type s3.
 */
export type Region = string;
/**
 * URL of the service: scheme, host and where needed a port. Empty: AWS. For a region of AWS that the registry calls invalid, as it is younger than the registry: https://s3.REGION.amazonaws.com.
 */
export type Endpoint = string;
/**
 * Port of the pods behind an endpoint in the cluster, where the Service has another (MinIO's operator: 443 for 9000; Rook: 80 for 8080): the NetworkPolicies let out to this one too. 0: the endpoint's own.
 */
export type TargetPort = number;
/**
 * Name the bucket in the path of the endpoint (https://s3.example.com/bucket) and not in its host name (https://bucket.s3.example.com), which asks for DNS names and certificates of its own. Only with an endpoint; 2.8 knows no other way there.
 */
export type PathStyle = boolean;
/**
 * Prefix of all keys, for a bucket that others use too. Empty: none.
 */
export type RootDirectory = string;
/**
 * Ask the service to encrypt what it stores with keys of its own (SSE-S3). AWS does so unasked; MinIO refuses it without a key server.
 */
export type Encrypt = boolean;
/**
 * Send clients that pull a layer straight to the bucket, by a URL that is valid for 20 minutes: the registry's pods then carry no layers. All clients, the container runtimes of the nodes among them, must reach the endpoint under its very name and trust its certificate, and many cannot reach a MinIO in the cluster or a bucket behind a firewall. With false the registry passes everything on itself, which always works.
 */
export type Redirect = boolean;
/**
 * secret: keys s3-access-key and s3-secret-key of the Secret. ambient: what the cluster gives the pods, with nothing in the tree: a role by ServiceAccount (IRSA), EKS Pod Identity, or the role of the node. With 2.8 ambient is the role of the node only.
 */
export type Credentials = "secret" | "ambient";
/**
 * htpasswd: user names and bcrypt hashes in the Secret. none: everyone who reaches the registry may push, delete and pull.
 */
export type Kind1 = "htpasswd" | "none";
/**
 * What the registry calls itself when it asks for a password.
 */
export type Realm = string;
/**
 * Whether garbage is collected.
 */
export type Enabled = boolean;
/**
 * When it runs, in cron's five fields.
 */
export type Schedule = string;
/**
 * Time zone of the schedule, as the tz database names it.
 */
export type TimeZone = string;
/**
 * Only report what would be removed. Then nothing is refused, and nothing restarts.
 */
export type DryRun = boolean;
/**
 * Also remove manifests that no tag names. Needs registry 3: 2.8 would remove the parts of multi-arch images.
 */
export type DeleteUntagged = boolean;
/**
 * Seconds that writes may be refused at a time: a collection that is not done by then is stopped, and the next one goes on where it was.
 */
export type Deadline = number;
/**
 * Image of Node.js that runs the collector's program, pinned by an exact tag (major.minor.patch), a digest, or both. Alpine's or any other with Node 20 or newer.
 */
export type CollectorImage = string;
/**
 * none: no cache. sidecar: one Redis in each registry pod, on localhost. statefulset: one Redis that all replicas share, a primary with replicas.
 */
export type Kind2 = "none" | "sidecar" | "statefulset";
/**
 * Image of Redis (or Valkey), pinned by an exact tag, a digest, or both.
 */
export type RedisImage = string;
/**
 * Number of replicas beside the primary. With two or more, one of them takes the primary's place when that is lost. Only with statefulset.
 */
export type Replicas1 = number;
/**
 * What happens when the primary is lost. sentinel: Sentinels beside each Redis make a replica the primary, and tell the registry; needs registry 3.1 and two replicas. none: the registry goes on without a cache until the primary is back. Empty: sentinel where that works, else none. Only with statefulset.
 */
export type Failover = "" | "sentinel" | "none";
/**
 * Memory limit of one Redis container. Redis keeps at most three quarters of it and evicts the least recently used keys.
 */
export type Memory = string;
/**
 * Name of the ingress class, or none for no Ingress. gce, gce-internal, nginx, traefik, haproxy and contour are known by name and get the settings a registry needs.
 */
export type Class = string;
/**
 * Which controller serves the class, where the class's name does not say. Empty: by the name of the class.
 */
export type Controller = "" | "gce" | "gce-internal" | "nginx" | "traefik" | "haproxy" | "contour" | "other";
/**
 * All pods of this namespace.
 */
export type Namespace1 = string;
/**
 * All addresses of this range, in CIDR notation.
 */
export type AddressRange = string;
/**
 * Who may open connections to the registry's pods, for the NetworkPolicy, with an Ingress of the tree or without: then it is for a way in of your own, such as a Gateway or a mesh. With gce, Google's load balancers are always among them. Empty: what the controller is known to need (gce: those alone; nginx, traefik, haproxy, contour: a namespace of the controller's usual name; others: everyone); without an Ingress, all pods of the cluster.
 */
export type AllowedSources = Source[];
/**
 * none: plain HTTP. gke-managed: a certificate that GKE makes and renews (class gce). cert-manager: an issuer of cert-manager. secret: a Secret that exists already.
 */
export type Kind3 = "none" | "gke-managed" | "cert-manager" | "secret";
/**
 * Secret with the certificate, for cert-manager (which makes it) and secret. Empty: the registry's name followed by -tls.
 */
export type Secret1 = string;
/**
 * Name of cert-manager's issuer.
 */
export type Issuer = string;
/**
 * Whether the issuer is of the whole cluster or of the namespace.
 */
export type KindOfIssuer = "ClusterIssuer" | "Issuer";
/**
 * Whether the registry pods serve /metrics, on port 5001, which is in no Service and lets in the namespace below only. A sidecar serves nothing else: the registry's own debug server shows its passwords too.
 */
export type Enabled1 = boolean;
/**
 * Namespace that Prometheus runs in. All its pods may scrape.
 */
export type PrometheusNamespace = string;
/**
 * Image of Node.js that runs the sidecar, pinned by an exact tag (major.minor.patch), a digest, or both. Node 20 or newer.
 */
export type SidecarImage = string;
/**
 * Whether the tree holds a PodMonitor, for the Prometheus operator, whose CustomResourceDefinitions the cluster must have. Without one, let Prometheus scrape the pods' port called metrics.
 */
export type PodMonitor = boolean;
/**
 * Kubernetes that the tree must work on: a minor such as 1.34, or a range such as 1.33-1.36, of which every minor is checked. Empty: every minor that there are schemas for.
 */
export type KubernetesVersion = string;
/**
 * Kind and name of one object.
 */
export type ExternalObject = string;
/**
 * Objects that the cluster has from elsewhere, as Kind/name: references to them are not looked for in the tree. What registry.yaml names itself (the Secret, the issuer, the storage class) need not be listed.
 */
export type ExternalObjects = ExternalObject[];
/**
 * Path of a YAML file.
 */
export type File = string;
/**
 * Files with CustomResourceDefinitions of your own, relative to the file that names them: objects of their kinds are checked against them, and where a kind is known already, yours win.
 */
export type CustomResourceDefinitions = File[];
/**
 * What the names of the objects begin with by which the tree is synced. Empty: the name of the registry.
 */
export type NameOfTheDelivery = string;
/**
 * URL of the git repository that the tree is in, as Argo CD and Flux reach it: https://, http:// or ssh://.
 */
export type Repository = string;
/**
 * Branch that is synced.
 */
export type Branch = string;
/**
 * Folder of the tree in the repository, or in the artifact. Empty: its top.
 */
export type PathOfTheTree = string;
/**
 * Namespace that Argo CD runs in.
 */
export type NamespaceOfArgoCD = string;
/**
 * Overlay that is synced, or base.
 */
export type OverlayToSync = string;
/**
 * A cluster, as `argocd cluster list` names it. The one that Argo CD runs in is in-cluster.
 */
export type Cluster = string;
/**
 * Names under which Argo CD knows the clusters. One gives an Application, several an ApplicationSet.
 */
export type Clusters = Cluster[];
/**
 * What Argo CD syncs, and where to. Empty: nothing is made for Argo CD.
 */
export type Applications = Application[];
/**
 * Overlay that is synced, or base.
 */
export type OverlayToSync1 = string;
/**
 * Overlays that Flux syncs, or base: each gets a folder delivery/flux/NAME, to be applied in the cluster that runs it. Empty: nothing is made for Flux.
 */
export type OverlaysToSync = OverlayToSync1[];
/**
 * How often Flux looks at the source, and puts back what differs in the cluster.
 */
export type IntervalOfFlux = string;
/**
 * Name of the Secret with the credentials of the repository or of the artifact, in the namespace of the registry. Empty: none are needed.
 */
export type SecretOfTheSource = string;
/**
 * Where CI pushes the tree to (`flux push artifact`), beginning with oci://. Empty: Flux reads the git repository.
 */
export type URLOfTheArtifact = string;
/**
 * Tag that Flux follows. Only with a URL.
 */
export type TagOfTheArtifact = string;
/**
 * Folder of your own, relative to registry.yaml, with the Secret of the registry: encrypted by SOPS, or as an object that a controller makes it of. The registry is synced after it. Empty: the Secret is made by hand.
 */
export type FolderOfTheSecrets = string;
/**
 * Name of the Secret with the private key that SOPS decrypts with, in the namespace of the registry. Empty: nothing is decrypted.
 */
export type SecretOfSOPS = string;
/**
 * Name of the overlay that this one builds on. Empty: the base.
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
 * Where the images are, shared by all replicas and the garbage collector.
 */
export interface Storage {
  type?: Kind;
  size?: Size;
  accessMode?: AccessMode;
  storageClass?: StorageClass;
  colocate?: CoLocate;
  static?: StaticVolume;
  s3?: ObjectStorage;
}
/**
 * A PersistentVolume that exists already. At most one of nfs, csi and hostPath; none: the storage class provisions one.
 */
export interface StaticVolume {
  nfs?: NFS;
  csi?: CSI;
  hostPath?: HostPath;
}
/**
 * A directory exported by an NFS server. It must be writable for group 10001.
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
 * What else the driver needs to know, as strings.
 */
export interface VolumeAttributes {
  [k: string]: string;
}
/**
 * A directory of one node. All pods then run on that node. It must be writable for user 10001.
 */
export interface HostPath {
  path: Path;
  node: Node;
}
/**
 * The bucket of an S3 service: AWS, MinIO, Ceph and others. Only with type s3, which needs bucket and region.
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
 * Annotations of the pods' ServiceAccount, which name the role. Only with ambient.
 */
export interface ServiceAccountAnnotations {
  [k: string]: string;
}
/**
 * Who may push and pull.
 */
export interface Authentication {
  type?: Kind1;
  realm?: Realm;
}
/**
 * Removal of blobs that no manifest uses, by a CronJob that makes the registry read-only while it collects: docs/background/garbage-collection.md.
 */
export interface GarbageCollection {
  enabled?: Enabled;
  schedule?: Schedule;
  timeZone?: TimeZone;
  dryRun?: DryRun;
  deleteUntagged?: DeleteUntagged;
  deadlineSeconds?: Deadline;
  image?: CollectorImage;
}
/**
 * The cache of blob descriptors. It holds nothing that cannot be rebuilt.
 */
export interface Redis {
  type?: Kind2;
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
 * Further annotations of the Ingress. They win over the ones that the controller's settings give.
 */
export interface Annotations {
  [k: string]: string;
}
/**
 * A namespace by name, or a range of addresses.
 */
export interface Source {
  namespace?: Namespace1;
  cidr?: AddressRange;
}
/**
 * Where the Ingress gets its certificate.
 */
export interface TLS {
  type?: Kind3;
  secretName?: Secret1;
  issuer?: Issuer;
  issuerKind?: KindOfIssuer;
}
/**
 * The registry's own metrics, for Prometheus.
 */
export interface Metrics {
  enabled?: Enabled1;
  namespace?: PrometheusNamespace;
  image?: SidecarImage;
  podMonitor?: PodMonitor;
}
/**
 * What the checks have to know beyond the tree.
 */
export interface Checks {
  ignore?: Exceptions;
  external?: ExternalObjects;
  crds?: CustomResourceDefinitions;
}
/**
 * Rules that may be broken, each with the reason: rule id, or rule id and object (image-pinned Deployment/registry), to the reason. An exception that nothing needs any more is told.
 */
export interface Exceptions {
  [k: string]: string;
}
/**
 * Objects by which Argo CD or Flux sync the tree, in the folder delivery beside base and overlays: docs/how-to/delivery.md. Only at the top of the file.
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
 * An overlay and the clusters that run it.
 */
export interface Application {
  overlay: OverlayToSync;
  clusters?: Clusters;
}
/**
 * Source, Kustomization and the account that it applies with, in a folder delivery/flux/NAME for each overlay.
 */
export interface Flux {
  overlays?: OverlaysToSync;
  interval?: IntervalOfFlux;
  sourceSecret?: SecretOfTheSource;
  oci?: OCIArtifact;
  secrets?: SecretsInGit;
}
/**
 * The tree as an OCI artifact, in place of the git repository.
 */
export interface OCIArtifact {
  url?: URLOfTheArtifact;
  tag?: TagOfTheArtifact;
}
/**
 * Secrets that are in git, and go to the cluster before the registry.
 */
export interface SecretsInGit {
  path?: FolderOfTheSecrets;
  sopsSecret?: SecretOfSOPS;
}
/**
 * The variants of the registry, by name: each becomes the folder overlays/NAME. An overlay states only what differs from the fields above, or from the overlay that it extends; maps are merged field by field, lists are replaced.
 */
export interface Overlays {
  [k: string]: Overlay;
}
/**
 * What this overlay chooses: any of the top-level fields.
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
