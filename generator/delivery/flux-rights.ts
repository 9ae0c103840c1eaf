import type { PolicyRule, RoleBinding } from 'kubernetes-types/rbac/v1';
import { explain, isNamespaced, type KubernetesObject, pluralOf } from '../model/index.js';
import { type Delivered, type DeliveryFolder, distinct, groupOf } from './unit.js';

type Entry = DeliveryFolder['objects'][number];

const RBAC = 'rbac.authorization.k8s.io';
const READ = ['get', 'list', 'watch'];
const WRITE = [...READ, 'create', 'patch'];
const PRUNE = [...WRITE, 'delete'];
/** What a Deployment's health is read from. The collector's Role grants to list pods too, and nobody may grant what they may not do. */
const READ_FOR_HEALTH: PolicyRule[] = [
  { apiGroups: ['apps'], resources: ['replicasets'], verbs: READ },
  { apiGroups: [''], resources: ['pods'], verbs: READ },
];

/** @returns the account that applies an overlay, with the rights to do that: the kinds that are in it, in its namespace. */
export function applierRights(name: string, { objects, settings: { namespace } }: Delivered): Entry[] {
  const kinds = distinct(
    objects.filter(isNamespaced),
    ({ apiVersion, kind }) => `${groupOf(apiVersion)} ${pluralOf(kind)}`,
  );
  const kept = kinds.filter(
    ({ metadata }) => metadata.annotations?.['kustomize.toolkit.fluxcd.io/prune'] === 'disabled',
  );
  const rules: PolicyRule[] = [
    ...byGroup(kinds.filter((kind) => !kept.includes(kind))).map((rule) => ({ ...rule, verbs: PRUNE })),
    ...byGroup(kept).map((rule) => explain({ ...rule, verbs: WRITE }, { verbs: 'Nothing deletes the images.' })),
    ...bindRights(objects),
    ...READ_FOR_HEALTH,
  ];
  const why =
    'The kinds that the tree holds. Before a kind leaves it, let Flux prune its last object, then apply this.';
  return [...account(name, namespace, rules, { why }), ...clusterRights(name, namespace, objects)];
}

/**
 * Flux tries all objects as a dry run before it makes the first. A Role that is not there yet cannot be compared with the rights of
 * the account then, so only the verb `bind` lets it bind that Role. What the Role may grant is still bounded by those rights.
 *
 * @see https://kubernetes.io/docs/reference/access-authn-authz/rbac/#restrictions-on-role-binding-creation-or-update
 */
function bindRights(objects: readonly KubernetesObject[]): PolicyRule[] {
  const roles = objects
    .filter(({ kind }) => kind === 'RoleBinding')
    .map((object) => (object as unknown as RoleBinding).roleRef.name);
  if (roles.length === 0) return [];
  const rule: PolicyRule = { apiGroups: [RBAC], resources: ['roles'], resourceNames: roles, verbs: ['bind'] };
  return [
    explain(rule, { verbs: 'Flux tries the binding before the role is there to be compared with these rights.' }),
  ];
}

/** @returns for each group of these kinds a rule without its verbs. */
function byGroup(kinds: readonly KubernetesObject[]): { apiGroups: string[]; resources: string[] }[] {
  return distinct(
    kinds.map(({ apiVersion }) => groupOf(apiVersion)),
    (group) => group,
  ).map((group) => ({
    apiGroups: [group],
    resources: kinds.filter(({ apiVersion }) => groupOf(apiVersion) === group).map(({ kind }) => pluralOf(kind)),
  }));
}

/**
 * @param encrypted whether the Secrets are in git themselves, encrypted by SOPS; else what a controller makes them of is
 * @returns the account that applies the Secrets, apart: the one above then reads none
 */
export function secretRights(name: string, namespace: string, encrypted: boolean): Entry[] {
  const kinds = encrypted
    ? [['', 'secrets']]
    : [
        ['bitnami.com', 'sealedsecrets'],
        ['external-secrets.io', 'externalsecrets'],
      ];
  return account(
    name,
    namespace,
    kinds.map(([group, resource]) => ({ apiGroups: [group!], resources: [resource!], verbs: WRITE })),
    { prefix: 'secrets-' },
  );
}

function account(
  name: string,
  namespace: string,
  rules: PolicyRule[],
  { prefix = '', why }: { prefix?: string; why?: string } = {},
): Entry[] {
  const metadata = { name, namespace };
  return [
    {
      file: `${prefix}serviceaccount.yaml`,
      object: {
        apiVersion: 'v1',
        kind: 'ServiceAccount',
        metadata,
        automountServiceAccountToken: false,
      } as KubernetesObject,
    },
    {
      file: `${prefix}role.yaml`,
      object: explain({ apiVersion: `${RBAC}/v1`, kind: 'Role', metadata, rules }, why ? { rules: why } : {}),
    },
    { file: `${prefix}rolebinding.yaml`, object: binding('RoleBinding', 'Role', metadata, name, namespace) },
  ];
}

/** Objects of the whole cluster: these very ones. They are never deleted, as the data is in them. */
function clusterRights(name: string, namespace: string, objects: readonly KubernetesObject[]): Entry[] {
  const owned = objects.filter((object) => !isNamespaced(object));
  if (owned.length === 0) return [];
  const metadata = { name: `${namespace}-${name}` };
  const rules: PolicyRule[] = owned.flatMap(({ apiVersion, kind, metadata: { name: object } }) => {
    const on = { apiGroups: [groupOf(apiVersion)], resources: [pluralOf(kind)] };
    // The Namespace is there already: the account itself is in it.
    return [
      { ...on, resourceNames: [object], verbs: ['get', 'patch'] },
      ...(kind === 'Namespace' ? [] : [{ ...on, verbs: ['create'] }]),
    ];
  });
  return [
    {
      file: 'clusterrole.yaml',
      object: { apiVersion: `${RBAC}/v1`, kind: 'ClusterRole', metadata, rules } as KubernetesObject,
    },
    {
      file: 'clusterrolebinding.yaml',
      object: binding('ClusterRoleBinding', 'ClusterRole', metadata, name, namespace),
    },
  ];
}

function binding(
  kind: string,
  role: string,
  metadata: KubernetesObject['metadata'],
  name: string,
  namespace: string,
): KubernetesObject {
  return {
    apiVersion: `${RBAC}/v1`,
    kind,
    metadata,
    roleRef: { apiGroup: RBAC, kind: role, name: metadata.name },
    subjects: [{ kind: 'ServiceAccount', name, namespace }],
  } as KubernetesObject;
}
