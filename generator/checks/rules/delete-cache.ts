import { addressesOf } from './redis-address.js';
import { cacheOf } from './gc-writes.js';
import type { Rule } from './rule.js';

/** Replicas that delete have one cache. */
export const deleteCache: Rule = {
  id: 'delete-cache',
  group: 'safety',
  severity: 'error',
  title: 'Replicas of a registry that deletes share one cache.',
  why: 'A manifest that is deleted through one replica stays in the caches of the others: a client that reaches them still gets what was deleted.',
  fix: 'Use one Redis for all replicas, no cache, or one replica; or turn deletion off. Where a deletion may be seen late, make an exception that says so.',
  check(view, report) {
    const told = new Set<unknown>();
    for (const server of view.servers) {
      const { workload, config } = server;
      const cache = cacheOf(server);
      if (!config || !cache || told.has(config) || config.value['storage']?.delete?.enabled !== true || workload.replicas === 1) continue;
      const own = cache === 'inmemory' || addressesOf(config.value['redis']).some(({ address }) => /^(localhost|127\.)/.test(address));
      if (!own) continue;
      told.add(config);
      report(config.configMap, ['data', config.key], `each of the ${workload.replicas ?? 'several'} replicas has a cache of its own, and does not see what another deletes`, { inner: ['storage', 'cache', 'blobdescriptor'] });
    }
  },
};
