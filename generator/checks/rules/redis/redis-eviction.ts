import { isRedis, isReplicated, redisSettings } from '../../unit/redis.js';
import { cacheOf } from '../garbage-collection/gc-writes.js';
import { quantityOf } from '../../schema/semantics/quantity.js';
import type { Rule } from '../rule.js';

/** The share of the limit that a Redis with replicas may fill: a full synchronization takes as much again, in part. */
const MOST_REPLICATED = 0.6;

/** Redis as a cache makes room, and stays below its limit. */
export const redisEviction: Rule = {
  id: 'redis-eviction',
  group: 'safety',
  severity: 'error',
  title: "The registry's Redis has maxmemory below its container's limit, and evicts by allkeys-lru.",
  why: "Without maxmemory it grows until it is killed. A primary needs more room while a replica starts: pages that are written meanwhile exist twice. With another policy it refuses writes when it is full, and the registry's cache goes stale. The registry's documentation asks for allkeys-lru.",
  fix: 'Set maxmemory to some three quarters of the memory limit, half of it where replicas follow, and maxmemory-policy allkeys-lru.',
  check(view, report) {
    if (!view.servers.some((server) => cacheOf(server) === 'redis')) return;
    for (const workload of view.workloads) {
      for (const { container, path } of workload.containers) {
        if (!isRedis(container)) continue;
        const settings = redisSettings(view, workload, container);
        const at = container.args ? [...path, 'args'] : path;
        const policy = settings.get('maxmemory-policy');
        if (policy !== 'allkeys-lru')
          report(
            workload.object,
            at,
            `maxmemory-policy is ${policy ?? 'noeviction, the default'}; a cache needs allkeys-lru`,
          );
        const most = bytes(settings.get('maxmemory'));
        const limit = container.resources?.limits?.['memory'];
        if (!most) report(workload.object, at, 'maxmemory is not set: it grows until it is killed');
        else if (limit !== undefined && most >= quantityOf(limit))
          report(
            workload.object,
            [...path, 'resources', 'limits', 'memory'],
            `the limit of ${limit} is not above Redis' maxmemory, ${settings.get('maxmemory')}`,
          );
        else if (limit !== undefined && most > MOST_REPLICATED * quantityOf(limit) && isReplicated(view, workload))
          report(
            workload.object,
            [...path, 'resources', 'limits', 'memory'],
            `replicas follow this Redis, and its maxmemory, ${settings.get('maxmemory')}, is more than ${100 * MOST_REPLICATED} % of the limit of ${limit}: it is killed when one of them starts while it is written to`,
          );
      }
    }
  },
};

/** Redis' own units: k is 1000, kb is 1024. */
function bytes(text = ''): number | undefined {
  const match = /^(\d+)(b|k|kb|m|mb|g|gb)?$/i.exec(text);
  if (!match) return undefined;
  const units: Record<string, number> = { '': 1, b: 1, k: 1e3, kb: 2 ** 10, m: 1e6, mb: 2 ** 20, g: 1e9, gb: 2 ** 30 };
  return Number(match[1]) * units[(match[2] ?? '').toLowerCase()]!;
}
