import schema from '../../schemas/registry.schema.json' with { type: 'json' };
import { parseKubernetesVersion } from './formats.js';
import { parseImage, parseVersion, type Version } from './image.js';
import type { Overlay as OverlayFields, RegistryYaml } from './schema.js';
import type {
  GarbageCollection,
  IngressController,
  Ingress,
  RetentionRule,
  Settings,
  StaticVolume,
  Storage,
  Tls,
} from './settings.js';

type Fields = Record<string, unknown>;
export interface FieldSchema {
  $ref?: string;
  default?: unknown;
  properties?: Record<string, FieldSchema>;
}
/** What a user may write, with every default applied; what is optional by nature (a static volume) may be absent. */
type Complete<T> = T extends string | number | boolean | unknown[]
  ? T
  : { [K in keyof T]-?: Complete<NonNullable<T[K]>> };
type Written = Complete<Omit<OverlayFields, 'extends' | 'storage'>> & {
  storage: Complete<Omit<NonNullable<OverlayFields['storage']>, 'static'>> & {
    static: NonNullable<NonNullable<OverlayFields['storage']>['static']>;
  };
};

const definitions = schema.$defs as unknown as Record<string, FieldSchema>;
const settingNames = Object.keys(schema.properties).filter(
  (name) => !['overlays', 'defaults', 'delivery'].includes(name),
);

/** @returns the settings at the top level of registry.yaml or of a file of defaults: what is of the whole file, such as its overlays, left out. */
export function topLevel(file: RegistryYaml): Fields {
  const { overlays: _, defaults: __, delivery: ___, ...fields } = file;
  return fields;
}

/** A field of registry.yaml that has a value of its own: text, a number, a list, or a map whose keys are the user's. */
export interface FieldOfSchema {
  path: string[];
  /** Undefined where the field has no default. */
  default: unknown;
}

/** @returns the fields that the top level and each overlay may state, in the order of the schema. */
export function fieldsOf(): FieldOfSchema[] {
  const visit = (path: string[], { properties, default: fallback }: FieldSchema): FieldOfSchema[] =>
    properties && path.at(-1) !== 'static'
      ? Object.entries(properties).flatMap(([name, field]) => visit([...path, name], field))
      : [{ path, default: fallback }];
  return settingNames.flatMap((name) => visit([name], definitions[name]!));
}

/** @returns `parent` with what `overlay` states: maps are merged field by field, all else is replaced. */
export function merge(parent: Fields, overlay: Fields): Fields {
  const merged: Fields = { ...parent };
  for (const [key, value] of Object.entries(overlay)) {
    const inherited = merged[key];
    // Of static volumes one kind replaces the other, as two together would contradict each other.
    merged[key] = key !== 'static' && isMap(inherited) && isMap(value) ? merge(inherited, value) : value;
  }
  return merged;
}

