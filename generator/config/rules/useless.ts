/** Fields that have no effect with what is chosen beside them: the user expects one. */
import type { FileRule, Rule } from './rule.js';

const REDIS = ['sidecar', 'statefulset'];

/** Fields that belong to some kinds of what they describe. */
const BELONGS: { field: string; kind: string; kinds: string[] }[] = [
  { field: 'redis.replicas', kind: 'redis.type', kinds: ['statefulset'] },
  { field: 'redis.failover', kind: 'redis.type', kinds: ['statefulset'] },
  { field: 'redis.memory', kind: 'redis.type', kinds: REDIS },
  { field: 'redis.image', kind: 'redis.type', kinds: REDIS },
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

export const uselessFields: Rule = {
  id: 'useless-field',
  check({ settings, states, written, report }) {
    for (const { field, kind, kinds } of BELONGS) {
      // At the top level the fields may be there for the overlays to inherit.
      if (!states(field) || !states(kind)) continue;
      const chosen = String(written(kind));
      if (!kinds.includes(chosen))
        report(
          field,
          `has no effect with ${kind}: ${chosen}, only with ${kinds.join(' or ')}; remove it, or change ${kind}`,
        );
    }
    if (settings.metrics.enabled || !states('metrics.enabled')) return;
    for (const field of ['metrics.namespace', 'metrics.image', 'metrics.podMonitor']) {
      if (states(field))
        report(field, 'has no effect with metrics.enabled: false; remove it, or set metrics.enabled: true');
    }
  },
};

/** Fields that describe something which is there only where its kind is chosen, which is another by default. */
const NEEDS_KIND = [
  { field: 'storage.s3', kind: 'storage.type', fallback: 'volume', remedy: 's3' },
  { field: 'tls.issuer', kind: 'tls.type', fallback: 'none', remedy: 'cert-manager' },
  { field: 'tls.issuerKind', kind: 'tls.type', fallback: 'none', remedy: 'cert-manager' },
  { field: 'tls.secretName', kind: 'tls.type', fallback: 'none', remedy: 'secret or cert-manager' },
];

/** A bucket or a certificate that is described and nowhere chosen: the images would go to a volume, passwords over plain HTTP. */
export const unchosenKinds: FileRule = {
  id: 'unchosen-kind',
  check({ statedAt, isStated, report }) {
    for (const { field, kind, fallback, remedy } of NEEDS_KIND) {
      // What files of defaults describe may be for other registries to choose.
      const described = statedAt(field);
      if (described && !isStated(kind))
        report(
          described,
          `has no effect, as ${kind} is ${fallback} everywhere; set ${kind}: ${remedy}, or remove it`,
          'key',
        );
    }
  },
};
