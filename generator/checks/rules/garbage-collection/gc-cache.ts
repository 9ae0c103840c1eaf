import { collectionOf, isDryRun } from '../../unit/collections.js';
import type { RegistryView } from '../../registry/containers.js';
import type { View } from '../../unit/view.js';
import { isOwnCache } from './delete-cache.js';
import { addressesOf, redisPodsAt } from '../redis/redis-address.js';
import { cacheOf } from './gc-writes.js';
import type { Rule } from '../rule.js';

/** No cache outlives what was collected. */
export const gcCache: Rule = {
  id: 'gc-cache',
  group: 'safety',
  severity: 'error',
  title: 'A registry whose garbage is collected has no cache that outlives the collection.',
  why: 'The cache still has the descriptor of a blob that was collected. The next push of that layer finds it there and skips it: the push is acknowledged, and the pull fails (distribution issues 1803, 2945, 3743, 4269).',
  fix: "Let the collector's program empty it: name every Redis with --redis (docs/background/garbage-collection.md). Or empty it after each collection (Redis: FLUSHALL; in memory: restart), or do without it. Where that is done, make an exception that says how.",
  check(view, report) {
    for (const { workload, container, path, command } of view.registries) {
      if (command !== 'garbage-collect' || isDryRun(container)) continue;
      const collection = collectionOf(container);
      if (collection) {
        for (const address of view.servers.flatMap((server) => redisBehind(view, server))) {
          if (!collection.redis.includes(address))
            report(workload.object, [...path, 'args'], `does not empty the cache at ${address}`, {
              hint: `Add --redis ${address}.`,
            });
        }
        continue;
      }
      const cached = view.servers.find(
        (server) => cacheOf(server) !== undefined && !(server.workload.replicas === 0 && isOwnCache(server)),
      );
      if (cached)
        report(
          workload.object,
          [...path, container.args ? 'args' : 'command'],
          `collects blobs that the ${cacheOf(cached)} cache of ${cached.workload.object.kind}/${cached.workload.object.metadata.name} still has`,
        );
    }
  },
};

/** @returns HOST:PORT of every Redis that has a registry's cache and stays when its pods are replaced: of replicas too, as one may become the primary. */
function redisBehind(view: View, server: RegistryView): string[] {
  if (cacheOf(server) !== 'redis' || isOwnCache(server)) return [];
  const addresses = addressesOf(server.settings['redis']).map(({ address }) => address);
  return [...new Set(addresses.flatMap((address) => redisPodsAt(view, server, address) ?? [address]))];
}
