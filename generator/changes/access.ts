/** Changes after which somebody gets in, or may do, what was refused before. */
import { isEqual } from '../kustomize/index.js';
import type { KubernetesObject } from '../model/index.js';
import { opensDelivery } from './delivered.js';
import { type Fields, type Judge, type Judgement, opens, pathText, WORKLOADS } from './judgement.js';
import { isLoose, loosens } from './pods.js';
import { opensBySetting, settingOf } from './settings.js';
import { leadsIn, opensWay, serviceWidens, unguards } from './ways-in.js';

/** What opens by being there. @param before what the cluster had */
export function opensByAdding(object: KubernetesObject, before: readonly KubernetesObject[]): Judgement | undefined {
  const spec = (object as Fields)['spec'] as Fields | undefined;
  switch (object.kind) {
    case 'RoleBinding':
    case 'ClusterRoleBinding':
      return opens('it lets an account do what its role says');
    case 'NetworkPolicy': {
      // Policies add up: the first one for some pods holds them, each further one lets more through.
      const policies = before.filter(({ kind }) => kind === 'NetworkPolicy');
      const held = before.some(
        (other) =>
          WORKLOADS.has(other.kind) && selects(object, other) && policies.some((policy) => selects(policy, other)),
      );
      const lets = [spec?.['ingress'], spec?.['egress']].some((rules) => Array.isArray(rules) && rules.length > 0);
      return held && lets ? opens('it lets through more than the policy that these pods have already') : undefined;
    }
    default:
      return leadsIn(object) ?? isLoose(object);
  }
}

/** @param after what the cluster has then */
export function opensByRemoving(object: KubernetesObject, after: readonly KubernetesObject[]): Judgement | undefined {
  if (object.kind !== 'NetworkPolicy') return unguards(object, after);
  return after.some((other) => WORKLOADS.has(other.kind) && selects(object, other))
    ? opens('pods that no other policy selects are open to all')
    : undefined;
}

/** Whether a policy is for the pods of a workload; what is not plain counts as yes. */
function selects(policy: KubernetesObject, workload: KubernetesObject): boolean {
  if (policy.metadata.namespace !== workload.metadata.namespace) return false;
  const labels = (workload as Fields)['spec']?.template?.metadata?.labels ?? {};
  return Object.entries((policy as Fields)['spec']?.podSelector?.matchLabels ?? {}).every(
    ([name, value]) => labels[name] === value,
  );
}

/** @returns whether an object as a whole lets in or may do more than before: what no single field tells. */
export function widens(before: KubernetesObject, after: KubernetesObject): Judgement | undefined {
  const [old, now] = [before, after] as [Fields, Fields];
  switch (after.kind) {
    case 'NetworkPolicy': {
      if (!isEqual(old['spec'].podSelector, now['spec'].podSelector))
        return opens('pods that it no longer selects are open to all, unless another policy selects them');
      const types = (spec: Fields): string[] =>
        (spec['policyTypes'] as string[] | undefined) ?? ['Ingress', ...(spec['egress'] ? ['Egress'] : [])];
      const dropped = types(old['spec']).find((type) => !types(now['spec']).includes(type));
      if (dropped) return opens(`nothing of ${dropped} is refused any more`);
      for (const [direction, peers] of [
        ['ingress', 'from'],
        ['egress', 'to'],
      ] as const) {
        const more = ((now['spec'][direction] ?? []) as Fields[]).find(
          (rule) => !((old['spec'][direction] ?? []) as Fields[]).some((other) => covers(other, rule, peers)),
        );
        if (more) return opens(`it allows ${direction} that it denied before: ${briefly(more)}`);
      }
      return undefined;
    }
    case 'Role':
    case 'ClusterRole': {
      const more = ((now['rules'] ?? []) as Fields[]).find(
        (rule) => !((old['rules'] ?? []) as Fields[]).some((other) => allows(other, rule)),
      );
      return more && opens(`it allows what it did not before: ${briefly(more)}`);
    }
    case 'RoleBinding':
    case 'ClusterRoleBinding': {
      const more = ((now['subjects'] ?? []) as Fields[]).find(
        (subject) => !((old['subjects'] ?? []) as Fields[]).some((other) => isEqual(other, subject)),
      );
      return more && opens(`${String(more['kind'])} ${String(more['name'])} gets the rights of the role`);
    }
    case 'Service':
      return serviceWidens(old['spec'], now['spec']);
    default:
      return undefined;
  }
}

/** Whether a rule of a network policy lets through all that another does; what is not plain counts as no. */
function covers(wide: Fields, narrow: Fields, peers: string): boolean {
  const within = (field: string): boolean => {
    const [all, some] = [wide[field], narrow[field]] as (unknown[] | undefined)[];
    if (all === undefined || all.length === 0) return true;
    return some !== undefined && some.length > 0 && some.every((item) => all.some((other) => isEqual(item, other)));
  };
  return within(peers) && within('ports');
}

/** Whether a rule of a role allows all that another does. */
function allows(wide: Fields, narrow: Fields): boolean {
  const within = (field: string, emptyIsAll = false): boolean => {
    const [all, some] = [wide[field] ?? [], narrow[field] ?? []] as string[][];
    if (emptyIsAll && all!.length === 0) return true;
    if (emptyIsAll && some!.length === 0) return false;
    return all!.includes('*') || some!.every((item) => all!.includes(item));
  };
  return (
    within('apiGroups') &&
    within('resources') &&
    within('verbs') &&
    within('nonResourceURLs') &&
    within('resourceNames', true)
  );
}

/** @returns what a single field opens. */
export const opensByField: Judge = (difference, object, was) => {
  const setting = settingOf(difference, object);
  return (
    (setting && opensBySetting(setting)) ??
    opensWay(difference, object, was) ??
    opensRights(difference, object, was) ??
    opensDelivery(difference, object, was) ??
    loosens(difference, object, was)
  );
};

/** What a namespace and an account allow. */
const opensRights: Judge = (difference, { kind }) => {
  const text = pathText(difference);
  const { before, after } = difference;
  if (kind === 'Namespace' && /^metadata\/labels\/pod-security\.kubernetes\.io\/enforce$/.test(text)) {
    const strict = ['privileged', 'baseline', 'restricted'];
    return strict.indexOf(String(after)) < strict.indexOf(String(before))
      ? opens('pods may be less confined')
      : undefined;
  }
  if (kind === 'ServiceAccount' && text.startsWith('metadata/annotations') && after !== undefined)
    return opens('it decides what the account may do at the cloud provider');
  return undefined;
};

function briefly(value: unknown): string {
  const text = JSON.stringify(value).replace(/"/g, '');
  return text.length > 120 ? `${text.slice(0, 117)}...` : text;
}
