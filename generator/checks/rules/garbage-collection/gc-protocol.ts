import { type Collection, collectionsOf } from '../../unit/collections.js';
import { type Fields, namespaceOf } from '../../unit/manifest.js';
import type { View } from '../../unit/view.js';
import type { Workload } from '../../unit/workloads.js';
import type { Rule } from '../rule.js';

/** A collection by the protocol has all that the protocol needs. */
export const gcProtocol: Rule = {
  id: 'gc-protocol',
  group: 'reference',
  severity: 'error',
  title:
    'A collection that makes the registry read-only finds the Deployment and the lock, may change both, and is undone if it dies.',
  why: 'A collection without its rights fails at night. One whose node is lost leaves the registry read-only, until something recovers it.',
  fix: 'Bind a Role to its ServiceAccount: get and patch on the Deployment and on the lock, list on pods. Keep the ConfigMap of the lock, and a CronJob that runs the same program with `recover`.',
  check(view, report) {
    const collections = collectionsOf(view);
    for (const { workload, path, collection } of collections) {
      const { task, deployment, lock } = collection;
      const reportAt = (message: string): void => report(workload.object, [...path, 'args'], message);
      if (!view.find('Deployment', deployment, workload.namespace))
        reportAt(`there is no Deployment called ${deployment || '""'}`);
      if (!view.find('ConfigMap', lock, workload.namespace))
        reportAt(`there is no ConfigMap called ${lock || '""'} for its lock`);
      for (const [group, resource, name, verbs] of rightsOf(collection)) {
        for (const verb of verbs) {
          if (!isGranted(view, workload, group, resource, name, verb))
            reportAt(`its ServiceAccount may not ${verb} ${resource}${name ? `/${name}` : ''}`);
        }
      }
      const isUndone = collections.some(
        ({ workload: other, collection }) =>
          collection.task === 'recover' &&
          other.object.kind === 'CronJob' &&
          other.namespace === workload.namespace &&
          collection.deployment === deployment &&
          collection.lock === lock,
      );
      if (task === 'collect' && !isUndone) reportAt('no CronJob recovers from one that dies');
    }
  },
};

function rightsOf({
  deployment,
  lock,
}: Collection): [group: string, resource: string, name: string, verbs: string[]][] {
  return [
    ['apps', 'deployments', deployment, ['get', 'patch']],
    ['', 'pods', '', ['list']],
    ['', 'configmaps', lock, ['get', 'patch']],
  ];
}

function isGranted(
  view: View,
  { pod, namespace }: Workload,
  group: string,
  resource: string,
  name: string,
  verb: string,
): boolean {
  const account = pod['serviceAccountName'] ?? 'default';
  const covers = (list: unknown, one: string): boolean =>
    Array.isArray(list) && (list.includes('*') || list.includes(one));
  return [...view.of('RoleBinding'), ...view.of('ClusterRoleBinding')].some((binding) => {
    const subjects = (binding['subjects'] ?? []) as Fields[];
    if (
      !subjects.some(
        (subject) =>
          subject['kind'] === 'ServiceAccount' &&
          subject['name'] === account &&
          (subject['namespace'] ?? namespaceOf(binding)) === namespace,
      )
    )
      return false;
    const role = view.find((binding['roleRef']?.kind ?? 'Role') as string, (binding['roleRef']?.name ?? '') as string);
    // What a role grants that is not here is not known.
    if (!role) return true;
    return ((role['rules'] ?? []) as Fields[]).some((rule) => {
      const names = (rule['resourceNames'] ?? []) as string[];
      return (
        covers(rule['apiGroups'], group) &&
        covers(rule['resources'], resource) &&
        covers(rule['verbs'], verb) &&
        (names.length === 0 || (name !== '' && names.includes(name)))
      );
    });
  });
}
