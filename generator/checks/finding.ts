import type { KubernetesObject } from '../model/index.js';

/** Keys and indices that lead from an object to a value in it. */
export type Path = readonly (string | number)[];

/** error: it will not work, or is not safe. warning: it works today. */
export type Severity = 'error' | 'warning';

/** Something wrong with an object. Where it is written is looked up afterwards, by trace/ or manifests/. */
export interface Finding {
  /** Id of the rule, as in docs/reference/checks.md. */
  rule: string;
  severity: Severity;
  object: KubernetesObject;
  path: Path;
  /** For text that is itself YAML, such as config.yml in a ConfigMap: the place in that. */
  inner?: Path;
  message: string;
  /** Set where not the value is wrong but its name. */
  at?: 'key';
  /** What to do, where the message doesn't say it. */
  hint?: string;
}

/** @returns the path as a person writes it: spec.containers[0].env, data["config.yml"]. */
export function formatPath(path: Path): string {
  return path
    .map((key) =>
      typeof key === 'number' ? `[${key}]` : /^[A-Za-z_$][\w$-]*$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`,
    )
    .join('')
    .replace(/^\./, '');
}

/** @returns the value at a path, or undefined where the path leads nowhere. */
export function valueAt(root: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (at, key) => (typeof at === 'object' && at !== null ? (at as Record<string | number, unknown>)[key] : undefined),
    root,
  );
}

/** @returns a copy without the values at some paths, which are in the order of the value; the value itself where there are none. */
export function withoutPaths<T>(root: T, paths: readonly Path[]): T {
  if (paths.length === 0) return root;
  const copy = structuredClone(root);
  // From the end, as the items of a list move up.
  for (const path of paths.toReversed()) {
    const holder = valueAt(copy, path.slice(0, -1)) as Record<string | number, unknown> | undefined;
    if (Array.isArray(holder)) holder.splice(Number(path.at(-1)), 1);
    else if (holder) delete holder[path.at(-1)!];
  }
  return copy;
}

/** @returns kind/name, or kind alone for an object without a name. */
export function objectLabel({ kind, metadata }: KubernetesObject): string {
  return typeof metadata?.name === 'string' && metadata.name ? `${kind}/${metadata.name}` : String(kind);
}
