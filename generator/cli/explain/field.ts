import type { FieldChange, ObjectChange } from '../../changes/index.js';
import { rules, schemaRules } from '../../checks/index.js';
import { type Field, fieldsOfSchema, type Place } from '../../config/index.js';
import { type Effect, effectsOf, isOfDelivery, keysOf, nameOf, variantsThatChoose } from '../../trace/index.js';
import { colours } from '../shared/colours.js';
import type { Here } from './here.js';
import { columns, said, saidChange, section, SIGNS } from './text.js';

/** What a variant has of a field. */
interface Value {
  variant: string;
  /** As written; of a field that is not written its default. */
  value: unknown;
  /** What the empty value stands for. */
  derived?: unknown;
  /** Null: it is the default. */
  place: Place | null;
}

/** All that there is to say of a field of registry.yaml. */
export interface FieldAnswer {
  kind: 'field';
  field: Field;
  /** Its own fields, where it is a map. */
  fields: string[];
  /** Rules whose text names it. */
  namedBy: string[];
  /** Null: there is no registry.yaml here. */
  here: { values: Value[]; effects: Effect[] } | null;
}

/** @param here undefined: there is no registry.yaml to look at */
export async function explainField(field: Field, here: Here | undefined): Promise<FieldAnswer> {
  const inner = fieldsOfSchema()
    .map(({ path }) => path)
    .filter((path) => path.startsWith(`${field.path}.`) && !path.slice(field.path.length + 1).includes('.'));
  const name = new RegExp(`(^|[^\\w.-])${field.path.replace(/[.[\]]/g, '\\$&')}(?![\\w-]|\\.\\w)`);
  const namedBy = [...rules, ...schemaRules]
    .filter(({ title, why, fix }) => field.path.includes('.') && [title, why, fix].some((text) => name.test(text)))
    .map(({ id }) => id);
  return { kind: 'field', field, fields: inner, namedBy, here: here ? await lookHere(field, here) : null };
}

async function lookHere(asked: Field, { whatIf, variants, brokenRules }: Here): Promise<FieldAnswer['here']> {
  // An item of a list is chosen with the list.
  const [list] = asked.path.split('[]');
  const field = fieldsOfSchema().find(({ path }) => path === list)!;
  const keys = keysOf(field);
  const choosing = variantsThatChoose(whatIf, field).filter((variant) => variants.includes(variant));
  const values = choosing.map((variant): Value => {
    const written = whatIf.written(variant, keys);
    const value = written ?? field.default;
    const derived =
      value === ''
        ? keys.reduce<unknown>(
            (at, key) => (at as Record<string, unknown> | undefined)?.[key],
            whatIf.settings(variant),
          )
        : undefined;
    return {
      variant,
      value,
      ...(typeof derived === 'string' && derived !== '' ? { derived } : {}),
      place: whatIf.placeOf(variant, keys) ?? null,
    };
  });
  return { values, effects: isOfDelivery(field) ? [] : await effectsOf(whatIf, field, choosing, brokenRules) };
}

/** @returns the answer for a person. */
export function fieldText({ field, fields, namedBy, here }: FieldAnswer): string {
  const { path, title, description, examples } = field;
  return [
    `${colours.bold(path)}: ${title}`,
    `  ${kindOf(field)}`,
    `  ${description}`,
    ...(examples.length > 0 ? [`  For example: ${examples.map(said).join(', ')}`] : []),
    ...section('Its fields', fields),
    ...(here ? section('Value', valueLines(here.values)) : []),
    ...(here
      ? section(
          'What another value changes',
          isOfDelivery(field)
            ? ['Objects in the folder delivery alone: `generate --dry-run` names them.']
            : effectLines(here.effects),
        )
      : []),
    ...section('Rules', ruleLines(namedBy, here?.effects ?? [])),
    '',
  ].join('\n');
}

function kindOf({ type, values, expected, default: value, required }: Field): string {
  const what = values ? `one of ${values.join(', ')}` : expected ? `${type}: ${expected}` : type;
  return required
    ? `${what}; required`
    : value === undefined || type === 'map'
      ? what
      : `${what}; default ${said(value)}`;
}

function valueLines(values: readonly Value[]): string[] {
  const groups = new Map<string, string[]>();
  for (const { variant, value, derived, place } of values) {
    const key = JSON.stringify([
      `${said(value)}${derived === undefined ? '' : ` (which results in ${said(derived)})`}`,
      place ? `${place.file}:${place.line}:${place.column}` : 'default',
    ]);
    groups.set(key, [...(groups.get(key) ?? []), variant]);
  }
  return columns(
    [...groups].map(([key, variants]) => {
      const [value, where] = JSON.parse(key) as [string, string];
      return [value, where, variants.join(', ')];
    }),
  );
}

/** Objects that are named one by one. */
const NAMED = 12;
const MOST_FIELDS = 6;

function effectLines(effects: readonly Effect[]): string[] {
  /** What a change does, as lines, and where it was printed. */
  const printed = new Map<string, string>();
  return effects.flatMap(({ variants, from, to, refused, alone, objects }) => {
    const head = `${saidChange(from, to)}${alone ? ', without the fields beside it' : ''}, in ${variants.join(', ')}:`;
    if (refused !== undefined) return [`${head} refused alone: ${refused}`];
    if (objects.length === 0) return [`${head} no object`];
    const more = objects.length - NAMED;
    const lines = [
      ...objects.slice(0, NAMED).flatMap((change) => changeLines(change)),
      ...(more > 0 ? [`  and ${more} more objects (--json names them)`] : []),
    ];
    const key = JSON.stringify([from, to, lines]);
    const same = printed.get(key);
    if (same !== undefined && lines.length > 1) return [`${head} the same as in ${same}`];
    printed.set(key, variants.join(', '));
    return [head, ...lines];
  });
}

function changeLines({ change, object, class: worst, fields }: ObjectChange): string[] {
  const first = `  ${SIGNS[change]} ${nameOf(object)}`;
  const note = worst === 'safe' ? '' : ` ${colours.dim(`[${worst}]`)}`;
  if (change !== 'changed') return [`${first}${note}`];
  const [only] = fields;
  if (fields.length === 1) return [`${first}: ${fieldLine(only!)}${note}`];
  const more = fields.length - MOST_FIELDS;
  return [
    `${first}${note}`,
    ...fields.slice(0, MOST_FIELDS).map((field) => `      ${fieldLine(field)}`),
    ...(more > 0 ? [`      and ${more} more fields`] : []),
  ];
}

/** Of a ConfigMap's name the hash alone changes, which says nothing to a person. */
function fieldLine({ label, before, after }: FieldChange): string {
  const renamed = label.endsWith('configMap.name') && before !== undefined && after !== undefined;
  return renamed ? `${label}: another hash` : `${label}: ${saidChange(before, after)}`;
}

function ruleLines(namedBy: readonly string[], effects: readonly Effect[]): string[] {
  const lines = namedBy.map((id) => `${id} names it`);
  for (const { variants, to, breaks, mends } of effects) {
    for (const id of breaks) lines.push(`${id} is broken by ${said(to)}, in ${variants.join(', ')}`);
    for (const id of mends) lines.push(`${id} is kept with ${said(to)}, and is not now, in ${variants.join(', ')}`);
  }
  return lines;
}
