import { pluralOf } from '../../../model/index.js';
import { isApplier, isApplierRole } from '../../unit/appliers.js';
import { type Fields, namespaceOf } from '../../unit/manifest.js';
import type { Rule } from '../rule.js';

/** Rights are for pods that have a token, tokens for pods that have rights, and what roles name is there. */
export const rbacUsed: Rule = {
  id: 'rbac-used',
  group: 'reference',
  severity: 'error',
  title:
    'A role is bound to an account whose pods mount its token, or that Flux applies with, and the objects that it names are there.',
  why: "Rights that no pod uses are only an attacker's. A job whose token is not mounted, or whose role names an object of another name, fails at night.",
  fix: 'Remove the role, or set automountServiceAccountToken: true in the pod that needs it; name the objects as they are called.',
  check(view, report) {
    const bound = new Map<string, Fields>();
    for (const binding of [...view.of('RoleBinding'), ...view.of('ClusterRoleBinding')]) {
      for (const [index, subject] of ((binding['subjects'] ?? []) as Fields[]).entries()) {
        if (subject['kind'] !== 'ServiceAccount') continue;
        const namespace = (subject['namespace'] ?? namespaceOf(binding)) as string;
        bound.set(`${namespace}/${subject['name']}`, binding);
        const users = view.workloads.filter(
          (workload) =>
            workload.namespace === namespace && (workload.pod['serviceAccountName'] ?? 'default') === subject['name'],
        );
        const account = view.find('ServiceAccount', subject['name'], namespace);
        if (
          account &&
          !isApplier(view, namespace, subject['name']) &&
          !users.some(({ pod }) => mountsToken(pod, account))
        )
          report(binding, ['subjects', index], `no pod of ServiceAccount/${subject['name']} mounts its token`);
      }
    }
    for (const role of [...view.of('Role'), ...view.of('ClusterRole')]) {
      // What Flux applies is elsewhere.
      if (isApplierRole(view, role)) continue;
      for (const [index, rule] of ((role['rules'] ?? []) as Fields[]).entries()) {
        for (const [number, name] of ((rule['resourceNames'] ?? []) as string[]).entries()) {
          const kinds = ((rule['resources'] ?? []) as string[]).map((resource) => resource.split('/')[0]!);
          const there = view.objects.some(
            ({ kind, metadata }) => metadata.name === name && kinds.includes(pluralOf(kind)),
          );
          if (!there && kinds.some((plural) => view.objects.some(({ kind }) => pluralOf(kind) === plural)))
            report(role, ['rules', index, 'resourceNames', number], `there is no ${kinds.join(' or ')} called ${name}`);
        }
      }
    }
    for (const { object, pod, path, namespace } of view.workloads) {
      const name = pod['serviceAccountName'] ?? 'default';
      const account = view.find('ServiceAccount', name, namespace);
      if (mountsToken(pod, account) && account && !bound.has(`${namespace}/${name}`))
        report(object, path, `mounts the token of ServiceAccount/${name}, to which no role is bound`, {
          hint: 'set automountServiceAccountToken: false',
        });
    }
  },
};

function mountsToken(pod: Fields, account: Fields | undefined): boolean {
  return (pod['automountServiceAccountToken'] ?? account?.['automountServiceAccountToken'] ?? true) as boolean;
}
