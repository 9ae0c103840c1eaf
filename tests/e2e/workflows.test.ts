/** The workflows are ones that GitHub takes, ask for no more than they need, and name what is there. */
import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { parse } from 'yaml';
import { action, type ActionStep } from '../support/action.js';
import { run } from '../support/cli.js';
import { withFolder, writeFiles } from '../support/folder.js';
import { findProgram, testWith } from '../support/tools.js';

const test = suite('the workflows');
interface Workflow {
  on: Record<string, unknown>;
  permissions: Record<string, string>;
  jobs: Record<string, { steps: ActionStep[]; permissions?: Record<string, string>; 'timeout-minutes'?: number }>;
}
const FOLDER = '.github/workflows';
const paths = [...readdirSync(FOLDER).map((name) => join(FOLDER, name)), 'generator/init/workflow.yaml'];
const workflows = paths.map((path): [string, Workflow] => [path, parse(readFileSync(path, 'utf8')) as Workflow]);
const jobs = workflows.flatMap(([path, workflow]) =>
  Object.entries(workflow.jobs).map(([id, job]) => ({
    path,
    id,
    ...job,
    permissions: job.permissions ?? workflow.permissions,
  })),
);
const actionlint = findProgram('actionlint');

testWith(test, 'actionlint', actionlint !== undefined, 'actionlint finds nothing', () =>
  withFolder((folder) => {
    mkdirSync(join(folder, FOLDER), { recursive: true });
    mkdirSync(join(folder, '.github/actions/registry-gitops'), { recursive: true });
    copyFileSync(
      '.github/actions/registry-gitops/action.yml',
      join(folder, '.github/actions/registry-gitops/action.yml'),
    );
    spawnSync('git', ['init', '-q'], { cwd: folder });
    const copies = paths.map((path, index) => join(FOLDER, `${index}-${path.split('/').at(-1)}`));
    copies.forEach((copy, index) => copyFileSync(paths[index]!, join(folder, copy)));
    const { status, stdout, stderr } = spawnSync(actionlint!, ['-no-color', ...copies], {
      cwd: folder,
      encoding: 'utf8',
    });
    assert.equal([status, stdout, stderr], [0, '', '']);
  }),
);

test('each script of the action is one that bash can read', () => {
  for (const { run: script, name } of action.runs.steps.filter((step) => step.run !== undefined))
    assert.equal(spawnSync('bash', ['-n'], { input: script!, encoding: 'utf8' }).stderr, '', name);
});

test('what writes is one job of each workflow, and says why; a pull request writes comments and findings only', () => {
  for (const [path, { permissions }] of workflows) assert.equal(permissions, { contents: 'read' }, path);
  const writing = jobs
    .filter(({ permissions }) => permissions['contents'] === 'write')
    .map(({ path, id }) => `${path.split('/').at(-1)}: ${id}`);
  assert.equal(writing.sort(), ['commit-on-main.yaml: commit', 'release.yaml: release', 'workflow.yaml: main']);
  for (const [path, { on }] of workflows)
    assert.not('pull_request_target' in on, `${path}: it would give the secrets to a fork`);
});

