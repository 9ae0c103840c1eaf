/** Settings with one field of registry.yaml chosen otherwise, for asking what that field is the cause of. */
import type { Settings } from '../config/index.js';

export interface Alternative {
  /** The field, as in registry.yaml. */
  path: string[];
  settings: Settings;
}

const VOLUME: Settings['storage'] = {
  type: 'volume',
  size: '100Gi',
  accessMode: 'ReadWriteMany',
  storageClass: '',
  colocate: false,
  static: { type: 'none' },
};

/** Kinds to choose from, where a kind brings fields of its own. */
const choices: { field: string; others: (settings: Settings) => Partial<Settings>[] }[] = [
  {
    field: 'redis.type',
    others: ({ redis }) => {
      const image = redis.type === 'none' ? 'redis:7.2.16-alpine' : redis.image;
      const memory = redis.type === 'none' ? '256Mi' : redis.memory;
      const all: Settings['redis'][] = [
        { type: 'none' },
        { type: 'sidecar', image, memory },
        { type: 'statefulset', image, memory, replicas: 2, failover: 'none' },
      ];
      return all.filter(({ type }) => type !== redis.type).map((other) => ({ redis: other }));
    },
  },
  {
    field: 'auth.type',
    others: ({ auth }) => [{ auth: auth.type === 'none' ? { type: 'htpasswd', realm: 'Registry' } : { type: 'none' } }],
  },
  { field: 'gc.enabled', others: ({ gc }) => (gc.enabled ? [{ gc: { enabled: false } }] : []) },
  { field: 'metrics.enabled', others: ({ metrics }) => (metrics.enabled ? [{ metrics: { enabled: false } }] : []) },
  {
    field: 'ingress.class',
    others: ({ ingress }) =>
      ingress.type === 'none'
        ? []
        : [{ ingress: { type: 'none', allowFrom: ingress.allowFrom }, tls: { type: 'none' } }],
  },
  {
    field: 'tls.type',
    others: ({ tls, ingress, name }) =>
      ingress.type === 'none'
        ? []
        : tls.type === 'none'
          ? [{ tls: { type: 'secret', secretName: `${name}-tls` } }]
          : [{ tls: { type: 'none' } }],
  },
  // Not the other way round: a bucket would make every finding about a volume go, whatever its cause.
  { field: 'storage.type', others: ({ storage }) => (storage.type === 'volume' ? [] : [{ storage: VOLUME }]) },
  {
    field: 'storage.static',
    others: ({ storage }) =>
      storage.type === 's3' || storage.static.type === 'none'
        ? []
        : [{ storage: { ...storage, static: { type: 'none' } } }],
  },
];

/** Fields with a few values. */
const VALUES: Record<string, unknown[]> = {
  'storage.accessMode': ['ReadWriteMany', 'ReadWriteOnce', 'ReadWriteOncePod'],
  'storage.s3.credentials': ['secret', 'ambient'],
  'ingress.controller': ['gce', 'nginx', 'traefik', 'other'],
  'redis.failover': ['sentinel', 'none'],
  'tls.issuerKind': ['Issuer', 'ClusterIssuer'],
};

/** Fields that are never empty. */
const NAMES = new Set(['name', 'namespace']);

/** What is derived from other fields, or is not of the tree. */
const PASSED_OVER = new Set([
  'version',
  'kubernetes',
  'checks',
  'redis.type',
  'auth.type',
  'gc.enabled',
  'metrics.enabled',
  'ingress.type',
  'tls.type',
  'storage.type',
  'storage.static.type',
]);

/** Maps whose keys are the user's. */
const MAPS = new Set(['ingress.annotations', 'storage.static.attributes', 'storage.s3.serviceAccountAnnotations']);

/** @returns each field chosen otherwise, one at a time. */
export function alternativesOf(settings: Settings): Alternative[] {
  const found = choices.flatMap(({ field, others }) =>
    others(settings).map((changed): Alternative => ({ path: field.split('.'), settings: { ...settings, ...changed } })),
  );
  const visit = (value: unknown, path: string[]): void => {
    const field = path.join('.');
    if (PASSED_OVER.has(field)) return;
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      if (MAPS.has(field))
        for (const key of Object.keys(value))
          found.push({ path: [...path, key], settings: withValue(settings, [...path, key], undefined) });
      for (const [key, inner] of Object.entries(value)) visit(inner, [...path, key]);
      return;
    }
    for (const other of othersOf(field, value)) found.push({ path, settings: withValue(settings, path, other) });
  };
  visit(settings, []);
  return found;
}

/** @returns other values of a field, by the looks of the one that it has. */
export function othersOf(field: string, value: unknown): unknown[] {
  if (VALUES[field]) return VALUES[field].filter((other) => other !== value);
  if (typeof value === 'boolean') return [!value];
  if (typeof value === 'number') return value === 1 ? [2] : [1, value + 1];
  if (Array.isArray(value)) return value.length > 0 ? [[]] : [];
  if (typeof value !== 'string') return [];
  if (/^\d+(\.\d+)?([KMGTPE]i?|m)?$/.test(value)) return ['3Gi'];
  if (/^\S+:[\w.-]+$/.test(value) || value.includes('@sha256:')) return [`${value.split(/[:@]/)[0]}:9.9.9`];
  return value === '' ? ['other'] : NAMES.has(field) ? [`${value}-other`] : [`${value}-other`, ''];
}

function withValue(settings: Settings, path: string[], value: unknown): Settings {
  const copy = structuredClone(settings) as unknown as Record<string, unknown>;
  const holder = path
    .slice(0, -1)
    .reduce<Record<string, unknown>>((at, key) => at[key] as Record<string, unknown>, copy);
  if (value === undefined) delete holder[path.at(-1)!];
  else holder[path.at(-1)!] = value;
  return copy as unknown as Settings;
}
