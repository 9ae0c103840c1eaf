/** What the collector's program is called with: generator/collector/main.mts describes its arguments. */
import { parseQuantity, type Settings } from '../../config/index.js';
import { configFolder, DATA_FOLDER, REDIS_PORT, redisHosts } from '../shared.js';
import { type Collection, lockName } from './names.js';

export const PROGRAM_FOLDER = '/collector';
export const TOOLS_FOLDER = '/tools';
export const CERTIFICATES = 'ca-certificates.crt';
export const RETENTION_FILE = 'retention.json';

/**
 * Seconds that a machine may not see what another one has removed from a volume: the most that Linux does by default. What collects
 * reads it from its mount; what recovers mounts nothing.
 *
 * @see https://man7.org/linux/man-pages/man5/nfs.5.html acdirmax
 */
const SETTLE_SECONDS = 60;

/** @returns the arguments of `recover`. */
export function recovering(settings: Settings): string[] {
  return [...changing(settings), ...(settings.storage.type === 'volume' ? ['--settle', String(SETTLE_SECONDS)] : [])];
}

function changing(settings: Settings): string[] {
  return ['--deployment', settings.name, '--lock', lockName(settings)];
}

/** @returns the arguments of `collect`, beyond what both have that look for garbage. */
export function collecting(settings: Settings, { deadlineSeconds }: Collection): string[] {
  return [
    ...changing(settings),
    ...redisHosts(settings).flatMap((host) => ['--redis', `${host}:${REDIS_PORT}`]),
    '--deadline',
    String(deadlineSeconds),
  ];
}

/** @returns where the images are, what is garbage, and the registry's own collector, which is asked and removes nothing. */
export function looking(settings: Settings, gc: Collection): string[] {
  const minimum = Math.ceil(parseQuantity(gc.minimumGarbage)!);
  return [
    ...storage(settings),
    ...(gc.deleteUntagged ? ['--delete-untagged'] : []),
    ...['--grace', String(gc.graceSeconds)],
    ...(minimum > 0 ? ['--minimum', String(minimum)] : []),
    ...retention(gc),
    '--',
    `${TOOLS_FOLDER}/registry`,
    'garbage-collect',
    '--dry-run',
    `${configFolder(settings.version.major)}/config.yml`,
  ];
}

function storage({ storage, version }: Settings): string[] {
  if (storage.type === 'volume') return ['--volume', DATA_FOLDER];
  const { bucket, region, endpoint, forcePathStyle, rootDirectory } = storage.s3;
  // Registry 2.8 has no such setting: with an endpoint it always does so.
  const pathStyle = endpoint !== '' && (forcePathStyle || version.major === 2);
  return [
    ...['--bucket', bucket, '--region', region],
    ...(endpoint ? ['--endpoint', endpoint] : []),
    ...(pathStyle ? ['--path-style'] : []),
    ...(rootDirectory ? ['--root-directory', rootDirectory] : []),
  ];
}

function retention({ retention: { rules, dryRun } }: Collection): string[] {
  if (rules.length === 0) return [];
  return ['--retention', `${PROGRAM_FOLDER}/${RETENTION_FILE}`, ...(dryRun ? ['--retention-dry-run'] : [])];
}
