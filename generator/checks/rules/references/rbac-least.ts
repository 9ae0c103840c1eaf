import { isApplierRole } from '../../unit/appliers.js';
import type { Fields } from '../../unit/manifest.js';
import type { Rule } from '../rule.js';

/** Verbs that change or read what one object holds: they can and should be bound to names. */
const NAMED_VERBS = new Set(['get', 'update', 'patch', 'delete']);
/** Resources that give whoever may touch them far more than they name. */
const SENSITIVE = new Set([
  'secrets',
  'pods/exec',
  'pods/attach',
  'serviceaccounts/token',
  'roles',
  'rolebindings',
  'clusterroles',
  'clusterrolebindings',
]);

/** Roles grant named verbs on named objects. */
export const rbacLeast: Rule = {
  id: 'rbac-least',
  group: 'safety',
  severity: 'error',
  title: 'A role grants named verbs on named resources, and what can be bound to names on named objects.',
  why: 'A wildcard grants what is added to the cluster next year as well. A job that may patch every Deployment of the namespace can be made to run anything. (An account that Flux applies a tree with has to create and prune objects whose names are not known beforehand: it is granted kinds, and may bind roles by name.)',
  fix: 'List verbs, resources and, for get, update, patch and delete, resourceNames. Bind roles to the ServiceAccount that needs them.',
  check(view, report) {
    for (const kind of ['Role', 'ClusterRole']) {
      for (const role of view.of(kind)) {
        for (const [index, rule] of ((role['rules'] ?? []) as Fields[]).entries()) {
          for (const field of ['verbs', 'resources', 'apiGroups']) {
            if ((rule[field] ?? []).includes('*'))
              report(role, ['rules', index, field], `"*" grants every one of the ${field}, those to come as well`);
          }
          const verbs = ((rule['verbs'] ?? []) as string[]).filter((verb) => NAMED_VERBS.has(verb));
          const resources = (rule['resources'] ?? []) as string[];
          const named = ((rule['resourceNames'] ?? []) as string[]).length > 0;
          const writes = verbs.some((verb) => verb !== 'get');
          const sensitive = resources.filter((resource) => SENSITIVE.has(resource));
          if (!named && !isApplierRole(view, role) && verbs.length > 0 && (writes || sensitive.length > 0))
            report(role, ['rules', index], `grants ${verbs.join(', ')} on every one of ${resources.join(', ')}`, {
              hint: 'add resourceNames',
            });
          for (const verb of ['escalate', 'bind', 'impersonate'])
            if ((rule['verbs'] ?? []).includes(verb) && !(verb === 'bind' && named && isApplierRole(view, role)))
              report(role, ['rules', index, 'verbs'], `"${verb}" lets its holder take any right`);
        }
      }
    }
    for (const binding of [...view.of('RoleBinding'), ...view.of('ClusterRoleBinding')]) {
      const { kind, name } = binding['roleRef'] ?? {};
      if (kind === 'ClusterRole' && ['cluster-admin', 'admin', 'edit'].includes(name))
        report(binding, ['roleRef', 'name'], `binds ${name}, which may do nearly everything`);
      for (const [index, subject] of ((binding['subjects'] ?? []) as Fields[]).entries()) {
        if (
          subject['kind'] === 'Group' &&
          /^system:(authenticated|unauthenticated|serviceaccounts)$/.test(subject['name'])
        )
          report(binding, ['subjects', index, 'name'], `grants the role to everyone in ${subject['name']}`);
        if (subject['kind'] === 'ServiceAccount' && subject['name'] === 'default')
          report(binding, ['subjects', index, 'name'], 'grants the role to every pod that names no ServiceAccount');
      }
    }
  },
};
