import { type Manifest, namespaceOf } from '../../unit/manifest.js';
import type { Rule } from '../rule.js';

/** Kinds that live where their controller does. */
const ELSEWHERE = new Set([
  'Application',
  'ApplicationSet',
  'AppProject',
  'GitRepository',
  'OCIRepository',
  'Kustomization',
  'ReferenceGrant',
]);

/** All objects of a unit are in one namespace. */
export const namespaceConsistent: Rule = {
  id: 'namespace-consistent',
  group: 'reference',
  severity: 'error',
  title: 'All objects of a unit are in one namespace, and say so.',
  why: 'Services, Secrets, ConfigMaps and claims are found within a namespace only. An object without one lands wherever the person or controller that applies it happens to be.',
  fix: 'Set `namespace:` in kustomization.yaml, or metadata.namespace in the object.',
  check(view, report) {
    const objects = view.objects.filter(
      ({ apiVersion, kind }) => view.scopeOf(`${apiVersion}/${kind}`) === 'namespace' && !ELSEWHERE.has(kind),
    );
    const counts = new Map<string, number>();
    for (const object of objects) counts.set(namespaceOf(object), (counts.get(namespaceOf(object)) ?? 0) + 1);
    if (counts.size < 2) return checkNamespaceObject(view.of('Namespace', ''), [...counts.keys()][0], report);
    const [common] = [...counts].filter(([name]) => name !== '').sort((a, b) => b[1] - a[1])[0]!;
    for (const object of objects) {
      const namespace = namespaceOf(object);
      if (namespace === common) continue;
      if (namespace === '') report(object, ['metadata'], `has no namespace; the others are in ${common}`);
      else report(object, ['metadata', 'namespace'], `is in ${namespace}; the others are in ${common}`);
    }
  },
};

function checkNamespaceObject(
  namespaces: readonly Manifest[],
  used: string | undefined,
  report: Parameters<Rule['check']>[1],
): void {
  for (const namespace of namespaces) {
    if (used && namespaces.length === 1 && namespace.metadata.name !== used)
      report(namespace, ['metadata', 'name'], `the objects are in the namespace ${used}, which is not this one`);
  }
}
