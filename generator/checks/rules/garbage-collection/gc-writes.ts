import { collectionOf, isDryRun } from '../../unit/collections.js';
import type { RegistryView } from '../../registry/containers.js';
import type { Rule } from '../rule.js';

/** The collector does not run beside live pushes. */
export const gcWrites: Rule = {
  id: 'gc-writes',
  group: 'safety',
  severity: 'error',
  title: 'Garbage is collected only while pushes are refused.',
  why: 'The collector knows nothing of uploads in flight: a layer that is pushed but not yet in a manifest is deleted. The push is acknowledged, and the image is lost.',
  fix: "Run it by the collector's program, which makes the registry read-only meanwhile (docs/background/garbage-collection.md), as a dry run, or while the registry is stopped. Where there are no pushes at that time, make an exception that says so.",
  check(view, report) {
    for (const { workload, container, path, command } of view.registries) {
      if (command !== 'garbage-collect' || isDryRun(container)) continue;
      const closed = collectionOf(container)?.deployment;
      const writable = view.servers.filter(
        ({ settings, workload: { object, namespace, replicas } }) =>
          replicas !== 0 &&
          settings['storage']?.maintenance?.readonly?.enabled !== true &&
          !(object.kind === 'Deployment' && object.metadata.name === closed && namespace === workload.namespace),
      );
      if (writable.length > 0)
        report(
          workload.object,
          [...path, container.args ? 'args' : 'command'],
          `collects while ${writable[0]!.workload.object.kind}/${writable[0]!.workload.object.metadata.name} takes pushes`,
        );
    }
  },
};

/** @returns where a registry keeps its blob descriptors; undefined: nowhere, or not known. */
export function cacheOf({ settings }: RegistryView): string | undefined {
  return settings['storage']?.cache?.blobdescriptor as string | undefined;
}
