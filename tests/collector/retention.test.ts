import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { expiredTags, parseRules, type Rule } from '../../generator/collector/retention.mjs';
import type { Entry, Repository } from '../../generator/collector/snapshot.mjs';
import { DAY, digestOf, HOUR } from '../support/collector/registry-folder.js';

const test = suite('retention');
const NOW = Date.parse('2026-11-27T12:00:00Z');

/** @param ages tag -> milliseconds since its push */
function repository(name: string, ages: Record<string, number>): Repository {
  const tags = new Map<string, Entry>(
    Object.entries(ages).map(([tag, age]) => [tag, { digest: digestOf(tag), time: NOW - age }]),
  );
  return { name, tags, broken: [], manifests: new Map(), hidden: new Set(), hasLayers: true };
}

function gone(rule: Partial<Rule> | Rule[], ages: Record<string, number>, name = 'app'): string[] {
  const rules = parseRules(JSON.stringify(Array.isArray(rule) ? rule : [{ repositories: ['**'], ...rule }]));
  return [...expiredTags(repository(name, ages), rules, () => true, NOW).keys()].sort();
}

const AGES = { v1: 100 * DAY, v2: 50 * DAY, v3: 10 * DAY, v4: DAY };

test('deleteOlderThan: what is older goes, what is as old stays', () => {
  assert.equal(gone({ deleteOlderThan: '30d' }, AGES), ['v1', 'v2']);
  assert.equal(gone({ deleteOlderThan: '50d' }, AGES), ['v1']);
  assert.equal(gone({ deleteOlderThan: '50d' }, { ...AGES, v2: 50 * DAY + 1 }), ['v1', 'v2']);
});

test('keepPushedWithin: what was pushed since stays, at the boundary too', () => {
  assert.equal(gone({ keepPushedWithin: '10d' }, AGES), ['v1', 'v2']);
  assert.equal(gone({ keepPushedWithin: '10d' }, { ...AGES, v3: 10 * DAY + 1 }), ['v1', 'v2', 'v3']);
});

test('keepNewest: so many stay, by the time of their push', () => {
  assert.equal(gone({ keepNewest: 1 }, AGES), ['v1', 'v2', 'v3']);
  assert.equal(gone({ keepNewest: 3 }, AGES), ['v1']);
  assert.equal(gone({ keepNewest: 9 }, AGES), []);
  assert.equal(gone({ keepNewest: 1 }, { a: DAY, b: 3 * DAY, c: 2 * DAY }), ['b', 'c']);
});

test('keepNewest: of those pushed at the same time the last by name stays', () => {
  assert.equal(gone({ keepNewest: 1 }, { a: DAY, c: DAY, b: DAY }), ['a', 'b']);
});

test('keepNewest counts only tags that the rule is for', () => {
  assert.equal(gone({ keepNewest: 1, tags: ['v*'] }, { v1: 9 * DAY, v2: 8 * DAY, latest: DAY }), ['v1']);
});

test('keepTags: they stay, and count among the newest', () => {
  assert.equal(gone({ keepTags: ['v1', 'latest'] }, { ...AGES, latest: 200 * DAY }), ['v2', 'v3', 'v4']);
  assert.equal(gone({ keepTags: ['v4'], keepNewest: 1 }, AGES), ['v1', 'v2', 'v3']);
});

test('tags: no other tag goes', () => {
  assert.equal(gone({ tags: ['pr-*'], deleteOlderThan: '1d' }, { 'pr-1': 2 * DAY, main: 2 * DAY }), ['pr-1']);
});

test('every keep counts', () => {
  const rule = { keepNewest: 1, keepTags: ['v1'], keepPushedWithin: '20d', deleteOlderThan: '5d' };
  assert.equal(gone(rule, AGES), ['v2']);
});

test('the first rule that names a repository is the one for it', () => {
  const rules = [
    { repositories: ['team/keep'], keepTags: ['*'] },
    { repositories: ['team/*'], deleteOlderThan: '1d' },
    { repositories: ['**'], deleteOlderThan: '60d' },
  ];
  assert.equal(gone(rules, AGES, 'team/keep'), []);
  assert.equal(gone(rules, AGES, 'team/app'), ['v1', 'v2', 'v3']);
  assert.equal(gone(rules, AGES, 'team/app/part'), ['v1']);
  assert.equal(gone(rules.slice(0, 2), AGES, 'other'), []);
});

