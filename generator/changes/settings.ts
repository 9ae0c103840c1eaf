/** The settings of the registry itself: in config.yml, and in the variables of its container, which go over it. */
import { valueAt } from '../checks/index.js';
import type { KubernetesObject } from '../model/index.js';
import type { Difference } from './fields.js';
import { type Fields, type Judgement, opens } from './judgement.js';

/** A setting that changes. */
export interface Setting {
  /** Where it stands in config.yml: auth/htpasswd/path. */
  path: string;
  before: unknown;
  after: unknown;
}

/** @returns the setting of the registry that a field is; undefined where it is none. */
export function settingOf({ path, inner, before, after }: Difference, object: KubernetesObject): Setting | undefined {
  if (inner) return { path: inner.join('/'), before, after };
  const at = path.lastIndexOf('env') + 1;
  if (at === 0 || typeof path[at] !== 'number') return undefined;
  const isWhole = path.length === at + 1;
  const name = String(
    ((isWhole ? (after ?? before) : valueAt(object, path.slice(0, at + 1))) as Fields | undefined)?.['name'] ?? '',
  );
  if (!name.startsWith('REGISTRY_')) return undefined;
  const value = (side: unknown): unknown =>
    isWhole ? ((side as Fields | undefined)?.['value'] ?? (side as Fields | undefined)?.['valueFrom']) : side;
  return {
    path: name.slice('REGISTRY_'.length).toLowerCase().replaceAll('_', '/'),
    before: value(before),
    after: value(after),
  };
}

/** Settings that keep people out. */
const KEEPS_OUT: [RegExp, isOpen: (value: unknown, before: unknown) => boolean, string][] = [
  [
    /^auth$/,
    (value) => value == null || /^(none|silly|)$/.test(String(value)),
    'the registry no longer requires a login',
  ],
  [/^auth$/, (_, before) => before !== undefined, 'access is decided in another way'],
  // The realm of htpasswd is what a login is asked for by; that of tokens is who gives them.
  [/^auth\/(?!htpasswd\/realm$)/, () => true, 'access is decided in another way'],
  [
    /^http\/tls(\/(certificate|key))?$/,
    (value) => value === undefined,
    'what is sent, passwords too, can be read on the way',
  ],
  [/^http\/tls\/clientcas/, () => true, 'which clients are let in is decided otherwise'],
  [
    /^http\/debug(\/addr)?$/,
    (value) => value !== undefined && !/^(127\.|localhost|\[::1\])/.test(String((value as Fields)?.['addr'] ?? value)),
    'the debug server shows passwords to whoever reaches it',
  ],
  [
    /^storage\/delete(\/enabled)?$/,
    (value) => String((value as Fields | undefined)?.['enabled'] ?? value) === 'true',
    'whoever may push may delete images',
  ],
];

/** @returns what a setting lets people do. */
export function opensBySetting({ path, before, after }: Setting): Judgement | undefined {
  const found = KEEPS_OUT.find(([pattern, isOpen]) => pattern.test(path) && isOpen(after, before));
  return found && opens(found[2]);
}
