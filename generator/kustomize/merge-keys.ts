import facts from '../../schemas/kustomize/merge-keys.json' with { type: 'json' };

/** What kustomize knows of one field when it merges: the type of what is in it, and the keys of a list's items. */
export interface FieldFacts {
  type?: string;
  keys?: string[];
}

const kinds = facts.kinds as Record<string, string>;
const definitions = facts.definitions as Record<string, Record<string, FieldFacts>>;

/** @returns the type that a kind's fields are looked up in; undefined for custom resources, whose lists are replaced. */
export function typeOf({ apiVersion, kind }: { apiVersion: string; kind: string }): string | undefined {
  return kinds[`${apiVersion}/${kind}`];
}

/** @returns what kustomize knows of a field of a type. */
export function factsOf(type: string | undefined, field: string): FieldFacts {
  return (type === undefined ? undefined : definitions[type]?.[field]) ?? {};
}
