/** Accounts that a controller applies objects with, in place of rights of its own. */
import { type Fields, namespaceOf } from './manifest.js';
import type { View } from './view.js';

/** @returns whether a Kustomization of Flux applies what it builds as this account. */
export function isApplier(view: View, namespace: string, name: string): boolean {
  return view
    .of('Kustomization')
    .some(
      (kustomization) =>
        kustomization.apiVersion.startsWith('kustomize.toolkit.fluxcd.io/') &&
        namespaceOf(kustomization) === namespace &&
        kustomization['spec']?.serviceAccountName === name,
    );
}

/** @returns whether a role is bound, and to such accounts only. They have to make and prune objects whose names nobody knows yet. */
export function isApplierRole(view: View, role: Fields & { kind: string; metadata: { name: string } }): boolean {
  const subjects = [...view.of('RoleBinding'), ...view.of('ClusterRoleBinding')]
    .filter(({ roleRef }) => roleRef?.kind === role.kind && roleRef?.name === role.metadata.name)
    .flatMap((binding) =>
      ((binding['subjects'] ?? []) as Fields[]).map((subject) => ({
        kind: subject['kind'],
        name: subject['name'],
        namespace: (subject['namespace'] ?? namespaceOf(binding)) as string,
      })),
    );
  return (
    subjects.length > 0 &&
    subjects.every(({ kind, name, namespace }) => kind === 'ServiceAccount' && isApplier(view, namespace, name))
  );
}