function isMap(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** @returns the fields with the defaults of their schemas. */
export function withDefaults(fields: Fields, properties: Record<string, FieldSchema>): Fields {
  const complete: Fields = { ...fields };
  for (const [name, property] of Object.entries(properties)) {
    const field = property.$ref ? definitions[property.$ref.replace('#/$defs/', '')]! : property;
    const value = complete[name] ?? field.default;
    if (value === null || value === undefined) continue; // a variant that was not chosen
    complete[name] = field.properties && isMap(value) ? withDefaults(value, field.properties) : value;
  }
  return complete;
}

/**
 * @param fields what applies to the base or to one overlay, as written
 * @returns the same as settings: defaults applied, empty fields derived, variants as unions
 */
export function settle(fields: Fields): Settings {
  const properties = Object.fromEntries(settingNames.map((name) => [name, definitions[name]!]));
  const written = withDefaults(fields, properties) as unknown as Written;
  const { name, gc, redis, auth, storage, metrics } = written;
  return {
    name,
    namespace: written.namespace,
    createNamespace: written.createNamespace,
    host: written.host,
    image: written.image,
    version: versionOf(written),
    replicas: written.replicas,
    resources: written.resources,
    drainSeconds: written.drainSeconds,
    imagePullSecrets: written.imagePullSecrets,
    secretName: written.secretName || `${name}-secrets`,
    storage: storageOf(storage),
    auth: auth.type === 'none' ? { type: 'none' } : { type: 'htpasswd', realm: auth.realm },
    gc: gcOf(gc),
    redis: redisOf(redis, versionOf(written)),
    ingress: ingressOf(written.ingress),
    tls: tlsOf(written),
    metrics: metrics.enabled ? { ...metrics, enabled: true } : { enabled: false },
    kubernetes: parseKubernetesVersion(written.kubernetesVersion),
    checks: { ...written.checks, ignore: written.checks.ignore },
  };
}

/** The version that decides the form of config.yml; 0.0.0 where nothing says it, which the rules then refuse. */
function versionOf({ version, image }: Written): Version {
  return (
    parseVersion(version) ??
    parseVersion(parseImage(image)?.tag ?? '') ?? { major: 0, minor: 0, patch: 0, prerelease: false }
  );
}

function gcOf({ enabled, retention, ...fields }: Written['gc']): GarbageCollection {
  if (!enabled) return { enabled };
  return { enabled, ...fields, retention: { ...retention, rules: retention.rules.map(retentionRule) } };
}

/** Limits that are empty are none: the collector refuses what it does not understand. */
function retentionRule({
  repositories,
  tags = ['**'],
  keepNewest,
  keepTags = [],
  keepPushedWithin = '',
  deleteOlderThan = '',
}: Written['gc']['retention']['rules'][number]): RetentionRule {
  return {
    repositories,
    tags,
    ...(keepNewest === undefined ? {} : { keepNewest }),
    ...(keepTags.length > 0 ? { keepTags } : {}),
    ...(keepPushedWithin ? { keepPushedWithin } : {}),
    ...(deleteOlderThan ? { deleteOlderThan } : {}),
  };
}

function storageOf({ type, s3, static: volume, ...fields }: Written['storage']): Storage {
  if (type === 's3') return { type, s3: { ...s3, serviceAccountAnnotations: s3.serviceAccountAnnotations } };
  return { type, ...fields, static: staticVolume(volume) };
}

function staticVolume({ nfs, csi, hostPath }: Written['storage']['static']): StaticVolume {
  if (nfs) return { type: 'nfs', ...nfs };
  if (csi) return { fsType: '', attributes: {}, ...csi, type: 'csi' };
  if (hostPath) return { type: 'hostPath', ...hostPath };
  return { type: 'none' };
}

function redisOf({ type, image, memory, replicas, failover }: Written['redis'], { major }: Version): Settings['redis'] {
  switch (type) {
    case 'none':
      return { type };
    case 'sidecar':
      return { type, image, memory };
    case 'statefulset':
      // A majority takes three pods, and registry 2.8 asks no Sentinels.
      return {
        type,
        image,
        memory,
        replicas,
        failover: failover || (major >= 3 && replicas >= 2 ? 'sentinel' : 'none'),
      };
  }
}

const controllers: IngressController[] = ['gce', 'gce-internal', 'nginx', 'traefik', 'haproxy', 'contour'];

function ingressOf({ class: name, controller, annotations, allowFrom: sources }: Written['ingress']): Ingress {
  const allowFrom = sources.map((from) => (from.cidr ? { cidr: from.cidr } : { namespace: from.namespace! }));
  if (name === 'none') return { type: 'none', allowFrom };
  return {
    type: 'ingress',
    class: name,
    controller: controller || (controllers.find((known) => known === name) ?? 'other'),
    annotations,
    allowFrom,
  };
}

function tlsOf({ name, tls }: Written): Tls {
  const secretName = tls.secretName || `${name}-tls`;
  switch (tls.type) {
    case 'none':
    case 'gke-managed':
      return { type: tls.type };
    case 'cert-manager':
      return { type: tls.type, secretName, issuer: tls.issuer, issuerKind: tls.issuerKind };
    case 'secret':
      return { type: tls.type, secretName };
  }
}
