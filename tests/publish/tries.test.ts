/** When a push is given up. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Tries } from '../../generator/publish/push/retry.js';

const test = suite('tries of a push');
const TARGET = { remote: 'origin', name: 'origin', ref: 'refs/heads/main', url: 'git@example.com:x.git' };

/** @param tips of the remote, one a second @returns times tried until it was given up, and what was said then */
function triesUntil(seconds: number, tips: (second: number) => string | undefined): { count: number; said: string } {
  let second = 0;
  const tries = new Tries(TARGET, seconds, () => second * 1000);
  try {
    for (; second < 2000; second++, tries.next()) {
      tries.goOnFrom(tips(second), 'failed to lock');
    }
    return { count: tries.count, said: '' };
  } catch (error) {
    return { count: tries.count, said: (error as Error).message };
  }
}

test('a branch that moves each time is tried for ten minutes', () => {
  const { count, said } = triesUntil(120, (second) => String(second));
  assert.is(count, 602);
  assert.match(
    said,
    'origin (git@example.com:x.git) moved for 10 minutes, each time that this was to be pushed (602 times); run again.',
  );
});

test('one that is locked and stands still is tried for twenty seconds, or as long as an answer may take', () => {
  assert.is(triesUntil(120, () => 'a').count, 22);
  assert.is(triesUntil(120, () => undefined).count, 22);
  const { count, said } = triesUntil(5, (second) => (second < 3 ? String(second) : 'a'));
  assert.is(count, 10);
  assert.match(said, 'its branch has not moved for 5 s: failed to lock\n');
});

test.run();
