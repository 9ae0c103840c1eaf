import type { Fields } from '../view.js';
import { isOwnCache } from './delete-cache.js';
import { cacheOf, isDryRun } from './gc-writes.js';
import type { Rule } from './rule.js';

/** No cache outlives what was collected. */
export const gcCache: Rule = {
  id: 'gc-cache',
  group: 'safety',
  severity: 'error',
  title: 'A registry whose garbage is collected has no cache that outlives the collection.',
  why: 'The cache still has the descriptor of a blob that was collected. The next push of that layer is told it is there and skips it: the push is acknowledged, and the pull fails (distribution issues 1803, 2945, 3743, 4269).',
  fix: 'Empty the cache after each collection (Redis: FLUSHALL; in memory: restart), or do without it. Where that is done, make an exception that says how.',
  check(view, report) {
    for (const { workload, container, path, command } of view.registries) {
      if (command !== 'garbage-collect' || isDryRun(container as Fields)) continue;
      const cached = view.servers.find((server) => cacheOf(server) !== undefined && !(server.workload.replicas === 0 && isOwnCache(server)));
      if (cached) report(workload.object, [...path, container.args ? 'args' : 'command'], `collects blobs that the ${cacheOf(cached)} cache of ${cached.workload.object.kind}/${cached.workload.object.metadata.name} still has`);
    }
  },
};
