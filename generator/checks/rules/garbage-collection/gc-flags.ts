import { collectionOf, isDryRun } from '../../unit/collections.js';
import type { Fields } from '../../unit/manifest.js';
import type { Rule } from '../rule.js';

/** The registry's own collector removes no image, and what it collects can be deleted. */
export const gcFlags: Rule = {
  id: 'gc-flags',
  group: 'safety',
  severity: 'error',
  title: "The registry's own collector removes no parts of images, runs once at a time, and deleting is on.",
  why: "The registry's own --delete-untagged takes tagged multi-arch images apart: before 3.x any (distribution issues 3178, 3004, 2914), since then those that another repository has too, with a part deleted there. Whatever its flags, it removes layers that a manifest names by another digest than sha256. Two collections at once delete under each other. With deletion off it finds nothing but what broken pushes have left, and a job that never ends goes unnoticed.",
  fix: "Leave out --delete-untagged, and let the collector's program delete what is untagged (docs/background/garbage-collection.md); with that program, call the registry's own collector with --dry-run; set concurrencyPolicy: Forbid and activeDeadlineSeconds; set storage.delete.enabled: true.",
  check(view, report) {
    for (const { workload, container, path, command, config, settings } of view.registries) {
      if (command !== 'garbage-collect') continue;
      const { object } = workload;
      const at = container.args ? 'args' : 'command';
      const words: string[] = container.args ?? container.command ?? [];
      // What stands before -- is for the collector's program, which has a flag of that name.
      const own = words.slice(words.indexOf('--') + 1);
      const flag = own.findIndex((word) => /^(--delete-untagged(=true)?|-m)$/.test(word));
      if (flag >= 0)
        report(
          object,
          [...path, at, words.length - own.length + flag],
          "the registry's own collector would delete parts of tagged multi-arch images",
          { hint: "Leave it out: the collector's program has a flag of that name, which stands before --." },
        );
      const collection = collectionOf(container);
      if (collection?.task === 'collect' && !own.includes('--dry-run'))
        report(object, [...path, at], "the registry's own collector would delete layers that images name by sha512", {
          hint: "Call it with --dry-run: the collector's program removes what both call garbage.",
        });
      if (!collection && config && settings['storage']?.delete?.enabled !== true && !isDryRun(container))
        report(
          config.configMap,
          ['data', config.key],
          'nothing can be deleted, so this collects only what broken pushes have left',
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
