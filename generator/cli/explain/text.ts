/** How the answers of `explain` look. */
import { changedValue } from '../shared/changed-values.js';
import { colours } from '../shared/colours.js';

export const SIGNS = { added: colours.green('+'), changed: colours.yellow('~'), removed: colours.red('-') };

/** Characters of a value that are shown. */
const LONGEST = 60;

/** @returns a value as a person writes it, on one line and not too long. */
export function said(value: unknown): string {
  if (value === undefined) return 'none';
  if (value === '') return 'empty';
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  if (text.includes('\n')) return `${text.split('\n').length} lines`;
  return text.length > LONGEST ? `${text.slice(0, LONGEST - 3)}...` : text;
}

/** @returns a value and what becomes of it, on one line: of long lists the items that differ. */
export function saidChange(before: unknown, after: unknown): string {
  return changedValue(before, after, said, LONGEST);
}

/** @returns a heading and lines below it; nothing where there are no lines. */
export function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ['', colours.bold(title), ...lines.map((line) => `  ${line}`)];
}

/** @returns rows with their cells below each other. */
export function columns(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, index) => Math.min(40, Math.max(...rows.map((row) => row[index]!.length))));
  return rows.map((row) =>
    row
      .map((cell, index) => (index === row.length - 1 ? cell : cell.padEnd(widths[index]!)))
      .join('  ')
      .trimEnd(),
  );
}
