import type { FieldChange } from '../../changes/index.js';
import { printable } from '../../model/index.js';
import { colours } from '../shared/colours.js';

import { grouped, nameOf, NAMES, paint, type Report, SIGNS, textLines, titleOf, totals, changed } from './report.js';

/** For a terminal, or a log. */
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
