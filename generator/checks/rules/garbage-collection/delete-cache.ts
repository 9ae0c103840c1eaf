import type { RegistryView } from '../../registry/containers.js';
import { addressesOf } from '../redis/redis-address.js';
import { cacheOf } from './gc-writes.js';
import type { Rule } from '../rule.js';

/** Replicas that delete have one cache: they lose pushes otherwise. */
export const deleteCache: Rule = {
  id: 'delete-cache',
  group: 'safety',
  severity: 'error',
  title: 'Replicas of a registry that deletes share one cache.',
  why: 'A layer or a manifest that is deleted through one replica stays in the caches of the others. They tell a client that pushes it again that it is there: the push is acknowledged, and the image is lost.',
  fix: 'Use one Redis for all replicas, no cache, or one replica; or turn deletion off (storage.delete.enabled: false), and let garbage collection remove what is untagged.',
  check(view, report) {
    const reported = new Set<unknown>();
    for (const server of view.servers) {
      const { workload, config, settings } = server;
      if (
        !config ||
        !isOwnCache(server) ||
        reported.has(config) ||
        settings['storage']?.delete?.enabled !== true ||
        (workload.replicas ?? 2) < 2
      )
        continue;
      reported.add(config);
      report(
        config.configMap,
        ['data', config.key],
        `each of the ${workload.replicas ?? 'several'} replicas has a cache of its own, and does not see what another deletes`,
        { inner: ['storage', 'cache', 'blobdescriptor'] },
      );
    }
  },
};

/** Whether a registry's pods have a cache each, which is gone when they are: in memory, or in a Redis beside it. */
export function isOwnCache(server: RegistryView): boolean {
  const cache = cacheOf(server);
  return (
    cache === 'inmemory' ||
    (cache === 'redis' &&
      addressesOf(server.settings['redis']).some(({ address }) => /^(localhost|127\.)/.test(address)))
  );
}
