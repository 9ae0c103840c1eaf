/** A diff for people, for a pull request, and for programs. */
import { diffLines } from 'diff';
import {
  type ChangeClass,
  CLASSES,
  type FieldChange,
  isOverlay,
  type ObjectChange,
  plainName,
  printable,
  summarize,
  type VariantChange,
  worse,
} from '../../changes/index.js';
import { isDelivery } from '../../plan/plan.js';
import { changedValue } from '../shared/changed-values.js';
import { colours } from '../shared/colours.js';
import { code, html, plain } from '../shared/markdown.js';

/** What is compared, and what came of it. */
export interface Report {
  /** Its registry.yaml. */
  registry: string;
  from: string;
  to: string;
  changes: VariantChange[];
}

/** Objects that change alike in some overlays. */
interface Group {
  variants: string[];
  state: VariantChange['state'];
  objects: ObjectChange[];
}

const NAMES: Record<ChangeClass, string> = {
  safe: 'safe',
  'rolls-pods': 'rolls pods',
  'opens-access': 'opens access',
  'needs-recreate': 'needs recreate',
  'deletes-data': 'deletes data',
};
const SIGNS = { added: '+', changed: '~', removed: '-' };
/** Lines of a changed text that are shown, and characters of a value. */
const MOST_LINES = 12;
const MOST_CHARACTERS = 160;

const paint: Record<ChangeClass, (text: string) => string> = {
  safe: colours.green,
  'rolls-pods': colours.yellow,
  'opens-access': colours.magenta,
  'needs-recreate': colours.red,
  'deletes-data': colours.red,
};

