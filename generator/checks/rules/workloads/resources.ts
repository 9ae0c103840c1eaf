import type { Fields } from '../../unit/manifest.js';
import type { Rule } from '../rule.js';

/** Containers say what they need, and what they may take at most. */
export const resources: Rule = {
  id: 'resources',
  group: 'safety',
  severity: 'error',
  title: 'A container requests CPU, memory and ephemeral storage, and has limits for memory and ephemeral storage.',
  why: 'Without requests the scheduler packs a node too full. Without a memory limit one leak takes the node down, without an ephemeral-storage limit one log does.',
  fix: 'Set resources.requests (cpu, memory, ephemeral-storage) and resources.limits (memory, ephemeral-storage). A CPU limit is left to you: it throttles when the node has time to spare.',
  check(view, report) {
    for (const { object, containers } of view.workloads) {
      for (const { container, path } of containers) {
        const { requests = {}, limits = {} } = (container.resources ?? {}) as { requests?: Fields; limits?: Fields };
        const missing = [
          ...['cpu', 'memory', 'ephemeral-storage']
            .filter((name) => requests[name] === undefined && limits[name] === undefined)
            .map((name) => `requests.${name}`),
          ...['memory', 'ephemeral-storage']
            .filter((name) => limits[name] === undefined)
            .map((name) => `limits.${name}`),
        ];
        if (missing.length > 0)
          report(
            object,
            container.resources ? [...path, 'resources'] : path,
            `the container ${container.name} lacks ${missing.join(', ')}`,
          );
      }
    }
  },
};
