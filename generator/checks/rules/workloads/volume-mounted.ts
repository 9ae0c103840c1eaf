import type { Fields } from '../../unit/manifest.js';
import type { Rule } from '../rule.js';

/** Every volume of a pod is mounted by a container of it. */
export const volumeMounted: Rule = {
  id: 'volume-mounted',
  group: 'reference',
  severity: 'error',
  title: 'Every volume of a pod is mounted.',
  why: 'A volume that no container mounts is mostly a mount that was forgotten or misspelt: the program writes into its own file system, and a restart loses it.',
  fix: 'Add the volumeMount, or remove the volume.',
  check(view, report) {
    for (const { object, pod, path, containers } of view.workloads) {
      const mounted = new Set(
        containers.flatMap(({ container }) =>
          [...(container.volumeMounts ?? []), ...(container.volumeDevices ?? [])].map(({ name }) => name),
        ),
      );
      for (const [index, { name }] of ((pod['volumes'] ?? []) as Fields[]).entries()) {
        if (!mounted.has(name)) report(object, [...path, 'volumes', index], `no container mounts the volume ${name}`);
      }
      const templates = (object.kind === 'StatefulSet' ? (object['spec']?.volumeClaimTemplates ?? []) : []) as Fields[];
      for (const [index, template] of templates.entries()) {
        if (!mounted.has(template['metadata']?.name))
          report(
            object,
            ['spec', 'volumeClaimTemplates', index],
            `no container mounts the claim ${template['metadata']?.name}`,
          );
      }
    }
  },
};
