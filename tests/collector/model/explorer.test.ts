/** What walks through the states of a model is itself tried on numbers. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { explore } from './explorer.js';

const test = suite('explorer');

test('it returns a shortest trace, sees where nothing follows, and gives up at its limit', () => {
  const steps = (limit: number, wrong: number) =>
    explore(
      {
        initial: 1,
        next(state, step) {
          if (state < 100) for (const factor of [2, 3]) step(`times ${factor}`, state * factor);
        },
        key: String,
        violation: (state) => (state === wrong ? 'wrong' : undefined),
        stuck: (state) => (state === 162 ? 'stuck' : undefined),
      },
      limit,
    );
  assert.equal(steps(100, 18).violation, { what: 'wrong', trace: ['times 2', 'times 3', 'times 3'] });
  assert.equal(steps(100, 0).violation, {
    what: 'stuck',
    trace: ['times 2', 'times 3', 'times 3', 'times 3', 'times 3'],
  });
  assert.throws(() => steps(5, 0), /more than 5 states/);
});

test.run();