test('no script has text of a pull request put into it', () => {
  for (const { path, steps } of jobs)
    for (const step of steps) assert.not.match(step.run ?? '', /\$\{\{\s*(github\.(head_ref|event)|inputs)/, path);
});

test('actions are pinned by a major version, and inputs are ones that the action has', () => {
  for (const { path, steps } of [...jobs, { path: 'action.yml', steps: action.runs.steps }]) {
    for (const step of steps.filter(({ uses }) => uses !== undefined)) {
      if (step.uses!.startsWith('./')) {
        assert.ok(existsSync(join(step.uses!, 'action.yml')), path);
        for (const input of Object.keys(step.with ?? {})) assert.ok(input in action.inputs, `${path}: ${input}`);
      } else assert.match(step.uses!, /^[\w-]+\/[\w./-]+@v\d+$/, path);
    }
  }
});

test('what commits runs one after the other, and is not stopped half-way', () => {
  for (const [path, workflow] of workflows.filter(([name]) => /commit-on-main|init\/workflow/.test(name))) {
    const concurrency = JSON.stringify(workflow).match(/"concurrency":\{[^}]*\}/)?.[0] ?? '';
    assert.match(concurrency, '"group":', path);
    assert.not.match(concurrency, 'cancel-in-progress', path);
  }
});

interface PreCommitHook {
  id: string;
  entry: string;
  language: string;
  always_run?: boolean;
  pass_filenames?: boolean;
}
const hooks = parse(readFileSync('.pre-commit-hooks.yaml', 'utf8')) as PreCommitHook[];
/** Runs a hook as pre-commit does: the script of its clone, in the folder of its user and with their arguments. */
function runHook(folder: string, id: string, ...args: string[]): { code: number | null; out: string } {
  const [script, command] = hooks.find((hook) => hook.id === id)!.entry.split(' ') as [string, string];
  const { status, stdout, stderr } = spawnSync(resolve(script), [command, ...args], { cwd: folder, encoding: 'utf8' });
  return { code: status, out: stdout + stderr };
}

test('the hooks for pre-commit run commands that there are, whatever was changed or taken away, and build what is not built', async () => {
  for (const { id, language, always_run: always, pass_filenames: names } of hooks)
    assert.equal([runHook('/', id, '--help').code, language, always, names], [0, 'script', true, false], id);
  await withFolder((folder) => {
    const npm =
      '#!/bin/sh\n[ "$*" = ci ] && mkdir dist && echo \'console.log(...process.argv.slice(2), process.cwd())\' > dist/registry-gitops.js\n';
    writeFiles(folder, [
      ['bin/npm', npm],
      ['scripts/pre-commit', readFileSync('scripts/pre-commit', 'utf8')],
    ]);
    chmodSync(join(folder, 'bin/npm'), 0o755);
    const start = () =>
      spawnSync('sh', [join(folder, 'scripts/pre-commit'), 'check', 'a b'], {
        cwd: '/',
        env: { ...process.env, PATH: `${join(folder, 'bin')}:${process.env['PATH']}` },
        encoding: 'utf8',
      });
    for (const time of ['first', 'second']) assert.equal([start().stdout, start().stderr], ['check a b /\n', ''], time);
    rmSync(join(folder, 'dist'), { recursive: true });
    writeFiles(folder, [['bin/npm', '#!/bin/sh\nexit 1\n']]);
    const { status, stderr } = start();
    assert.is(status, 1);
    assert.match(stderr, 'registry-gitops could not be built');
  });
});

test("pre-commit's check looks at a registry at the top, at a fleet with what it shares, and where it is reported", async () => {
  for (const [file, ...args] of [
    ['registry.yaml'],
    ['registries/oslo/registry.yaml'],
    ['deploy/registry.yaml', '--config', 'deploy/registry.yaml'],
  ]) {
    await withFolder((folder) => {
      writeFiles(folder, [
        ['registries/defaults.yaml', 'replicas: 2\n'],
        [file!, file!.startsWith('registries') ? 'defaults: ../defaults.yaml\n' : 'replicas: 2\n'],
      ]);
      assert.is(run(folder, ['generate', ...args]).code, 0, file);
      assert.is(runHook(folder, 'registry-gitops-check', ...args).code, 0, file);
      writeFiles(folder, [[file!.startsWith('registries') ? 'registries/defaults.yaml' : file!, 'replicas: 3\n']]);
      assert.is(runHook(folder, 'registry-gitops-check', ...args).code, 1, file);
    });
  }
});

test("pre-commit's validate looks at the tree, or at folders as a whole", () =>
  withFolder((folder) => {
    writeFiles(folder, [
      ['registry.yaml', 'overlays: { small: { replicas: 1 } }\n'],
      ['manifests/values.yaml', 'a: 1\n'],
    ]);
    assert.is(run(folder, ['generate']).code, 0);
    assert.is(runHook(folder, 'registry-gitops-validate').code, 0);
    const objects = run(folder, ['build', 'small']).out.split(/^---\n/m);
    writeFiles(
      folder,
      objects.map((text, index) => [`manifests/${index}.yaml`, text]),
    );
    assert.is(runHook(folder, 'registry-gitops-validate', 'manifests').code, 0);
    rmSync(join(folder, `manifests/${objects.findIndex((text) => text.includes('kind: ServiceAccount'))}.yaml`));
    const { code, out } = runHook(folder, 'registry-gitops-validate', 'manifests');
    assert.is(code, 1);
    assert.match(out, '[reference-exists]');
  }));

test('the release prints the part of the changelog that is about it, and stops where there is none', () => {
  const notes = (version: string) =>
    spawnSync(process.execPath, ['scripts/release-notes.js', version], { encoding: 'utf8' });
  assert.match(notes('Unreleased').stdout, '- `registry.yaml`, with a schema for editors');
  assert.not.match(notes('Unreleased').stdout, /^## /m);
  assert.equal([notes('9.9.9').status, notes('9.9.9').stdout, notes('').status], [1, '', 1]);
});

test.run();
