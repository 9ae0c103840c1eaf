import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { readOptions } from '../../generator/collector/options.mjs';
import { Volume } from '../../generator/collector/volume.mjs';
import { withFolder } from '../support/folder.js';

const test = suite('options');
const PLACE = ['--deployment', 'registry', '--lock', 'registry-gc-lock'];
const COMMAND = ['--', 'registry', 'garbage-collect', '--dry-run', '/config.yml'];
const volume = ['--volume', '/'];
const COLLECT = ['collect', ...PLACE, ...volume, ...COMMAND];
const read = (args: string[], env: Record<string, string> = {}) => readOptions(args, env);
/** @returns the arguments of a survey with some more. */
const survey = (...more: string[]): string[] => ['survey', ...volume, ...more, ...COMMAND];

test('what nobody says is as documented', () => {
  const { task, place, lock, redis, minimum, times, surveyed } = read(COLLECT);
  assert.is(task, 'collect');
  assert.is(place.deployment, 'registry');
  assert.is(lock, 'registry-gc-lock');
  assert.equal(redis, []);
  assert.is(minimum, 0);
  assert.equal([times.deadline, times.sweep], [900, 60]);
  assert.equal(surveyed!.policy, { deleteUntagged: false, grace: 86_400_000, rules: [] });
  assert.equal(surveyed!.preview, []);
  assert.equal(surveyed!.command, COMMAND.slice(1));
});

test('what someone says counts', () => {
  const { redis, minimum, times, surveyed } = read(
    survey(
      '--redis',
      'a:1',
      '--redis',
      'b:2',
      '--minimum',
      '1048576',
      '--grace',
      '1.5',
      '--deadline',
      '60',
      '--settle',
      '7',
    ).concat('--help'),
  );
  assert.equal(redis, ['a:1', 'b:2']);
  assert.is(minimum, 1_048_576);
  assert.equal([times.deadline, times.rollout], [60, 30]);
  assert.is(surveyed!.policy.grace, 1500);
  assert.is(surveyed!.storage.settle, 7);
  assert.ok(surveyed!.storage instanceof Volume);
  // All after `--` is the registry's.
  assert.is(surveyed!.command.at(-1), '--help');
  assert.ok(read(survey('--delete-untagged')).surveyed!.policy.deleteUntagged);
});

test('rules are carried out, or only reported', () =>
  withFolder((folder) => {
    const file = join(folder, 'rules.json');
    writeFileSync(file, '[{"repositories":["**"],"keepNewest":3}]');
    const rules = [{ repositories: ['**'], keepNewest: 3 }];
    const real = read(survey('--retention', file)).surveyed!;
    assert.equal([real.policy.rules, real.preview], [rules, []]);
    const preview = read(survey('--retention', file, '--retention-dry-run')).surveyed!;
    assert.equal([preview.policy.rules, preview.preview], [[], rules]);
    writeFileSync(file, '[{"repositories":["**"]}]');
    assert.throws(() => read(survey('--retention', file)), /rules\.json: rule 1: it has no keepNewest/);
    assert.throws(() => read(survey('--retention', join(folder, 'missing'))), /ENOENT/);
  }));

test('what cannot work is refused before anything is looked at, with what is wrong', () => {
  for (const [args, why] of [
    [['collect', ...PLACE, ...volume, '--redis', 'cache', ...COMMAND], /--redis cache is not HOST:PORT/],
    [['survey', ...volume, '--', 'registry', 'garbage-collect', '/config.yml'], /must be given --dry-run/],
    [['survey', ...volume, ...COMMAND, '--delete-untagged'], /must not be given --delete-untagged/],
    [['survey', ...volume, ...COMMAND, '-m'], /must not be given --delete-untagged/],
    [['survey', '--bucket', 'images', ...COMMAND], /--bucket needs --region/],
    [survey('--retention-dry-run'), /--retention-dry-run needs --retention/],
    [['survey', '--volume', '/not/there', ...COMMAND], /--volume \/not\/there is not there/],
    [survey('--grade', '1'), /Unknown option '--grade'\nusage: /],
  ] as const)
    assert.throws(() => read([...args]), why);
});

test('the API server is that of the cluster', () => {
  const env = { KUBERNETES_SERVICE_HOST: 'fd00::1', KUBERNETES_SERVICE_PORT: '6443' };
  assert.is(read(COLLECT, env).place.api, 'https://[fd00::1]:6443');
  assert.is(read(COLLECT, { KUBERNETES_SERVICE_HOST: '10.0.0.1' }).place.api, 'https://10.0.0.1:443');
});

test('recover needs the place alone', () => {
  assert.is(read(['recover', ...PLACE]).surveyed, undefined);
});

const WRONG: [what: string, args: string[]][] = [
  ['nothing', []],
  ['an unknown task', ['sweep', ...volume, ...COMMAND]],
  ['an unknown option', survey('--force')],
  ['no command', ['survey', ...volume]],
  ['a command that is not wanted', ['recover', ...PLACE, ...COMMAND]],
  ['no storage', ['survey', ...COMMAND]],
  ['two storages', survey('--bucket', 'b', '--region', 'r')],
  ['no deployment', ['collect', '--lock', 'l', ...volume, ...COMMAND]],
  ['no lock', ['collect', '--deployment', 'd', ...volume, ...COMMAND]],
  ['no deployment to recover', ['recover', '--lock', 'l']],
  ['a volume that is not there', ['survey', '--volume', '/not/there', ...COMMAND]],
  ...['grace', 'minimum', 'deadline', 'sweep', 'silence', 'settle'].flatMap((name) =>
    ['', ' ', '-1', '1d', 'NaN', 'Infinity'].map((value): [string, string[]] => [
      `--${name} "${value}"`,
      survey(`--${name}=${value}`),
    ]),
  ),
];

for (const [what, args] of WRONG) test(`refused: ${what}`, () => assert.throws(() => read(args)));

test('the program ends with 2 where it is called wrongly, and says how to call it', () => {
  const program = resolve('generator/collector/main.mts');
  const { status, stderr } = spawnSync(process.execPath, ['--import', 'tsx', program, 'survey', '--grace', 'long'], {
    encoding: 'utf8',
  });
  assert.is(status, 2);
  assert.match(stderr, 'usage: main.mjs');
});

test.run();
