import type { Rule } from '../rule.js';
import { oneForEach } from '../../registry/containers.js';
import { seconds } from '../workloads/graceful-shutdown.js';

/** Less than this, and a slow push may lose what it has sent so far. */
const SHORTEST_AGE = 3600;

/** Uploads that were never finished are removed, and none that still runs. */
export const uploadPurging: Rule = {
  id: 'upload-purging',
  group: 'safety',
  severity: 'error',
  title: 'Uploads that were never finished are purged, after a day or more.',
  why: 'Garbage collection leaves them: a client that breaks off pushes fills the storage, and a registry whose disk is full takes no push. Purged too early, a slow push loses what it has sent.',
  fix: 'Set storage.maintenance.uploadpurging: enabled: true, age: 168h, interval: 24h, dryrun: false.',
  check(view, report) {
    for (const { config, settings } of oneForEach(view.servers)) {
      const purging = settings['storage']?.maintenance?.uploadpurging as Record<string, unknown> | undefined;
      const inner = ['storage', 'maintenance', 'uploadpurging'];
      const reportAt = (message: string, place: string[]): void =>
        report(config.configMap, ['data', config.key], message, { inner: place });
      // The registry's own default purges after a week, once a day.
      if (!purging) continue;
      if (purging['enabled'] === false)
        reportAt('uploads that were never finished stay for ever', [...inner, 'enabled']);
      if (purging['dryrun'] === true) reportAt('purging is a dry run: nothing is removed', [...inner, 'dryrun']);
      const age = seconds(purging['age']);
      if (age !== undefined && age < SHORTEST_AGE)
        reportAt(`an upload of ${purging['age']} may still be running; take a day or more`, [...inner, 'age']);
    }
  },
};
