import { providedBy, referencesOf } from '../../references/index.js';
import type { View } from '../../unit/view.js';
import type { Rule } from '../rule.js';

/** What an object refers to is in the unit, or declared to be elsewhere. */
export const referenceExists: Rule = {
  id: 'reference-exists',
  group: 'reference',
  severity: 'error',
  title: 'What an object refers to is in the unit, or declared as external.',
  why: 'A pod whose ConfigMap, Secret, claim or account is missing does not start; an Ingress whose class, Service or certificate is missing answers 404, or nothing at all. The API server takes them all.',
  fix: 'Correct the name, add the object, or where the cluster has it from elsewhere, declare it: checks.external in registry.yaml, or --external Kind/name.',
  check(view, report) {
    const provided = new Set(providedBy(view).map(({ kind, namespace, name }) => `${kind}/${namespace}/${name}`));
    for (const { from, path, kinds, name, namespace } of referencesOf(view)) {
      const there = kinds.some(
        (kind) =>
          view.isExternal(kind, name) ||
          provided.has(`${kind}/${namespace}/${name}`) ||
          view.find(kind, name, namespace),
      );
      if (there) continue;
      report(
        from,
        path,
        `there is no ${kinds[0]} called ${name}${namespace ? ` in the namespace ${namespace}` : ''}`,
        hintFor(view, kinds[0]!, name),
      );
    }
  },
};

function hintFor(view: View, kind: string, name: string): { hint: string } {
  const others = view.of(kind).map(({ metadata }) => metadata.name);
  const near = others.find(
    (other) =>
      other.replace(/[-.]/g, '').toLowerCase() === name.replace(/[-.]/g, '').toLowerCase() ||
      other.startsWith(`${name}-`),
  );
  if (near) return { hint: `is ${near} meant?` };
  return { hint: `if the cluster has it from elsewhere, declare ${kind}/${name} as external` };
}
