/** What is read here in place of a start of git is what git says. */
import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { spawnSync } from 'node:child_process';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { withoutSpace } from '../../generator/publish/commit/message.js';
import { openRepository } from '../../generator/publish/index.js';
import { isOn } from '../../generator/publish/git/settings.js';
import { commit, git, hook, put, SMALL, withRepository } from '../support/git.js';

const test = suite("settings, hooks and space, as git's own");

test('a message has the space that git stripspace leaves', () => {
  for (const text of [
    '',
    '\n \n\t\n',
    'one',
    'one\n',
    '\n\n  one \t\n\n\n\ntwo\n \nthree\n\n',
    'one\r\n\r\n\r\ntwo\r\n',
    '# no comment\n\n- a\n- b   \n',
  ]) {
    const { stdout } = spawnSync('git', ['stripspace'], { input: text, encoding: 'utf8' });
    assert.is(withoutSpace(text), stdout, JSON.stringify(text));
  }
});

test(
  'what is on is what git takes for true, the last value counts, and names have no case',
  withRepository(async (folder) => {
    for (const value of ['true', 'YES', 'on', '1', '-1', '2k', 'false', 'no', 'off', '0', '00', '']) {
      const lines = value === 'true' ? 'no\n  gpgSign = true' : value;
      put(
        folder,
        '.git/config',
        `[core]\n  repositoryformatversion = 0\n[commit]\n  gpgSign = ${lines}\n[x "A.b"]\n  y\n`,
      );
      const { settings } = await openRepository(folder, 'write');
      assert.is(
        isOn(await settings(), 'commit.gpgsign'),
        git(folder, 'config', '--type=bool', 'commit.gpgsign') === 'true',
        value,
      );
    }
    const settings = await (await openRepository(folder, 'write')).settings();
    assert.ok(isOn(settings, 'x.A.b.y'), 'without a value');
    assert.not.ok(isOn(settings, 'x.y'));
  }),
);

test(
  'hooks are where core.hooksPath says, in a linked working tree too',
  withRepository((folder) => {
    put(folder, 'registry.yaml', `${SMALL}drainSeconds: 90\n`);
    hook(join(folder, '.git'), 'pre-commit', 'echo "the own one"; exit 1');
    assert.match(commit(folder).err, /^the own one\n/);
    mkdirSync(join(folder, 'shared'));
    hook(join(folder, 'shared'), 'pre-commit', 'echo "the shared one"; exit 1');
    git(folder, 'config', 'core.hooksPath', 'shared/hooks');
    assert.match(commit(folder).err, /^the shared one\n/);
    git(folder, 'config', '--unset', 'core.hooksPath');
    const linked = join(dirname(folder), 'linked');
    git(folder, 'worktree', 'add', '--quiet', linked);
    put(linked, 'registry.yaml', `${SMALL}drainSeconds: 90\n`);
    assert.match(commit(linked).err, /^the own one\n/);
    git(folder, 'config', 'core.hooksPath', 'nowhere');
    assert.is(commit(linked).code, 0);
  }),
);

test(
  'a conflict of registry.yaml is named as it is called',
  withRepository((folder) => {
    const drained = (seconds: number): void => {
      put(folder, 'the folder/registry.yaml', `${SMALL}drainSeconds: ${seconds}\n`);
      git(folder, 'add', 'the folder');
      git(folder, 'commit', '--quiet', '-m', String(seconds));
    };
    drained(60);
    git(folder, 'switch', '--quiet', '-c', 'other');
    drained(90);
    git(folder, 'switch', '--quiet', 'main');
    drained(120);
    assert.throws(() => git(folder, 'merge', 'other'));
    put(folder, 'the folder/registry.yaml', SMALL);
    git(folder, 'update-ref', '-d', 'MERGE_HEAD');
    const { code, err } = commit(folder, ['--config', 'the folder/registry.yaml']);
    assert.is(code, 1);
    assert.match(
      err,
      "the folder/registry.yaml has a conflict that is not resolved; resolve it, `git add 'the folder/registry.yaml'`",
    );
  }),
);

test.run();
