import { expectedFormat, formats } from '../formats.js';
import type { Fields, Report } from './index.js';
import { quantityOf } from './pod.js';

/** Bytes that a ConfigMap or Secret may hold. */
const MAX_BYTES = 1024 * 1024;

export function checkConfigMap({ data, binaryData }: Fields, report: Report): void {
  const texts = (data ?? {}) as Record<string, string | null>;
  for (const key of Object.keys(binaryData ?? {})) if (key in texts) report(['binaryData', key], 'is in data too', 'duplicate-item');
  const bytes = Object.values(texts).reduce((sum, text) => sum + Buffer.byteLength(text ?? ''), 0) + Object.values((binaryData ?? {}) as Record<string, string | null>).reduce((sum, text) => sum + ((text ?? '').length * 3) / 4, 0);
  if (bytes > MAX_BYTES) report(['data'], `a ConfigMap holds at most ${MAX_BYTES} bytes; this has ${Math.round(bytes)}`);
}

/** Keys that a Secret of a certain type must have. */
const KEYS: Record<string, string[]> = {
  'kubernetes.io/dockercfg': ['.dockercfg'],
  'kubernetes.io/dockerconfigjson': ['.dockerconfigjson'],
  'kubernetes.io/ssh-auth': ['ssh-privatekey'],
  'kubernetes.io/tls': ['tls.crt', 'tls.key'],
};

export function checkSecret({ metadata, type, data, stringData }: Fields, report: Report): void {
  const there: Record<string, unknown> = { ...data, ...stringData };
  for (const key of KEYS[type as string] ?? []) if (!(key in there)) report(['data'], `"${key}" is missing: a Secret of the type ${type} has it`, 'missing-field');
  if (type === 'kubernetes.io/dockerconfigjson') checkJson('.dockerconfigjson', data, stringData, report);
  if (type === 'kubernetes.io/dockercfg') checkJson('.dockercfg', data, stringData, report);
  if (type === 'kubernetes.io/basic-auth' && !('username' in there) && !('password' in there)) report(['data'], 'one of username and password is needed', 'missing-field');
  if (type === 'kubernetes.io/service-account-token' && !metadata?.annotations?.['kubernetes.io/service-account.name']) {
    report(['metadata', 'annotations'], '"kubernetes.io/service-account.name" is missing', 'missing-field');
  }
}

function checkJson(key: string, data: Fields | null | undefined, stringData: Fields | null | undefined, report: Report): void {
  const text = (stringData?.[key] as string | undefined) ?? (data?.[key] === undefined ? undefined : Buffer.from(String(data[key] ?? ''), 'base64').toString());
  if (text === undefined) return;
  if (!isJsonMap(text)) report([stringData?.[key] === undefined ? 'data' : 'stringData', key], 'is no map in JSON');
}

function isJsonMap(text: string): boolean {
  try {
    const value = JSON.parse(text) as unknown;
    return value === null || (typeof value === 'object' && !Array.isArray(value));
  } catch {
    return false;
  }
}

const POD_SECURITY_LEVELS = ['privileged', 'baseline', 'restricted'];

/** The admission of Pod Security reads labels, and refuses a Namespace that has them wrong. */
export function checkNamespace({ metadata, spec }: Fields, report: Report): void {
  for (const [label, value] of Object.entries((metadata?.labels ?? {}) as Record<string, string>)) {
    const at = ['metadata', 'labels', label];
    if (/^pod-security\.kubernetes\.io\/(enforce|audit|warn)$/.test(label) && !POD_SECURITY_LEVELS.includes(value)) report(at, `expected one of ${POD_SECURITY_LEVELS.join(', ')}; got ${JSON.stringify(value)}`);
    if (/^pod-security\.kubernetes\.io\/(enforce|audit|warn)-version$/.test(label) && !/^(latest|v1\.\d+)$/.test(value)) report(at, `expected latest or a version such as v1.32; got ${JSON.stringify(value)}`);
  }
  for (const [index, name] of ((spec?.finalizers ?? []) as string[]).entries()) {
    if (name !== 'kubernetes' && !(formats['qualified-name']!(name) && name.includes('/'))) report(['spec', 'finalizers', index], `expected kubernetes, or a name with a domain; got ${JSON.stringify(name)}`);
  }
}

const LIMIT_TYPES = ['Pod', 'Container', 'PersistentVolumeClaim'];

export function checkLimitRange({ spec }: Fields, report: Report): void {
  const seen = new Set<string>();
  for (const [index, item] of ((spec?.limits ?? []) as Fields[]).entries()) {
    const at = ['spec', 'limits', index];
    const type = (item['type'] ?? '') as string;
    if (!LIMIT_TYPES.includes(type) && !(formats['qualified-name']!(type) && type.includes('/'))) report([...at, 'type'], `expected one of ${LIMIT_TYPES.join(', ')}; got ${JSON.stringify(type)}`);
    if (seen.has(type)) report([...at, 'type'], `${type} is there twice`, 'duplicate-item');
    seen.add(type);
    // Each of these must not be more than the next that is there.
    const order = ['min', 'defaultRequest', 'default', 'max'];
    for (const field of order) {
      for (const [name, value] of Object.entries(item[field] ?? {})) {
        if (!formats['resource-name']!(name)) report([...at, field, name], `expected ${expectedFormat('resource-name')}; got the name ${JSON.stringify(name)}`);
        for (const above of order.slice(order.indexOf(field) + 1)) {
          const limit = item[above]?.[name] as unknown;
          if (limit !== undefined && quantityOf(value) > quantityOf(limit)) report([...at, field, name], `${field}, ${value}, is more than ${above}, ${limit}`);
        }
      }
    }
  }
}

const COUNTED = /^(pods|services(\..+)?|replicationcontrollers|resourcequotas|secrets|configmaps|persistentvolumeclaims|count\/.+)$/;

export function checkResourceQuota({ spec }: Fields, report: Report): void {
  for (const [name, value] of Object.entries((spec?.hard ?? {}) as Record<string, unknown>)) {
    const at = ['spec', 'hard', name];
    const standard = COUNTED.test(name) || formats['resource-name']!(name.replace(/^(requests|limits)\./, ''));
    if (!standard) report(at, `expected a resource such as requests.cpu or pods; got the name ${JSON.stringify(name)}`);
    if (COUNTED.test(name) && !Number.isInteger(quantityOf(value))) report(at, `expected a whole number; got ${value}`);
  }
}
