/** What is copied from one environment to the next, and what never is. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { fieldsOf } from '../../generator/config/index.js';
import { KEPT, promotable } from '../../generator/fleet/index.js';

const test = suite('fields that are promoted');
const names = (asked?: string[]): string[] => promotable(asked).map(({ path }) => path.join('.'));

test('are these, and a new field is looked at before it is one', () => {
  assert.equal(names(), [
    'image',
    'version',
    'drainSeconds',
    'auth.type',
    'auth.realm',
    'gc.enabled',
    'gc.dryRun',
    'gc.deleteUntagged',
    'gc.graceSeconds',
    'gc.minimumGarbage',
    'gc.retention.dryRun',
    'gc.retention.rules',
    'gc.deadlineSeconds',
    'gc.image',
    'redis.type',
    'redis.image',
    'redis.failover',
    'metrics.enabled',
    'metrics.image',
    'metrics.podMonitor',
  ]);
});

test('are others where they are named, but never those by which an environment is known', () => {
  assert.equal(names(['replicas', 'resources.cpu']), ['replicas', 'resources.cpu']);
  assert.equal(names(['tls']).sort(), ['tls.issuer', 'tls.issuerKind', 'tls.type']);
  for (const { field } of KEPT.filter(({ never }) => never))
    assert.throws(() => promotable([field]), `--field ${field}: this is never copied, as `);
  assert.throws(() => promotable(['imag']), 'there is no such field; did you mean "image"?');
});

test('every field that is kept is one', () => {
  const all = fieldsOf().map(({ path }) => path.join('.'));
  for (const { field } of KEPT)
    assert.ok(
      all.some((name) => name === field || name.startsWith(`${field}.`)),
      field,
    );
});

test.run();
