/** What a diff compares, in groups of overlays that change alike, and how its parts are named. */
import { diffLines } from 'diff';
import {
  type ChangeClass,
  CLASSES,
  type FieldChange,
  isOverlay,
  type ObjectChange,
  plainName,
  type VariantChange,
  worse,
} from '../../changes/index.js';
import { isDelivery, printable } from '../../model/index.js';
import { changedValue } from '../shared/changed-values.js';
import { colours } from '../shared/colours.js';

/** What is compared, and what came of it. */
export interface Report {
  /** Its registry.yaml. */
  registry: string;
  from: string;
  to: string;
  changes: VariantChange[];
}

/** Objects that change alike in some overlays. */
export interface Group {
  variants: string[];
  state: VariantChange['state'];
  objects: ObjectChange[];
}

export const NAMES: Record<ChangeClass, string> = {
  safe: 'safe',
  'rolls-pods': 'rolls pods',
  'opens-access': 'opens access',
  'needs-recreate': 'needs recreate',
  'deletes-data': 'deletes data',
};
export const SIGNS = { added: '+', changed: '~', removed: '-' };
/** Lines of a changed text that are shown, and characters of a value. */
const MOST_LINES = 12;
const MOST_CHARACTERS = 160;

export const paint: Record<ChangeClass, (text: string) => string> = {
  safe: colours.green,
  'rolls-pods': colours.yellow,
  'opens-access': colours.magenta,
  'needs-recreate': colours.red,
  'deletes-data': colours.red,
};

/** @returns what overlays share once: the overlays that change alike, object by object. */
export function grouped(changes: readonly VariantChange[]): Group[] {
  const alike = new Map<string, { variants: string[]; object: ObjectChange }>();
  const whole: Group[] = [];
  for (const { variant, state, objects } of changes) {
    if (state) whole.push({ variants: [variant], state, objects });
    else
      for (const object of objects) {
        const { kind } = object.object;
        const key = JSON.stringify([
          object.change,
          kind,
          plainName(object.object),
          object.fields.map(({ label, before, after }) => [label, before, after]),
          object.why,
        ]);
        const known = alike.get(key);
        if (known) known.variants.push(variant);
        else alike.set(key, { variants: [variant], object });
      }
  }
  const groups = new Map<string, Group>();
  for (const { variants, object } of alike.values()) {
    const key = variants.join('\n');
    if (!groups.has(key)) groups.set(key, { variants, state: undefined, objects: [] });
    groups.get(key)!.objects.push(object);
  }
  const all = [...groups.values()].sort((one, other) => other.variants.length - one.variants.length);
  return [...all, ...whole];
}

export function titleOf({ variants, state }: Group, { changes }: Report): string {
  const there = changes.filter(({ variant, state: whole }) => isOverlay(variant) && whole === undefined);
  const names =
    variants.length === there.length && variants.length > 1 && variants.every(isOverlay)
      ? 'all overlays'
      : variants.join(', ');
  return state === undefined ? names : `${names} (${state === 'added' ? 'new: nothing of it runs yet' : 'removed'})`;
}

/** Overlays that change alike are often told apart by their namespaces alone. */
export function nameOf({ object }: ObjectChange, { variants }: Pick<Group, 'variants'> = { variants: [] }): string {
  const { namespace } = object.metadata;
  return printable(`${object.kind}/${plainName(object)}${namespace && variants.length < 2 ? ` in ${namespace}` : ''}`);
}

export function worstOf(objects: readonly ObjectChange[]): ChangeClass {
  return objects.reduce<ChangeClass>((one, { class: other }) => worse(one, other), 'safe');
}

export function textLines({ before, after }: FieldChange): string[] | undefined {
  const [old, now] = [before ?? '', after ?? ''];
  if (typeof old !== 'string' || typeof now !== 'string' || !`${old}${now}`.includes('\n')) return undefined;
  const changed = diffLines(old, now)
    .filter(({ added, removed }) => added || removed)
    .flatMap(({ value: text, added }) =>
      text
        .replace(/\n$/, '')
        .split('\n')
        .map((line) => `${added ? '+' : '-'} ${line}`),
    );
  return changed.length > MOST_LINES
    ? [...changed.slice(0, MOST_LINES), `and ${changed.length - MOST_LINES} more lines`]
    : changed;
}

export function changed({ before, after }: FieldChange): string {
  return changedValue(before, after, value, MOST_CHARACTERS);
}

export function value(of: unknown): string {
  if (of === undefined) return '(none)';
  const text = typeof of === 'string' ? of : JSON.stringify(of);
  return text.length > MOST_CHARACTERS ? `${text.slice(0, MOST_CHARACTERS - 3)}...` : text;
}

export function totals({ from, to, changes }: Report): string {
  const objects = changes.flatMap((change) => change.objects);
  const states = changes.filter(({ state }) => state !== undefined).length;
  if (objects.length === 0 && states === 0) return `Nothing would change in the cluster, from ${from} to ${to}.`;
  const counts = CLASSES.flatMap((name) => {
    const count = objects.filter((object) => object.class === name).length;
    return count > 0 ? [`${count} ${NAMES[name]}`] : [];
  });
  return `From ${from} to ${to}: ${objects.length === 1 ? 'one object' : `${objects.length} objects`} in ${changes.filter((change) => change.objects.length > 0).length} of ${changes.length} overlays${changes.some(({ variant }) => isDelivery(variant)) ? ' and folders of the delivery' : ''} (${counts.join(', ')}).`;
}
