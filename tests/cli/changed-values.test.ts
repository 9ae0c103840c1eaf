import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { changedValue } from '../../generator/cli/shared/changed-values.js';

const test = suite('a value that changes, on one line');
const print = (value: unknown): string => {
  if (value === undefined) return 'none';
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > 40 ? `${text.slice(0, 37)}...` : text;
};
const changed = (before: unknown, after: unknown): string => changedValue(before, after, print, 40);
const args = Array.from({ length: 20 }, (_, index) => `--option-${index}`);

test('what is short is printed whole', () => {
  assert.is(changed('256Mi', '512Mi'), '256Mi -> 512Mi');
  assert.is(changed(undefined, 3), 'none -> 3');
  assert.is(changed(['a'], ['a', 'b']), '["a"] -> ["a","b"]');
});

test('of a long list only the items that differ, with their number', () => {
  assert.is(changed(args, [...args, '--more']), '20 -> 21 items: added --more');
  assert.is(changed(args, args.slice(0, 18)), '20 -> 18 items: removed --option-18, --option-19');
  assert.is(changed(args, args.with(3, '--else')), '20 items: changed --option-3 -> --else');
  assert.is(changed(args, []), '20 -> 0 items: removed --option-0, --option-1, --option-2, --option-3 and 16 more');
  assert.is(
    changed(args, ['--first', ...args.with(9, '--else').slice(0, 19)]),
    '20 items: changed --option-9 -> --else; added --first; removed --option-19',
  );
});

test('items with a name are called by it, and a list that comes or goes is a list', () => {
  const containers = [{ name: 'redis', image: 'redis:7.2.16-alpine', imagePullPolicy: 'IfNotPresent' }];
  assert.is(changed(undefined, containers), '0 -> 1 item: added redis');
  assert.is(changed(containers, undefined), '1 -> 0 items: removed redis');
});

test('of a text of several lines only those that differ', () => {
  assert.is(changed('one\ntwo\nthree', 'one\n2\nthree'), '3 lines: changed two -> 2');
});

test('values that are cut are printed from where they differ', () => {
  const long = 'registry.example.com/'.repeat(4);
  assert.is(changed(`${long}one`, `${long}two`), '...example.com/one -> ...example.com/two');
});

test.run();
