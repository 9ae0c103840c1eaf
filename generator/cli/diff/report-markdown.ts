import { type FieldChange, summarize } from '../../changes/index.js';
import { code, html, plain } from '../shared/markdown.js';

import {
  changed,
  grouped,
  nameOf,
  NAMES,
  type Report,
  SIGNS,
  textLines,
  titleOf,
  totals,
  value,
  worstOf,
} from './report.js';

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
