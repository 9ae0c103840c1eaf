import type { Fields } from '../../unit/manifest.js';
import { isDryRun } from './gc-writes.js';
import type { Rule } from '../rule.js';

/** The collector is used as its version allows, and what it collects can be deleted. */
export const gcFlags: Rule = {
  id: 'gc-flags',
  group: 'safety',
  severity: 'error',
  title: "Garbage collection is used as the registry's version allows, once at a time, and deleting is on.",
  why: 'Before 3.x --delete-untagged removes the parts of multi-arch images (distribution issues 3178, 3004, 2914). Two collections at once delete under each other. With deletion off nothing ever becomes garbage, and a job that never ends goes unnoticed.',
  fix: 'Leave out --delete-untagged on 2.8; set concurrencyPolicy: Forbid and activeDeadlineSeconds; set storage.delete.enabled: true.',
  check(view, report) {
    for (const { workload, container, path, command, major, config, settings } of view.registries) {
      if (command !== 'garbage-collect') continue;
      const { object } = workload;
      const words = container.args ?? container.command ?? [];
      const flag = words.findIndex((word) => /^(--delete-untagged(=true)?|-m)$/.test(word));
      if (flag >= 0 && major === 2)
        report(
          object,
          [...path, container.args ? 'args' : 'command', flag],
          'registry 2.8 would delete the parts of multi-arch images',
          { hint: 'Leave it out, or use registry 3.1 or newer.' },
        );
      if (config && settings['storage']?.delete?.enabled !== true)
        report(
          config.configMap,
          ['data', config.key],
          'nothing can be deleted, so there is never anything to collect',
          { inner: ['storage', 'delete'], hint: 'Set storage.delete.enabled: true.' },
        );
      if (object.kind !== 'CronJob') continue;
      const spec = object['spec'] as Fields;
      if (spec['concurrencyPolicy'] !== 'Forbid' && !isDryRun(container))
        report(
          object,
          spec['concurrencyPolicy'] ? ['spec', 'concurrencyPolicy'] : ['spec'],
          'a second collection may begin while the first still runs',
          { hint: 'Set concurrencyPolicy: Forbid.' },
        );
      if (!spec['jobTemplate']?.spec?.activeDeadlineSeconds)
        report(object, ['spec', 'jobTemplate', 'spec'], 'nothing ends a collection that hangs', {
          hint: 'Set activeDeadlineSeconds.',
        });
    }
  },
};
