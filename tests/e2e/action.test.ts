/** The action: its inputs, and the generator that it runs. */
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { action } from '../support/action.js';
import { withClone, PULL_REQUEST, git } from './action-runs.js';

const test = suite('the action');

test('no input and no context is put into a script: each reaches it as a variable', () => {
  for (const { run: script, name, shell } of action.runs.steps.filter((step) => step.run !== undefined)) {
    assert.not.match(script!, '${{', name);
    assert.is(shell, 'bash', name);
  }
});

test(
  'inputs are data: nothing in them is run',
  withClone(({ folder, act }) => {
    const evil = `'; touch ${folder}/run; $(touch ${folder}/run) "\`touch ${folder}/run\``;
    for (const inputs of <Record<string, string>[]>[
      { command: evil },
      { config: evil, comment: 'true', sarif: 'true' },
      { config: evil },
    ])
      assert.not.equal(act(inputs, { ...PULL_REQUEST }).code, 0);
    assert.not(existsSync(join(folder, 'run')));
  }),
);

test(
  'check passes on a tree that is current, and fails on one that is stale or wrong, with the code of the command',
  withClone(({ act, edit }) => {
    assert.is(act().code, 0);
    edit('replicas: 2', 'replicas: 3');
    const stale = act();
    assert.is(stale.code, 1);
    assert.match(stale.log, 'not up to date with registry.yaml');
    edit('replicas: 3', 'replica: 3');
    assert.is(act().code, 2);
  }),
);

test(
  'files of a checkout that look like a bare repository are none: git is asked for .git, and starts no program of theirs',
  withClone(({ folder, clone, act }) => {
    const program = join(folder, 'tripwire');
    writeFileSync(program, `#!/bin/sh\ntouch '${folder}/sprung'\n`, { mode: 0o755 });
    git(clone, 'config', 'core.sshCommand', program);
    git(clone, 'remote', 'set-url', 'origin', 'ssh://nowhere.example.com/x');
    git(clone, 'config', 'core.fsmonitor', program);
    // As an archive of the repository, without .git, may hold them.
    for (const name of readdirSync(join(clone, '.git'))) renameSync(join(clone, '.git', name), join(clone, name));
    rmSync(join(clone, '.git'), { recursive: true });
    for (const inputs of [{ comment: 'true' }, { command: 'commit' }] as Record<string, string>[])
      assert.match(act(inputs, { ...PULL_REQUEST }).log, /not a git repository|is in a repository without files/);
    assert.not(existsSync(join(folder, 'sprung')));
  }),
);

test(
  'a registry in a folder of a repository is checked and committed by what its own package.json names',
  withClone(({ folder, clone, act }) => {
    const at = join(clone, 'deploy/eu');
    mkdirSync(at, { recursive: true });
    for (const name of readdirSync(clone).filter((one) => !/^(\.git|deploy)$/.test(one)))
      renameSync(join(clone, name), join(at, name));
    git(clone, 'add', '-A');
    git(clone, 'commit', '-qm', 'Move');
    git(clone, 'push', '-q');
    const inputs = { config: 'deploy/eu/registry.yaml' };
    const { code, log, outputs } = act(inputs);
    assert.equal(
      [code, outputs['program']],
      [0, join(at, 'node_modules/@registry-gitops/cli/dist/registry-gitops.js')],
      log,
    );
    const file = join(at, 'registry.yaml');
    writeFileSync(file, readFileSync(file, 'utf8').replace('replicas: 2', 'replicas: 3'));
    git(clone, 'commit', '-qam', 'Three replicas');
    git(clone, 'push', '-q');
    assert.is(act(inputs).code, 1);
    const committed = act({ ...inputs, command: 'commit' });
    assert.is(committed.code, 0, committed.log);
    assert.match(git(join(folder, 'origin.git'), 'show', 'main:deploy/eu/base/deployment.yaml'), 'replicas: 3');
  }),
);

test(
  "where the repository has no generator it is the action's own, and a copy of the action without one says what to do",
  withClone(({ clone, act }) => {
    writeFileSync(join(clone, 'package.json'), '{ "name": "mine", "version": "7.0.0" }');
    const own = act();
    assert.is(own.outputs['program'], resolve('dist/registry-gitops.js'), own.log);
    const copy = act({}, { 'github.action_path': join(clone, '.github/actions/registry-gitops') });
    assert.is(copy.code, 3);
    assert.match(copy.log, 'there is no generator in this repository; run `registry-gitops init` in it');
  }),
);

test(
  'without a lock file, which pins the generator, nothing is installed',
  withClone(({ clone, act }) => {
    git(clone, 'rm', '-q', 'package-lock.json');
    const { code, log } = act();
    assert.is(code, 3);
    assert.match(log, 'commit package-lock.json: it pins the generator by its checksum');
    assert.not.match(log, /npm (ci|install)/);
  }),
);

test(
  'a command that there is not is refused',
  withClone(({ act }) => {
    const { code, log } = act({ command: 'init' });
    assert.is(code, 2);
    assert.match(log, 'the input command is check, generate, validate or commit');
  }),
);

test.run();
