/** The hosts that a registry's configuration connects to. */
import type { Container } from 'kubernetes-types/core/v1';
import type { Workload } from '../unit/workloads.js';
import type { View } from '../unit/view.js';
import type { Fields } from '../unit/manifest.js';

/** @returns host, port and purpose of what a registry's configuration connects to. */
export function hostsOf(
  settings: Fields,
  env: ReadonlyMap<string, string>,
  command: string,
): [host: string, port: number, why: string][] {
  const hosts: [string, number, string][] = [];
  const addUrl = (url: unknown, why: string): void => {
    try {
      const { hostname, port, protocol } = new URL(String(url));
      hosts.push([hostname, Number(port) || (protocol === 'http:' ? 80 : 443), why]);
    } catch {
      // What is no URL is told by the configuration's own schema.
    }
  };
  const { redis, proxy, notifications } = settings;
  const storage = (settings['storage'] ?? {}) as Fields;
  if (command === 'serve') {
    const addresses = [redis?.addr, ...(Array.isArray(redis?.addrs) ? redis.addrs : [])].filter(
      (address): address is string => typeof address === 'string',
    );
    for (const [host, port] of hostsAndPorts(addresses)) hosts.push([host, port, 'redis in config.yml']);
    if (proxy?.remoteurl) addUrl(proxy.remoteurl, 'proxy.remoteurl in config.yml');
    for (const { url } of (notifications?.endpoints ?? []) as Fields[]) addUrl(url, 'notifications in config.yml');
  }
  for (const [name, value] of env) if (/^OTEL_EXPORTER_OTLP(_TRACES)?_ENDPOINT$/.test(name)) addUrl(value, name);
  const bucket = bucketOf(settings);
  if (bucket) {
    const endpoint = String(bucket['regionendpoint'] ?? '') || `s3.${bucket['region'] ?? 'us-east-1'}.amazonaws.com`;
    addUrl(
      endpoint.includes('://') ? endpoint : `${bucket['secure'] === false ? 'http' : 'https'}://${endpoint}`,
      'storage.s3 in config.yml',
    );
  }
  if (storage['gcs']) addUrl('https://storage.googleapis.com', 'storage.gcs in config.yml');
  if (storage['azure'])
    addUrl(
      `https://${storage['azure'].accountname ?? 'account'}.blob.${storage['azure'].realm ?? 'core.windows.net'}`,
      'storage.azure in config.yml',
    );
  return hosts;
}

/** @returns the bucket that a registry opens without keys, and whether its ServiceAccount gives it the role for that. */
export function ambientS3(
  view: View,
  { pod, namespace }: Workload,
  { env = [], envFrom = [] }: Container,
  settings: Fields,
): { bucket?: Fields; role?: boolean } {
  const bucket = bucketOf(settings);
  if (!bucket || 'accesskey' in bucket || envFrom.length > 0 || env.some(({ name }) => name === 'AWS_ACCESS_KEY_ID'))
    return {};
  const account = view.find('ServiceAccount', pod['serviceAccountName'] ?? 'default', namespace);
  return {
    bucket,
    role:
      account?.metadata.annotations?.['eks.amazonaws.com/role-arn'] !== undefined ||
      env.some(({ name }) => name === 'AWS_WEB_IDENTITY_TOKEN_FILE'),
  };
}

/** @returns the parts of HOST:PORT; what is none is told by others. */
export function hostsAndPorts(addresses: string[]): [host: string, port: number][] {
  return addresses.flatMap((address): [string, number][] => {
    const [, host, port] = /^(.*):(\d+)$/.exec(address) ?? [];
    return host ? [[host, Number(port)]] : [];
  });
}

/** The driver has two names. */
function bucketOf(settings: Fields): Fields | undefined {
  const storage = (settings['storage'] ?? {}) as Fields;
  return (storage['s3'] ?? storage['s3aws']) as Fields | undefined;
}
