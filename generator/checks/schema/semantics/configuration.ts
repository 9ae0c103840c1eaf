import { formats } from '../formats/index.js';
import type { Fields, Report } from './report.js';

/** Bytes that a ConfigMap or Secret may hold. */
const MAX_BYTES = 1024 * 1024;

export function checkConfigMap({ data, binaryData }: Fields, report: Report): void {
  const texts = (data ?? {}) as Record<string, string | null>;
  for (const key of Object.keys(binaryData ?? {}))
    if (key in texts) report(['binaryData', key], 'is in data too', 'duplicate-item');
  const bytes = bytesOf(texts, byteLength) + bytesOf(binaryData, decodedLength);
  if (bytes > MAX_BYTES) report(['data'], `a ConfigMap holds at most ${MAX_BYTES} bytes; this has ${bytes}`);
}

const byteLength = (text: string): number => Buffer.byteLength(text);

/** @returns how many bytes a text in base64 stands for. */
function decodedLength(text: string): number {
  const digits = text.replace(/[\r\n=]/g, '').length;
  return Math.floor((digits * 3) / 4);
}

function bytesOf(texts: Record<string, string | null> | null | undefined, length: (text: string) => number): number {
  return Object.values(texts ?? {}).reduce((sum, text) => sum + length(text ?? ''), 0);
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
  // What stringData says replaces what data says.
  const kept = Object.fromEntries(
    Object.entries((data ?? {}) as Record<string, string | null>).filter(([key]) => !(key in (stringData ?? {}))),
  );
  const bytes = bytesOf(stringData, byteLength) + bytesOf(kept, decodedLength);
  if (bytes > MAX_BYTES) report(['data'], `a Secret holds at most ${MAX_BYTES} bytes; this has ${bytes}`);
  for (const key of KEYS[type as string] ?? [])
    if (!(key in there)) report(['data'], `"${key}" is missing: a Secret of the type ${type} has it`, 'missing-field');
  if (type === 'kubernetes.io/ssh-auth' && there['ssh-privatekey'] === '')
    report(
      [stringData?.['ssh-privatekey'] === undefined ? 'data' : 'stringData', 'ssh-privatekey'],
      'must not be empty',
    );
  if (type === 'kubernetes.io/dockerconfigjson') checkJson('.dockerconfigjson', data, stringData, report);
  if (type === 'kubernetes.io/dockercfg') checkJson('.dockercfg', data, stringData, report);
  if (type === 'kubernetes.io/basic-auth' && !('username' in there) && !('password' in there))
    report(['data'], 'one of username and password is needed', 'missing-field');
  if (
    type === 'kubernetes.io/service-account-token' &&
    !metadata?.annotations?.['kubernetes.io/service-account.name']
  ) {
    report(['metadata', 'annotations'], '"kubernetes.io/service-account.name" is missing', 'missing-field');
  }
}

function checkJson(
  key: string,
  data: Fields | null | undefined,
  stringData: Fields | null | undefined,
  report: Report,
): void {
  const text =
    (stringData?.[key] as string | undefined) ??
    (data?.[key] === undefined ? undefined : Buffer.from(String(data[key] ?? ''), 'base64').toString());
  if (text === undefined) return;
  if (!isJsonMap(text)) report([stringData?.[key] === undefined ? 'data' : 'stringData', key], 'is no map in JSON');
}

function isJsonMap(text: string): boolean {
  try {
    let fits = true;
    // Go refuses a number that no float64 holds.
    const value = JSON.parse(text, (_, part: unknown) => {
      if (typeof part === 'number' && !Number.isFinite(part)) fits = false;
      return part;
    }) as unknown;
    return fits && (value === null || (typeof value === 'object' && !Array.isArray(value)));
  } catch {
    return false;
  }
}

const POD_SECURITY_LEVELS = ['privileged', 'baseline', 'restricted'];

/** The admission of Pod Security reads labels, and refuses a Namespace that has them wrong. */
export function checkNamespace({ metadata, spec }: Fields, report: Report): void {
  for (const [label, value] of Object.entries((metadata?.labels ?? {}) as Record<string, string>)) {
    const at = ['metadata', 'labels', label];
    if (/^pod-security\.kubernetes\.io\/(enforce|audit|warn)$/.test(label) && !POD_SECURITY_LEVELS.includes(value))
      report(at, `expected one of ${POD_SECURITY_LEVELS.join(', ')}; got ${JSON.stringify(value)}`);
    if (/^pod-security\.kubernetes\.io\/(enforce|audit|warn)-version$/.test(label) && !/^(latest|v1\.\d+)$/.test(value))
      report(at, `expected latest or a version such as v1.32; got ${JSON.stringify(value)}`);
  }
  for (const [index, name] of ((spec?.finalizers ?? []) as string[]).entries()) {
    if (name !== 'kubernetes' && !(formats['qualified-name']!(name) && name.includes('/')))
      report(
        ['spec', 'finalizers', index],
        `expected kubernetes, or a name with a domain; got ${JSON.stringify(name)}`,
      );
  }
}
