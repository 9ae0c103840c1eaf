/** Files of defaults that several registries share. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readConfig } from '../../generator/config/index.js';
import { makePlan } from '../../generator/plan/index.js';
import { bytesOf, problemsOf } from '../support/config.js';

const test = suite('files of defaults');

/** @returns a reader of files that are given: path relative to registry.yaml -> text. */
const reader =
  (files: Record<string, string>) =>
  (path: string): string => {
    if (files[path] === undefined) throw new Error('there is no such file');
    return files[path];
  };
const read = (text: string, files: Record<string, string>) =>
  readConfig(bytesOf(text), 'registries/a/registry.yaml', reader(files));

test('lie below what registry.yaml states, field by field, and below the overlays', () => {
  const { base, overlays, defaults } = read(
    'defaults: ../defaults.yaml\nreplicas: 3\nresources: {cpu: "1"}\noverlays: {b: {host: b.example.com}}\n',
    {
      '../defaults.yaml':
        'host: a.example.com\nreplicas: 5\nresources: {cpu: "2", memory: 1Gi}\ngc: {schedule: "0 1 * * *"}\n',
    },
  );
  assert.equal([base.host, base.replicas, base.resources.cpu, base.resources.memory], ['a.example.com', 3, '1', '1Gi']);
  assert.equal([overlays[0]!.settings.host, overlays[0]!.settings.resources.memory], ['b.example.com', '1Gi']);
  assert.equal(defaults, ['../defaults.yaml']);
});

test('may name others, each relative to itself, and the nearest wins', () => {
  const { base, defaults } = read('defaults: ../defaults.yaml\n', {
    '../defaults.yaml': 'defaults: shared/all.yaml\nreplicas: 4\n',
    '../shared/all.yaml': 'replicas: 5\nhost: all.example.com\nchecks: {crds: [crds/widgets.yaml]}\n',
  });
  assert.equal([base.replicas, base.host, base.checks.crds], [4, 'all.example.com', ['../shared/crds/widgets.yaml']]);
  assert.equal(defaults, ['../defaults.yaml', '../shared/all.yaml']);
});

test('give values a place of their own', () => {
  const config = read('defaults: ../defaults.yaml\noverlays: {b: {}}\n', {
    '../defaults.yaml': '\nhost: a.example.com\n',
  });
  assert.equal(config.placeOf('b', 'host'), { file: 'registries/defaults.yaml', line: 2, column: 1, path: 'host' });
  assert.is(config.placeOf('base', 'replicas'), undefined);
});

test('that lead in a circle are refused, through registry.yaml too', async () => {
  const circle = reader({
    '../defaults.yaml': 'defaults: a/registry.yaml\n',
    '../a/registry.yaml': 'defaults: ../defaults.yaml\n',
  });
  assert.match(
    await problemsOf('defaults: ../defaults.yaml\n', circle),
    'the files of defaults form a cycle: ../defaults.yaml -> ../a/registry.yaml -> ../defaults.yaml',
  );
  assert.match(
    await problemsOf('defaults: x/a.yaml\n', () => 'defaults: x/a.yaml\n'),
    'more than 10 nested files of defaults',
  );
});

test('are reported with registry.yaml: all problems of all, each in its file', async () => {
  const reported = await problemsOf('defaults: d.yaml\nreplicas: x\n', reader({ 'd.yaml': 'host: [\n' }));
  assert.match(reported, /^registry\.yaml:2:11: replicas: /);
  assert.match(reported, /^d\.yaml:\d+:\d+: invalid YAML/m);
});

test('may hold an exception that another registry needs, and a bucket that another chooses', async () => {
  const files = {
    'd.yaml':
      'checks: {ignore: {registry-auth: A private network.}}\nstorage: {s3: {bucket: images, region: eu-central-1}}\n',
  };
  assert.equal(
    (await makePlan(bytesOf('defaults: d.yaml\n'), 'registry.yaml', { readBeside: reader(files) })).unused,
    [],
  );
  assert.is(
    (await makePlan(bytesOf('checks: {ignore: {registry-auth: A private network.}}\n'), 'registry.yaml')).unused.length,
    1,
  );
});

test.run();
