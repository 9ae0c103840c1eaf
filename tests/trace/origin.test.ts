/** Where an object comes from, compared with the tree as it is on disk. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { fieldsOfSchema } from '../../generator/config/index.js';
import { buildModel } from '../../generator/features/index.js';
import { finish } from '../../generator/kustomize/index.js';
import { fieldsWithSay, nameOf, sharesIn, WhatIf } from '../../generator/trace/index.js';
import { bytesOf, shipped } from '../support/config.js';
import { randomConfigs } from '../support/configs.js';

const test = suite('where an object comes from');
const askedOf = (text: string): WhatIf =>
  new WhatIf({ bytes: bytesOf(text), file: 'registry.yaml', build: (settings) => finish(buildModel(settings), []) });
const saysOf = (variant: string, name: string, path: (string | number)[] = []): string[] =>
  fieldsWithSay(askedOf(shipped), fieldsOfSchema(), variant, name, path).map(({ field }) => field);

test('every object of every variant is made by exactly one feature, which comes first', () => {
  for (const text of [shipped, ...randomConfigs(10, 5)]) {
    const whatIf = askedOf(text);
    for (const variant of whatIf.variants()) {
      for (const object of whatIf.objects(variant)) {
        const shares = sharesIn(whatIf.settings(variant), nameOf(object), []);
        assert.equal(shares.map(({ did }) => did).indexOf('made'), 0, `${nameOf(object)} in ${variant}`);
        assert.is(shares.filter(({ did }) => did === 'made').length, 1);
      }
    }
  }
});

test('features are the ones whose files speak of the object', () => {
  const { settings } = ((whatIf) => ({ settings: (variant: string) => whatIf.settings(variant) }))(askedOf(shipped));
  const featuresOf = (variant: string, name: string, path: (string | number)[] = []) =>
    sharesIn(settings(variant), name, path).map(({ feature }) => feature);
  assert.equal(featuresOf('base', 'Deployment/registry', ['spec', 'replicas']), ['workload']);
  assert.equal(featuresOf('tls', 'ManagedCertificate/registry'), ['tls']);
  assert.equal(featuresOf('tls', 'StatefulSet/registry-redis'), ['redis-statefulset']);
  assert.is(featuresOf('base', 'CronJob/registry-gc')[0], 'gc');
  assert.ok(featuresOf('base', 'CronJob/registry-gc').includes('storage'));
  assert.ok(featuresOf('sidecar-redis', 'ConfigMap/registry-config').includes('redis-sidecar'));
});

test('fields with a say are those that change the object, or the value that is asked for', () => {
  assert.equal(saysOf('base', 'Deployment/registry', ['spec', 'replicas']), ['name', 'replicas']);
  assert.equal(
    saysOf('base', 'PersistentVolumeClaim/registry-data', ['spec', 'resources', 'requests', 'storage']).filter(
      (field) => field !== 'name',
    ),
    ['storage.size'],
  );
  assert.ok(saysOf('tls', 'Ingress/registry').includes('tls.type'));
  const whole = saysOf('no-tls', 'Ingress/registry');
  for (const field of ['host', 'ingress.class', 'ingress.annotations', 'namespace'])
    assert.ok(whole.includes(field), field);
  for (const field of ['replicas', 'redis.memory', 'gc.schedule']) assert.not(whole.includes(field), field);
});

test('a field is said to be where the variant has it from', () => {
  const says = fieldsWithSay(askedOf(shipped), fieldsOfSchema(), 'tls', 'StatefulSet/registry-redis', []);
  const lines = shipped.split('\n');
  const lineOf = (field: string): string | undefined => {
    const place = says.find((say) => say.field === field)!.place;
    return place && lines[place.line - 1];
  };
  assert.is(lineOf('redis.replicas'), '      replicas: 2');
  assert.is(lineOf('redis.memory'), undefined);
});

test.run();
