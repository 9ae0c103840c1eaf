/** Changes after which somebody gets in, or may do, what was refused before. */
import { isEqual } from '../kustomize/index.js';
import { type KubernetesObject, podSpecOf } from '../model/index.js';
import { type Fields, type Judge, type Judgement, opens, pathText, WORKLOADS } from './judgement.js';
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
      const held = before.some((other) => WORKLOADS.has(other.kind) && selects(object, other) && policies.some((policy) => selects(policy, other)));
      const lets = [spec?.['ingress'], spec?.['egress']].some((rules) => Array.isArray(rules) && rules.length > 0);
      return held && lets ? opens('it lets through more than the policy that these pods have already') : undefined;
    }
    default:
      return leadsIn(object);
  }
}

/** @param after what the cluster has then */
export function opensByRemoving(object: KubernetesObject, after: readonly KubernetesObject[]): Judgement | undefined {
  if (object.kind !== 'NetworkPolicy') return unguards(object, after);
  return after.some((other) => WORKLOADS.has(other.kind) && selects(object, other)) ? opens('pods that no other policy selects are open to all') : undefined;
}

/** Whether a policy is for the pods of a workload; what is not plain counts as yes. */
function selects(policy: KubernetesObject, workload: KubernetesObject): boolean {
  if (policy.metadata.namespace !== workload.metadata.namespace) return false;
  const labels = (workload as Fields)['spec']?.template?.metadata?.labels ?? {};
  return Object.entries((policy as Fields)['spec']?.podSelector?.matchLabels ?? {}).every(([name, value]) => labels[name] === value);
}

/** @returns whether an object as a whole lets in or may do more than before: what no single field tells. */
export function widens(before: KubernetesObject, after: KubernetesObject): Judgement | undefined {
  const [old, now] = [before, after] as [Fields, Fields];
  switch (after.kind) {
    case 'NetworkPolicy': {
      if (!isEqual(old['spec'].podSelector, now['spec'].podSelector)) return opens('pods that it no longer selects are open to all, unless another policy selects them');
      const types = (spec: Fields): string[] => (spec['policyTypes'] as string[] | undefined) ?? ['Ingress', ...(spec['egress'] ? ['Egress'] : [])];
      const dropped = types(old['spec']).find((type) => !types(now['spec']).includes(type));
      if (dropped) return opens(`nothing of ${dropped} is refused any more`);
      for (const [direction, peers, what] of [['ingress', 'from', 'lets in'], ['egress', 'to', 'lets out']] as const) {
        const more = ((now['spec'][direction] ?? []) as Fields[]).find((rule) => !((old['spec'][direction] ?? []) as Fields[]).some((other) => covers(other, rule, peers)));
        if (more) return opens(`it ${what} what it refused before: ${briefly(more)}`);
      }
      return undefined;
    }
    case 'Role':
    case 'ClusterRole': {
      const more = ((now['rules'] ?? []) as Fields[]).find((rule) => !((old['rules'] ?? []) as Fields[]).some((other) => allows(other, rule)));
      return more && opens(`it allows what it did not before: ${briefly(more)}`);
    }
    case 'RoleBinding':
    case 'ClusterRoleBinding': {
      const more = ((now['subjects'] ?? []) as Fields[]).find((subject) => !((old['subjects'] ?? []) as Fields[]).some((other) => isEqual(other, subject)));
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
  return within('apiGroups') && within('resources') && within('verbs') && within('nonResourceURLs') && within('resourceNames', true);
}

/** Fields of pods that loosen what holds them. */
const LOOSENED: [RegExp, isLoose: (value: unknown) => boolean, string][] = [
  [/(^|\/)host(Network|PID|IPC)$/, (value) => value === true, 'the pods share it with their node'],
  [/\/securityContext\/privileged$/, (value) => value === true, 'the container may do on its node what it likes'],
  [/\/securityContext\/allowPrivilegeEscalation$/, (value) => value !== false, 'the container may gain rights'],
  [/\/securityContext\/runAsNonRoot$/, (value) => value !== true, 'the container may run as root'],
  [/\/securityContext\/runAsUser$/, (value) => value === 0, 'the container runs as root'],
  [/\/securityContext\/capabilities(\/(add|drop))?(\/\d+)?$/, () => true, 'what the container may do on its node is another'],
  [/\/securityContext\/seccompProfile(\/type)?$/, (value) => value === undefined || value === 'Unconfined', 'the container may make any system call'],
  [/\/securityContext$/, () => true, 'what holds the container is another'],
  [/\/hostPort$/, (value) => value !== undefined, 'a port of the node leads in'],
  [/(^|\/)automountServiceAccountToken$/, (value) => value !== false, 'the pods get the token of their account'],
  [/\/serviceAccountName$/, (value) => value !== undefined, 'the pods have the rights of another account'],
];

/** Settings of the registry that keep people out. */
const REGISTRY: [RegExp, isOpen: (value: unknown, before: unknown) => boolean, string][] = [
  [/\/\/auth$/, (value) => value === undefined, 'the registry asks nobody for a login any more'],
  [/\/\/auth\//, () => true, 'who gets in is decided otherwise'],
  [/\/\/http\/tls$/, (value) => value === undefined, 'what is sent, passwords too, can be read on the way'],
  [/\/\/http\/debug(\/addr)?$/, (value) => value !== undefined && !/^(127\.|localhost|\[::1\])/.test(String((value as Fields)?.['addr'] ?? value)), 'the debug server shows passwords to whoever reaches it'],
  [/\/\/storage\/delete(\/enabled)?$/, (value) => value === true || (value as Fields)?.['enabled'] === true, 'whoever may push may delete images'],
];

/** @returns what a single field opens. */
export const opensByField: Judge = (difference, object, was) => {
  const { kind } = object;
  const text = pathText(difference);
  const { before, after } = difference;
  if (difference.inner) {
    const found = REGISTRY.find(([pattern, isOpen]) => pattern.test(text) && isOpen(after, before));
    return found && opens(found[2]);
  }
  const way = opensWay(difference, object, was);
  if (way) return way;
  if (kind === 'Namespace' && /^metadata\/labels\/pod-security\.kubernetes\.io\/enforce$/.test(text)) {
    const strict = ['privileged', 'baseline', 'restricted'];
    return strict.indexOf(String(after)) < strict.indexOf(String(before)) ? opens('pods may be less confined') : undefined;
  }
  if (kind === 'ServiceAccount' && /^metadata\/annotations/.test(text) && after !== undefined) return opens('what the account may do at the cloud provider stands there');
  if (/\/env\/\d+/.test(text) && isAuth(before) && after === undefined) return opens('the registry decides otherwise who gets in');
  if (/\/volumes\/\d+(\/hostPath)?$/.test(text) && (/hostPath$/.test(text) ? after !== undefined : (after as Fields)?.['hostPath'] !== undefined)) return opens('the pods see files of their node');
  // An account whose token the pods do not get gives them no rights.
  if (/\/serviceAccountName$/.test(text) && podSpecOf(object)?.automountServiceAccountToken === false) return undefined;
  const found = LOOSENED.find(([pattern, isLoose]) => pattern.test(text) && isLoose(after));
  return found && opens(found[2]);
};

function isAuth(value: unknown): boolean {
  return /^REGISTRY_AUTH/.test(String((value as Fields | undefined)?.['name'] ?? ''));
}

function briefly(value: unknown): string {
  const text = JSON.stringify(value).replace(/"/g, '');
  return text.length > 120 ? `${text.slice(0, 117)}...` : text;
}
