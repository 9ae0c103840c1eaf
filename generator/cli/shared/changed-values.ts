/** A value that changes, on one line: of a long list or text the items or lines that differ, with their number. */
import { diffArrays } from 'diff';
import { isEqual } from '../../kustomize/index.js';

/** Items or lines that are named one by one. */
const NAMED = 4;
/** Characters that are printed before the first that differs. */
const LEAD = 12;

/**
 * @param print a single value, cut where it is too long
 * @param longest characters that a value may have to be printed whole
 * @returns such as `256Mi -> 512Mi`, or `17 -> 19 items: added "--redis", "registry-redis"`
 */
export function changedValue(
  before: unknown,
  after: unknown,
  print: (value: unknown) => string,
  longest: number,
): string {
  const [old, now] = [before ?? [], after ?? []];
  if (Array.isArray(old) && Array.isArray(now) && [old, now].some((list) => textOf(list).length > longest))
    return changedItems(old, now, 'item', (item) => nameOf(item) ?? print(item));
  if (isText(before) && isText(after) && before.includes('\n') && after.includes('\n'))
    return changedItems(before.split('\n'), after.split('\n'), 'line', (line) => print(String(line).trim()));
  const [one, other] = [print(before), print(after)];
  if (one !== other || before === undefined || after === undefined) return `${one} -> ${other}`;
  const start = Math.max(0, firstDifference(textOf(before), textOf(after)) - LEAD);
  const [left, right] = [before, after].map((value) => `...${print(textOf(value).slice(start))}`);
  return `${left} -> ${right}`;
}

function changedItems(
  before: unknown[],
  after: unknown[],
  word: 'item' | 'line',
  print: (item: unknown) => string,
): string {
  const changes: Record<'changed' | 'added' | 'removed', string[]> = { changed: [], added: [], removed: [] };
  let removed: unknown[] = [];
  const flush = (): void => {
    changes.removed.push(...removed.map(print));
    removed = [];
  };
  for (const run of diffArrays(before, after, { comparator: isEqual })) {
    if (run.removed) removed = run.value;
    // As many that come as go in one place are the same ones, changed.
    else if (run.added && removed.length === run.value.length) {
      changes.changed.push(...run.value.map((item, index) => changedValue(removed[index], item, print, 0)));
      removed = [];
    } else {
      flush();
      if (run.added) changes.added.push(...run.value.map(print));
    }
  }
  flush();
  const count = before.length === after.length ? `${after.length}` : `${before.length} -> ${after.length}`;
  const parts = Object.entries(changes).flatMap(([what, items]) =>
    items.length === 0 ? [] : [`${what} ${listed(items)}`],
  );
  return `${count} ${word}${after.length === 1 ? '' : 's'}: ${parts.join('; ')}`;
}

/** @returns what people call an item by: containers, variables and volumes have a name. */
function nameOf(item: unknown): string | undefined {
  const { name } = (typeof item === 'object' && item !== null ? item : {}) as { name?: unknown };
  return isText(name) ? name : undefined;
}

function listed(items: readonly string[]): string {
  const more = items.length - NAMED;
  return `${items.slice(0, NAMED).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

function firstDifference(one: string, other: string): number {
  let at = 0;
  while (at < one.length && one[at] === other[at]) at++;
  return at;
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}