/** @returns what overlays share once: the overlays that change alike, object by object. */
function grouped(changes: readonly VariantChange[]): Group[] {
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

function titleOf({ variants, state }: Group, { changes }: Report): string {
  const there = changes.filter(({ variant, state: whole }) => isOverlay(variant) && whole === undefined);
  const names =
    variants.length === there.length && variants.length > 1 && variants.every(isOverlay)
      ? 'all overlays'
      : variants.join(', ');
  return state === undefined ? names : `${names} (${state === 'added' ? 'new: nothing of it runs yet' : 'removed'})`;
}

/** Overlays that change alike are often told apart by their namespaces alone. */
function nameOf({ object }: ObjectChange, { variants }: Pick<Group, 'variants'> = { variants: [] }): string {
  const { namespace } = object.metadata;
  return printable(`${object.kind}/${plainName(object)}${namespace && variants.length < 2 ? ` in ${namespace}` : ''}`);
}

function worstOf(objects: readonly ObjectChange[]): ChangeClass {
  return objects.reduce<ChangeClass>((one, { class: other }) => worse(one, other), 'safe');
}

export function asText(report: Report): string {
  const lines: string[] = [];
  for (const group of grouped(report.changes)) {
    lines.push(colours.bold(printable(titleOf(group, report))));
    for (const object of group.state === 'added' ? [] : group.objects) {
      lines.push(
        `  ${SIGNS[object.change]} ${nameOf(object, group)}  ${paint[object.class](NAMES[object.class])}${object.why ? `: ${printable(object.why)}` : ''}`,
      );
      if (object.remedy) lines.push(`      to do: ${printable(object.remedy)}`);
      for (const field of object.fields) lines.push(...fieldLines(field));
    }
    if (group.state === 'added') lines.push(`  + ${group.objects.length} objects`);
    lines.push('');
  }
  return `${[...lines, totals(report)].join('\n')}\n`;
}

function fieldLines(field: FieldChange): string[] {
  const of = printable(`${field.inner ? `${String(field.path[1])}: ` : ''}${field.label}`);
  const why = field.why ? `  ${paint[field.class](NAMES[field.class])}: ${printable(field.why)}` : '';
  const remedy = field.remedy ? [`        to do: ${printable(field.remedy)}`] : [];
  const lines = textLines(field);
  if (lines) return [`      ${of}:${why}`, ...lines.map((line) => `        ${printable(line)}`), ...remedy];
  return [`      ${of}: ${printable(changed(field))}${why}`, ...remedy];
}

/** @returns the changed lines of a text of several; undefined for another value. */
function textLines({ before, after }: FieldChange): string[] | undefined {
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

function changed({ before, after }: FieldChange): string {
  return changedValue(before, after, value, MOST_CHARACTERS);
}

function value(of: unknown): string {
  if (of === undefined) return '(none)';
  const text = typeof of === 'string' ? of : JSON.stringify(of);
  return text.length > MOST_CHARACTERS ? `${text.slice(0, MOST_CHARACTERS - 3)}...` : text;
}

function totals({ from, to, changes }: Report): string {
  const objects = changes.flatMap((change) => change.objects);
  const states = changes.filter(({ state }) => state !== undefined).length;
  if (objects.length === 0 && states === 0) return `Nothing would change in the cluster, from ${from} to ${to}.`;
  const counts = CLASSES.flatMap((name) => {
    const count = objects.filter((object) => object.class === name).length;
    return count > 0 ? [`${count} ${NAMES[name]}`] : [];
  });
  return `From ${from} to ${to}: ${objects.length === 1 ? 'one object' : `${objects.length} objects`} in ${changes.filter((change) => change.objects.length > 0).length} of ${changes.length} overlays${changes.some(({ variant }) => isDelivery(variant)) ? ' and folders of the delivery' : ''} (${counts.join(', ')}).`;
}

/** For a comment on a pull request: the worst first, details folded. */
export function asMarkdown(report: Report): string {
  const groups = grouped(report.changes);
  const worst = worstOf(report.changes.flatMap(({ objects }) => objects));
  const lines = [`### Registry: ${groups.length === 0 ? 'nothing changes in the cluster' : `**${NAMES[worst]}**`}`, ''];
  if (groups.length > 0) lines.push(plain(summarize(report.changes)), '');
  const remedies = [
    ...new Set(
      groups.flatMap(({ objects }) =>
        objects.flatMap((object) =>
          [object, ...object.fields].flatMap(({ why, remedy }) =>
            remedy ? [`- ${plain(`${nameOf(object)}: ${why}`)}. **To do:** ${plain(remedy)}`] : [],
          ),
        ),
      ),
    ),
  ];
  if (remedies.length > 0) lines.push(...remedies, '');
  for (const group of groups) {
    lines.push(
      `<details${worstOf(group.objects) === 'safe' ? '' : ' open'}><summary><b>${html(titleOf(group, report))}</b>: ${NAMES[worstOf(group.objects)]}</summary>`,
      '',
      '| object | field | before | after | class |',
      '|---|---|---|---|---|',
    );
    for (const object of group.state === 'added' ? [] : group.objects) {
      const name = `${SIGNS[object.change]} ${plain(nameOf(object, group))}`;
      if (object.fields.length === 0 || object.why) lines.push(row(name, '', '', '', classOf(object)));
      for (const field of object.fields) {
        lines.push(row(name, plain(field.label), ...cells(field), classOf(field)));
      }
    }
    if (group.state === 'added') lines.push(row(`+ ${group.objects.length} objects`, '', '', '', 'safe'));
    lines.push('', '</details>', '');
  }
  lines.push(`<sub>${plain(totals(report))}</sub>`);
  return `${lines.join('\n')}\n`;
}

function row(...cells: string[]): string {
  return `| ${cells.join(' | ')} |`;
}

/** @returns what a field was and is; of a text or a list of which a part changes only that, as it is. */
function cells(field: FieldChange): [before: string, after: string] {
  const text = textLines(field);
  if (text) return ['', text.map(code).join('<br>')];
  const { before, after } = field;
  const whole = changed(field) === `${value(before)} -> ${value(after)}`;
  return whole ? [cell(before), cell(after)] : ['', code(changed(field))];
}

function cell(of: unknown): string {
  return of === undefined ? '' : code(value(of));
}

function classOf({ class: name, why }: Pick<FieldChange, 'class' | 'why'>): string {
  return `${NAMES[name]}${why ? `: ${plain(why)}` : ''}`;
}

export function asJson({ from, to, changes }: Report): string {
  const worst = worstOf(changes.flatMap(({ objects }) => objects));
  const overlays = changes.map(({ variant, state, objects }) => ({
    overlay: variant,
    ...(state ? { state } : {}),
    class: worstOf(objects),
    objects: objects.map(
      ({ change, object: { apiVersion, kind, metadata }, class: worstClass, why, remedy, fields }) => ({
        change,
        apiVersion,
        kind,
        name: metadata.name,
        ...(metadata.namespace ? { namespace: metadata.namespace } : {}),
        class: worstClass,
        ...(why ? { why } : {}),
        ...(remedy ? { remedy } : {}),
        fields: fields.map(({ path, inner, label, before, after, class: fieldClass, why: reason, remedy: todo }) => ({
          path,
          ...(inner ? { inner } : {}),
          label,
          before,
          after,
          class: fieldClass,
          ...(reason ? { why: reason } : {}),
          ...(todo ? { remedy: todo } : {}),
        })),
      }),
    ),
  }));
  return `${JSON.stringify({ from, to, class: worst, summary: summarize(changes), overlays }, null, 2)}\n`;
}
