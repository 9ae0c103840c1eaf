/** What a collection may do in the cluster, and the object in which it notes that it is under way. */
import type { ConfigMap, ServiceAccount } from 'kubernetes-types/core/v1';
import type { Role, RoleBinding } from 'kubernetes-types/rbac/v1';
import type { Settings } from '../../config/index.js';
import { type Complete, explain, metadata } from '../../model/index.js';
import { accountName, lockName } from './names.js';

export function serviceAccount(settings: Settings): Complete<ServiceAccount> {
  return {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: metadata(settings, 'ServiceAccount', 'garbage-collector', 'gc'),
    automountServiceAccountToken: false,
  };
}

export function role(settings: Settings): Complete<Role> {
  return {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'Role',
    metadata: metadata(settings, 'Role', 'garbage-collector', 'gc'),
    rules: [
      explain(
        { apiGroups: ['apps'], resources: ['deployments'], resourceNames: [settings.name], verbs: ['get', 'patch'] },
        { resourceNames: 'Two variables of its container say that it is read-only.' },
      ),
      explain(
        { apiGroups: [''], resources: ['pods'], verbs: ['list'] },
        { resources: 'No name is known before: to see that no pod takes writes any more.' },
      ),
      { apiGroups: [''], resources: ['configmaps'], resourceNames: [lockName(settings)], verbs: ['get', 'patch'] },
    ],
  };
}

export function roleBinding(settings: Settings): Complete<RoleBinding> {
  return {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'RoleBinding',
    metadata: metadata(settings, 'RoleBinding', 'garbage-collector', 'gc'),
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: accountName(settings) },
    subjects: [{ kind: 'ServiceAccount', name: accountName(settings), namespace: settings.namespace }],
  };
}

/** Git says that it exists, the collector what is in it: no controller sees a difference. */
export function lock(settings: Settings): Complete<ConfigMap> {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: explain(metadata(settings, 'ConfigMap', 'garbage-collector', 'gc-lock'), {
      name: 'Has no data here: a collection writes into it that it is under way.',
    }),
  };
}
