/** Trees that are compared, and what is reported of them. */
import { type ChangeClass, compareObjects, type ObjectChange, worse } from '../../generator/changes/index.js';

export const worst = (objects: ObjectChange[]): ChangeClass =>
  objects.reduce<ChangeClass>((one, { class: other }) => worse(one, other), 'safe');

/** @returns what an object that is changed is, and its fields. */
export function judged(object: any, change: (copy: any) => void, beside: any[] = []): ObjectChange {
  const copy = JSON.parse(JSON.stringify(object));
  change(copy);
  return compareObjects([object, ...beside], [copy, ...beside])[0]!;
}

export const named = (apiVersion: string, kind: string, spec: object): object => ({
  apiVersion,
  kind,
  metadata: { name: 'registry', namespace: 'registry' },
  spec,
});
