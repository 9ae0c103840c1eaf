/** `init` in a folder that somebody else filled: what it writes is in the folder. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { run } from '../support/cli.js';
import { readFiles, withFolder } from '../support/folder.js';
import { git, GIT_ENV } from '../support/git.js';
import { tripwire } from '../support/hostile.js';

const test = suite('hostile checkout: init');

/** Runs with a folder, and another one beside it. */
function withVictim(check: (folder: string, victim: string) => void): () => Promise<void> {
  return () =>
    withFolder((parent) => {
      const [folder, victim] = [join(parent, 'folder'), join(parent, 'victim')];
      mkdirSync(folder);
      mkdirSync(victim);
      writeFileSync(join(victim, 'package.json'), '{}\n');
      check(folder, victim);
    });
}

test(
  'a link in the place of a folder or a file is refused before anything is written',
  withVictim((folder, victim) => {
    for (const [name, target] of [
      ['.github', victim],
      ['.githooks', victim],
      ['package.json', join(victim, 'package.json')],
      ['package.json', join(victim, 'nothing')],
      ['.githooks', join(victim, 'nothing')],
      ['README.md', join(victim, 'nothing')],
      ['package-lock.json', join(victim, 'package.json')],
    ] as const) {
      symlinkSync(target, join(folder, name));
      const { code, err } = run(folder, ['init'], '', GIT_ENV);
      assert.is(code, 3, name);
      assert.match(err, new RegExp(`^registry-gitops: ${name}.*: a symbolic link leads there out of \\.; remove it`));
      assert.equal(readFiles(victim), { 'package.json': '{}\n' });
      assert.equal(readdirSync(folder), [name]);
      rmSync(join(folder, name));
    }
  }),
);

test(
  'a named pipe in the place of a file is not waited for',
  withVictim((folder) => {
    for (const name of ['package.json', 'registry.yaml', 'package-lock.json', '.gitignore']) {
      execFileSync('mkfifo', [join(folder, name)]);
      const { code, err } = run(folder, ['init'], '', GIT_ENV);
      assert.is(code, 3, name);
      assert.match(err, new RegExp(`${name}.* is a named pipe`));
      assert.equal(readdirSync(folder), [name]);
      rmSync(join(folder, name));
    }
  }),
);

test(
  'files that look like a bare repository are none, and neither is what the environment names: the folder gets its own',
  withVictim((folder, victim) => {
    const { program, sprung } = tripwire(folder);
    git(folder, 'init', '--quiet', '--bare');
    git(folder, 'config', 'core.fsmonitor', program);
    git(victim, 'init', '--quiet');
    const before = readFileSync(join(victim, '.git/config'), 'utf8');
    const environment = { ...GIT_ENV, GIT_DIR: join(victim, '.git'), GIT_WORK_TREE: victim };
    const { code, out, err } = run(folder, ['init'], '', environment);
    assert.is(code, 0, err);
    assert.match(out, '+ a git repository, without a commit');
    assert.match(git(folder, 'rev-parse', '--show-toplevel'), /folder$/);
    assert.is(readFileSync(join(victim, '.git/config'), 'utf8'), before);
    assert.not.ok(sprung());
  }),
);

test.run();
