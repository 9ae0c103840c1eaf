/** Links that a checkout brings are not followed. */
import { execFileSync } from 'node:child_process';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { run } from '../support/cli.js';
import { SMALL } from '../support/git.js';
import { withVictim, STAGING, replace, leaveBehind, sha256 } from './staged.js';

const test = suite('hostile checkout: links in the tree, and the list of generated files');

const MANIFEST = '.registry-gitops.sha256';

test('a staging folder that has become a link since it was made is not moved from', () =>
  withVictim((checkout, victim, untouched) => {
    symlinkSync(victim, join(checkout, STAGING));
    assert.throws(
      () => replace({ root: checkout, moves: [['keep', 'base/keep']], removals: [] }),
      /registry-gitops\.tmp is a symbolic link/,
    );
    untouched();
    assert.not.ok(existsSync(join(checkout, 'base')));
  }));

test('a link in the place of a generated file is replaced or removed, and not what it leads to', () =>
  withVictim((checkout, victim, untouched) => {
    leaveBehind(checkout, {});
    mkdirSync(join(checkout, 'base'));
    for (const name of ['moved', 'removed']) symlinkSync(join(victim, 'keep'), join(checkout, 'base', name));
    replace({ root: checkout, moves: [['0', 'base/moved']], removals: ['base/removed'] });
    untouched();
    assert.ok(lstatSync(join(checkout, 'base/moved')).isFile());
    assert.equal(readdirSync(join(checkout, 'base')), ['moved']);
  }));

test('nothing is moved where the folder of the tree has become another one', () =>
  withVictim((checkout, victim, untouched) => {
    leaveBehind(checkout, {});
    const aside = `${checkout}-aside`;
    renameSync(checkout, aside);
    symlinkSync(victim, checkout);
    assert.throws(() => replace({ root: checkout, moves: [['0', 'base/x']], removals: ['keep'] }), /was replaced/);
    untouched();
    assert.ok(existsSync(join(aside, STAGING, '0')));
  }));

for (const [what, path] of Object.entries({
  'a path above the tree': '../victim/keep',
  'an absolute path': '/victim/keep',
  'a path that goes up in the middle': 'base/../../victim/keep',
  'a path with backslashes': 'base/..\\..\\victim\\keep',
  'a name that a terminal acts on': 'base/\u001b[2Jkeep',
  'a folder': 'base/redis/',
  'a file that is never generated': 'registry.yaml',
})) {
  test(`a list of generated files with ${what} is refused`, () =>
    withVictim((checkout, _, untouched) => {
      writeFileSync(join(checkout, MANIFEST), `${sha256('mine too\n')}  ${path}\n`);
      const { code, err } = run(checkout, ['generate']);
      untouched();
      assert.is(code, 3);
      assert.match(err, `${MANIFEST}:1: `);
      assert.not.match(err, '\u001b[2J');
      assert.is(readFileSync(join(checkout, 'registry.yaml'), 'utf8'), SMALL);
    }));
}

test('a list of generated files that is a link or a named pipe is refused', () =>
  withVictim((checkout, victim, untouched) => {
    const list = join(checkout, MANIFEST);
    for (const [make, kind] of [
      [() => symlinkSync(join(victim, 'keep'), list), 'a symbolic link'],
      [() => void execFileSync('mkfifo', [list]), 'a named pipe'],
    ] as const) {
      make();
      for (const command of ['generate', 'check']) {
        const { code, err } = run(checkout, [command]);
        assert.is(code, 3);
        assert.match(err, `${MANIFEST} is ${kind}`);
      }
      untouched();
      rmSync(list);
    }
  }));

test.run();
