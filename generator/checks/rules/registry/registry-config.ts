/**
 * config.yml against the schema of its version. The registry takes unknown keys silently, so a misspelt or misplaced one
 * is a setting that is not made.
 */
import type { Path } from '../../finding.js';
import { configErrors, hasSchema } from '../../registry/config-schema.js';
import type { RegistryConfigFile } from '../../registry/containers.js';
import type { View } from '../../unit/view.js';
import type { Report, Rule } from '../rule.js';

export const registryConfig: Rule = {
  id: 'registry-config',
  group: 'reference',
  severity: 'error',
  title: "config.yml has the keys, values and drivers that the registry's version reads.",
  why: 'The registry ignores what it does not know: a misspelt or misplaced key is a setting that is not made. Registry 3 has no drivers oss and swift any more, and reads redis.addrs, not redis.addr and redis.pool.',
  fix: 'Correct the key. Registry 3: storage drivers filesystem, s3, gcs and azure; redis with addrs, poolsize, maxidleconns, connmaxidletime.',
  check(view, report) {
    const reported = new Set<string>();
    for (const { config, major } of view.registries) {
      if (
        !config ||
        major === undefined ||
        !hasSchema(major) ||
        reported.has(`${config.configMap.metadata.name}/${config.key}/${major}`)
      )
        continue;
      reported.add(`${config.configMap.metadata.name}/${config.key}/${major}`);
      checkFile(config, major, report);
    }
    checkOrphans(view, reported, report);
  },
};

/** What is mounted by nothing is checked against 3.x, the default. */
function checkOrphans(view: View, reported: Set<string>, report: Report): void {
  for (const config of view.configFiles) {
    const id = `${config.configMap.metadata.name}/${config.key}`;
    if (![...reported].some((known) => known.startsWith(`${id}/`))) checkFile(config, 3, report);
  }
}

const KEYS_OF_2: Record<string, string> = {
  'redis.addr': 'registry 3 reads a list: addrs',
  'redis.pool': 'registry 3 has poolsize, maxidleconns and connmaxidletime instead',
  'storage.oss': 'registry 3 has no driver oss any more; use s3 against the S3 endpoint of OSS',
  'storage.swift': 'registry 3 has no driver swift any more; use s3 against an S3 gateway',
  compatibility: 'registry 3 has no manifest schema 1 any more; remove it',
  reporting: 'registry 3 no longer reports errors to a service; remove it',
};

function checkFile({ configMap, key, value }: RegistryConfigFile, major: number, report: Report): void {
  const has = (path: string): boolean => path.split('.').reduce<any>((at, name) => at?.[name], value) !== undefined;
  for (const { rule, path, message, at } of configErrors(value, major)) {
    const dotted = path.join('.');
    const old = major === 3 ? KEYS_OF_2[dotted] : undefined;
    // The key of the other form says it better.
    if (rule === 'missing-field' && dotted === 'redis' && (has('redis.addr') || has('redis.addrs'))) continue;
    if (rule === 'invalid-value' && dotted === 'storage' && major === 3 && (has('storage.oss') || has('storage.swift')))
      continue;
    const unknown = rule === 'unknown-field' && old === undefined;
    const place = unknown ? elsewhere(String(path.at(-1)), path) : undefined;
    const reported =
      old ??
      (major === 2 && dotted === 'redis.addrs'
        ? 'registry 2.8 reads one address: addr'
        : place
          ? `"${String(path.at(-1))}" belongs at ${place}`
          : message);
    report(configMap, ['data', key], reported, { inner: path, ...(at || old ? { at: 'key' } : {}) });
  }
}

/** Keys that are often put in the wrong place, and where they belong. */
const PLACES: Record<string, string> = {
  delete: 'storage.delete',
  maintenance: 'storage.maintenance',
  cache: 'storage.cache',
  redirect: 'storage.redirect',
  uploadpurging: 'storage.maintenance.uploadpurging',
  readonly: 'storage.maintenance.readonly',
  filesystem: 'storage.filesystem',
  s3: 'storage.s3',
  gcs: 'storage.gcs',
  azure: 'storage.azure',
  blobdescriptor: 'storage.cache.blobdescriptor',
  draintimeout: 'http.draintimeout',
  relativeurls: 'http.relativeurls',
  secret: 'http.secret',
  host: 'http.host',
  addr: 'http.addr',
  headers: 'http.headers',
  debug: 'http.debug',
  tls: 'http.tls',
  prometheus: 'http.debug.prometheus',
  htpasswd: 'auth.htpasswd',
  token: 'auth.token',
  accesslog: 'log.accesslog',
  level: 'log.level',
  formatter: 'log.formatter',
  storagedriver: 'health.storagedriver',
  redis: 'redis',
  http: 'http',
  log: 'log',
  auth: 'auth',
  health: 'health',
  storage: 'storage',
};

function elsewhere(key: string, path: Path): string | undefined {
  const place = PLACES[key.toLowerCase()];
  return place && place !== path.join('.') ? place : undefined;
}
