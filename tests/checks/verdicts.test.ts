/** The checks judge objects that people wrote as the API server did. `npm run e2e:apiserver` asks it again. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { check, type Finding, formatPath, schemaRules, Validators } from '../../generator/checks/index.js';
import { readVerdicts } from '../support/objects/verdicts.js';

const test = suite('verdicts of an API server');
const validators = new Validators();
const ids = new Set(schemaRules.map(({ id }) => id));
/** The minor of the server that was asked. */
const target = { first: 37, last: 37 };

const judged = readVerdicts();
const errorsOf = async (object: (typeof judged)[number]['object']): Promise<Finding[]> =>
  (await check({ objects: [object], target }, validators)).filter(
    ({ rule, severity }) => severity === 'error' && ids.has(rule),
  );

test('what it accepts is never called an error', async () => {
  const wrong: string[] = [];
  for (const { object } of judged.filter(({ verdict }) => verdict === 'accepted')) {
    for (const { rule, path, message } of await errorsOf(object))
      wrong.push(`${rule} ${formatPath(path)}: ${message}\n  ${JSON.stringify(object)}`);
  }
  assert.equal(wrong, []);
});

test('what it refuses is found', async () => {
  for (const { object } of judged.filter(({ verdict }) => verdict === 'refused')) {
    assert.ok((await errorsOf(object)).length > 0, `nothing is found in ${JSON.stringify(object)}`);
  }
});

test('of what it refuses at least 98% is found, and what is missed is listed', async () => {
  const missed = judged.filter(({ verdict }) => verdict === 'missed');
  for (const { object } of missed)
    assert.equal(await errorsOf(object), [], `this is found now: move it to refused: ${JSON.stringify(object)}`);
  const refused = judged.filter(({ verdict }) => verdict === 'refused').length;
  assert.ok(refused / (refused + missed.length) >= 0.98, `${refused} of ${refused + missed.length} are found`);
});

test.run();
