import type { Container } from 'kubernetes-types/core/v1';
import { canonicalQuantity, parseQuantity, type Settings } from '../config/index.js';
import { containerSecurity, type Draft, explain } from '../model/index.js';
import { EPHEMERAL_STORAGE } from './shared.js';

/** What the sidecar and the StatefulSet have in common. */

/** The share of the memory limit that is for data. The rest is for connections and fragmentation. */
const SHARE = 0.75;
/**
 * The same where replicas follow. While one starts, the primary has every page twice that is written meanwhile, and keeps
 * what the replica has not got yet; a replica that starts keeps what it has loaded beside what it gets.
 */
const REPLICATED_SHARE = 0.5;
/** The share of the limit that what a replica has not got yet may take, before it has to start again. */
const BUFFER_SHARE = 0.125;

/**
 * Redis' settings as a cache of blob descriptors: nothing persists, the least recently used keys make room.
 * The registry's documentation asks for allkeys-lru.
 *
 * @param memory the container's memory limit, a Kubernetes quantity
 * @param replicated whether replicas follow it
 * @returns [name, value] pairs of redis.conf
 */
export function cacheSettings(memory: string, replicated = false): [string, string][] {
  const megabytes = (share: number): string => `${Math.floor((parseQuantity(memory)! * share) / 2 ** 20)}mb`;
  return [
    ['save', ''],
    ['appendonly', 'no'],
    ['maxmemory', megabytes(replicated ? REPLICATED_SHARE : SHARE)],
    ['maxmemory-policy', 'allkeys-lru'],
    ...(replicated
      ? [
          ['client-output-buffer-limit', `replica ${megabytes(BUFFER_SHARE)} ${megabytes(BUFFER_SHARE / 2)} 60`] as [
            string,
            string,
          ],
        ]
      : []),
  ];
}

/**
 * @param snapshot whether a replica may have a copy of all it holds on disk, for a moment, to start from
 * @returns the container that both have, without its arguments
 */
export function redisContainer(redis: { image: string; memory: string }, snapshot: boolean): Container {
  const megabytes = 1024 + Math.ceil(parseQuantity(redis.memory)! / 2 ** 20);
  const limit = snapshot ? canonicalQuantity(`${megabytes}Mi`) : EPHEMERAL_STORAGE.limit;
  const memory = canonicalQuantity(redis.memory);
  return {
    name: 'redis',
    image: redis.image,
    imagePullPolicy: 'IfNotPresent',
    command: ['redis-server'],
    resources: {
      requests: { cpu: '50m', memory, 'ephemeral-storage': EPHEMERAL_STORAGE.request },
      limits: { memory, 'ephemeral-storage': limit },
    },
    securityContext: containerSecurity(),
  };
}

/** Points the registry's cache to Redis, in the form that its version reads. */
export function useRedis({ config, settings }: Draft, address: string): void {
  config.storage = { ...config.storage, cache: { blobdescriptor: 'redis' } };
  config.redis = redisSection(settings, address);
}

function redisSection({ version }: Settings, address: string): object {
  // A lookup waits this long for a Redis that is gone, then goes to the storage.
  const timeouts = { dialtimeout: '500ms', readtimeout: '500ms', writetimeout: '500ms' };
  if (version.major === 2) {
    return { addr: address, ...timeouts, pool: { maxidle: 16, maxactive: 64, idletimeout: '300s' } };
  }
  return explain(
    { addrs: [address], maxretries: -1, ...timeouts },
    {
      maxretries: 'None: the storage knows too, and sooner than a fourth try.',
      dialtimeout: 'Without Redis each lookup waits this long, then goes to the storage.',
    },
  );
}