test('globs match the whole name, and no more than they say', () => {
  const matched = (glob: string, name: string): boolean =>
    gone([{ repositories: [glob], deleteOlderThan: '1h' }], { v1: DAY }, name).length > 0;
  for (const [glob, name] of [
    ['app', 'app'],
    ['a?p', 'app'],
    ['*', 'app'],
    ['**', 'a/b/c'],
    ['a/**', 'a/b/c'],
    ['a/*/c', 'a/b/c'],
    ['a.b', 'a.b'],
  ] as const)
    assert.ok(matched(glob, name), `${glob} ${name}`);
  for (const [glob, name] of [
    ['app', 'apps'],
    ['app', 'my-app'],
    ['*', 'a/b'],
    ['a?b', 'a/b'],
    ['a.b', 'axb'],
    ['a/**', 'a'],
    ['(a|b)', 'a'],
  ] as const)
    assert.not.ok(matched(glob, name), `${glob} ${name}`);
});

test('durations are hours, days and weeks', () => {
  const ages = { a: HOUR + 1, b: DAY + 1, c: 7 * DAY + 1 };
  assert.equal(gone({ deleteOlderThan: '1h' }, ages), ['a', 'b', 'c']);
  assert.equal(gone({ deleteOlderThan: '1d' }, ages), ['b', 'c']);
  assert.equal(gone({ deleteOlderThan: '1w' }, ages), ['c']);
  for (const wrong of ['30', '30m', '-1d', '1.5d', 'd', '1 d', '1d1h'])
    assert.throws(() => gone({ deleteOlderThan: wrong }, AGES), /deleteOlderThan: expected a duration/);
});

test('a tag from the future stays', () => {
  assert.equal(gone({ deleteOlderThan: '1h' }, { v1: -DAY }), []);
});

test('tags that follow an image neither go by a rule nor count', () => {
  const rules = parseRules('[{"repositories":["**"],"keepNewest":1}]');
  const tags = repository('app', { v1: 2 * DAY, v2: DAY, 'sha256-x.sig': 0 });
  assert.equal([...expiredTags(tags, rules, (tag) => tag.startsWith('v'), NOW).keys()], ['v1']);
});

test('the reason names the push and the rule', () => {
  const rules = parseRules('[{"repositories":["**"],"keepNewest":1,"deleteOlderThan":"2d","keepTags":["x"]}]');
  const reason = expiredTags(repository('app', { v1: 3 * DAY, v2: 0 }), rules, () => true, NOW).get('v1');
  assert.is(reason, 'pushed 2026-11-24T12:00:00.000Z: older than 2d, not among the newest 1, none of x');
});

test('what is not understood removes nothing', () => {
  const refused = (rule: object, why: RegExp): void =>
    assert.throws(() => parseRules(JSON.stringify([{ repositories: ['**'], ...rule }])), why);
  refused({ keepNewest: 1, keepLabels: ['x'] }, /rule 1: keepLabels is not known/);
  refused({}, /would remove every tag/);
  refused({ tags: ['x'] }, /would remove every tag/);
  refused({ keepTags: [] }, /keepTags: expected a list of globs/);
  for (const keepNewest of [0, -1, 1.5, '3']) refused({ keepNewest }, /keepNewest: expected a number/);
  refused({ keepTags: 'v*' }, /keepTags: expected a list of globs/);
  refused({ keepTags: [''] }, /keepTags: expected a list of globs/);
  refused({ keepPushedWithin: '' }, /keepPushedWithin: expected a duration/);
  refused({ repositories: undefined, keepNewest: 1 }, /repositories: expected a list of globs/);
  assert.throws(() => parseRules('{}'), /expected a list of rules/);
  assert.throws(() => parseRules('[null]'), /rule 1: expected an object/);
  assert.throws(() => parseRules('no'));
});

test.run();
