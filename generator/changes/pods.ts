/** What holds pods: what they may do on their node, and as whom. */
import { valueAt } from '../checks/index.js';
import { type KubernetesObject, podSpecOf } from '../model/index.js';
import type { Difference } from './fields.js';
import { type Fields, type Judge, type Judgement, opens, pathText } from './judgement.js';

/** Fields that loosen it, by their value now and before. */
const LOOSENED: [RegExp, isLoose: (value: unknown, before: unknown) => boolean, string][] = [
  [/(^|\/)host(Network|PID|IPC)$/, (value) => value === true, 'the pods share it with their node'],
  [/\/securityContext\/privileged$/, (value) => value === true, 'the container may do on its node what it likes'],
  [/\/securityContext\/allowPrivilegeEscalation$/, (value) => value !== false, 'the container may gain rights'],
  [/\/securityContext\/runAsNonRoot$/, (value) => value !== true, 'the container may run as root'],
  [/\/securityContext\/runAsUser$/, (value) => value === 0, 'the container runs as root'],
  [
    /\/securityContext\/capabilities\/add$/,
    (value, before) => lacks(before, value),
    'what the container may do on its node is more',
  ],
  [
    /\/securityContext\/capabilities\/drop$/,
    (value, before) => !list(value).includes('ALL') && lacks(value, before),
    'what the container may do on its node is more',
  ],
  [
    /\/securityContext\/(seccompProfile|appArmorProfile)\/type$/,
    (value) => value === undefined || value === 'Unconfined',
    'less of what the container may ask of its node is refused',
  ],
  [
    /\/securityContext\/(seLinuxOptions|windowsOptions|procMount|sysctls)(\/|$)/,
    (value) => value !== undefined,
    'what holds the container is another',
  ],
  [/\/hostPort$/, (value) => value !== undefined && value !== 0, 'a port of the node leads in'],
  [/\/volumes\/\d+\/hostPath\/path$/, (value) => value !== undefined, 'the pods see files of their node'],
  [/(^|\/)automountServiceAccountToken$/, (value) => value !== false, 'the pods get the token of their account'],
  [/\/serviceAccountName$/, (value) => value !== undefined, 'the pods have the rights of another account'],
];

const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
const lacks = (all: unknown, some: unknown): boolean => list(some).some((item) => !list(all).includes(item));

/** @returns what a field of a pod, or what comes with it, allows the pod. */
export const loosens: Judge = (difference, object) => {
  if (isOtherLogins(difference, object)) return opens('who may log in stands in another Secret');
  for (const leaf of leaves(difference)) {
    const text = pathText(leaf);
    // An account whose token the pods do not get gives them no rights.
    if (text.endsWith('/serviceAccountName') && podSpecOf(object)?.automountServiceAccountToken === false) continue;
    const found = LOOSENED.find(([pattern, isLoose]) => pattern.test(text) && isLoose(leaf.after, leaf.before));
    if (found) return opens(found[2]);
  }
  return undefined;
};

/** @returns what the pods of a new object may do that pods should not. */
export function isLoose(object: KubernetesObject): Judgement | undefined {
  // Whose rights they have is reported of the binding.
  const { serviceAccountName: _, automountServiceAccountToken: __, ...spec } = podSpecOf(object) ?? {};
  return loosens({ path: ['spec'], label: '', before: undefined, after: spec }, object, object);
}

/** The single values of what comes; of what goes those of a map, as a container that goes loosens nothing. */
function* leaves(difference: Pick<Difference, 'path' | 'before' | 'after'>): Generator<Difference> {
  const { path, before, after } = difference;
  const [old, now] = [before, after].map((side) =>
    typeof side === 'object' &&
    side !== null &&
    !(Array.isArray(side) && side.every((item) => typeof item !== 'object'))
      ? (side as Fields)
      : undefined,
  );
  const goes = old && after === undefined && !Array.isArray(old) && typeof path.at(-1) !== 'number';
  if (!now && !goes) return yield { label: '', ...difference };
  for (const field of Object.keys(now ?? old!)) {
    const step = Array.isArray(now) ? Number(field) : field;
    yield* leaves({ path: [...path, step], before: old?.[field], after: now?.[field] });
  }
}

/** Whether a volume of logins is of another Secret. */
function isOtherLogins({ path, before }: Difference, object: KubernetesObject): boolean {
  if (before === undefined || !/\/volumes\/\d+\/secret\/secretName$/.test(path.join('/'))) return false;
  const { name, secret } = valueAt(object, path.slice(0, -2)) as Fields;
  return /auth|htpasswd|login/i.test(JSON.stringify([name, secret.items]));
}
