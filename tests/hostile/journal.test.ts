/** What a clone brings as staged files is not carried out. */
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { PROGRAM, run } from '../support/cli.js';
import { readFiles, withFolder, writeFiles } from '../support/folder.js';
import { git, GIT_ENV, SMALL } from '../support/git.js';
import { until } from '../support/processes.js';
import { sha256, withVictim, leaveBehind, STAGING, replace } from './staged.js';

const test = suite('hostile checkout: staged files');

/** What earlier versions carried out, from the staging folder of whatever checkout. */
const JOURNAL = {
  moves: [['0', 'base/authorized_keys', sha256('staged\n')]],
  removals: ['base/keep', 'base/redis/keep'],
};

for (const command of ['generate', 'commit']) {
  test(`${command} carries out nothing that a clone stages, and nothing through a link`, () =>
    withVictim((checkout, victim, untouched) => {
      symlinkSync(victim, join(checkout, 'base'));
      leaveBehind(checkout, JOURNAL);
      git(checkout, 'add', '--all', '--force');
      git(checkout, 'commit', '--quiet', '--message', 'A checkout');
      const { code, err } = run(checkout, [command], '', GIT_ENV);
      untouched();
      assert.is(code, 3);
      assert.match(err, 'base is a symbolic link');
    }));
}

test('watch carries out nothing that a clone stages, and nothing through a link', async () => {
  await withFolder(async (folder) => {
    const [checkout, victim] = [join(folder, 'checkout'), join(folder, 'victim')];
    writeFiles(victim, [['keep', 'mine\n']]);
    writeFiles(checkout, [['registry.yaml', SMALL]]);
    symlinkSync(victim, join(checkout, 'base'));
    leaveBehind(checkout, JOURNAL);
    const child = spawn(process.execPath, [PROGRAM, 'watch'], { cwd: checkout, stdio: 'pipe' });
    const exited = new Promise((resolve) => child.on('close', resolve));
    let printed = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (printed += data));
    await until(
      'it watches',
      () => printed.includes('Watching registry.yaml'),
      20_000,
      () => printed,
    );
    child.kill('SIGTERM');
    await exited;
    assert.match(printed, 'base is a symbolic link');
    assert.equal(readFiles(victim), { keep: 'mine\n' });
  });
});

for (const [what, journal] of Object.entries<object>({
  'a generated file': { moves: [['0', 'base/forged.yaml', sha256('staged\n')]], removals: [] },
  'a file of the user': { moves: [], removals: ['precious'] },
  'a file above the tree': { moves: [], removals: ['../victim/keep'] },
  'a path that goes up in the middle': { moves: [['0', 'base/../../victim/keep', sha256('staged\n')]], removals: [] },
  'a file of the user that is moved': { moves: [['../precious', 'base/x', sha256('mine\n')]], removals: [] },
})) {
  test(`what a clone stages about ${what} has no effect`, () =>
    withVictim((checkout, _, untouched) => {
      writeFileSync(join(checkout, 'precious'), 'mine\n');
      leaveBehind(checkout, journal);
      assert.is(run(checkout, ['generate']).code, 0);
      assert.is(readFileSync(join(checkout, 'precious'), 'utf8'), 'mine\n');
      assert.not.ok(existsSync(join(checkout, 'base/forged.yaml')));
      assert.not.ok(existsSync(join(checkout, STAGING)));
      assert.is(run(checkout, ['check']).code, 0);
      untouched();
    }));
}

test('what a clone puts into the staging folder is removed, and no link in it is followed', () =>
  withVictim((checkout, victim, untouched) => {
    leaveBehind(checkout, {});
    symlinkSync(victim, join(checkout, STAGING, 'victim'));
    symlinkSync(join(victim, 'keep'), join(checkout, STAGING, 'interim'));
    symlinkSync(join(victim, 'keep'), join(checkout, STAGING, 'owner'));
    assert.is(run(checkout, ['generate']).code, 0);
    assert.not.ok(existsSync(join(checkout, STAGING)));
    untouched();
  }));

test('a staging folder that is a link is refused, also one that leads nowhere', () =>
  withVictim((checkout, victim, untouched) => {
    for (const target of [victim, join(victim, 'nothing')]) {
      symlinkSync(target, join(checkout, STAGING));
      const { code, err } = run(checkout, ['generate']);
      untouched();
      assert.is(code, 3);
      assert.match(err, `${STAGING} is a symbolic link, and not a folder of registry-gitops; move it away`);
      rmSync(join(checkout, STAGING));
    }
  }));

test('a named pipe in place of the owner of the staging folder is not waited for', () =>
  withVictim((checkout) => {
    mkdirSync(join(checkout, STAGING));
    execFileSync('mkfifo', [join(checkout, STAGING, 'owner')]);
    assert.is(run(checkout, ['generate']).code, 0);
    assert.is(run(checkout, ['check']).code, 0);
  }));

for (const [what, path] of Object.entries({ itself: 'base', 'on the way': 'base/redis' })) {
  test(`nothing is moved or removed where a folder has become a link since it was looked at: ${what}`, () =>
    withVictim((checkout, victim, untouched) => {
      leaveBehind(checkout, {});
      mkdirSync(join(checkout, path, '..'), { recursive: true });
      symlinkSync(victim, join(checkout, path));
      const message = new RegExp(`^${path} is a symbolic link, and not a folder$`);
      for (const change of [
        { moves: [['0', `${path}/keep`] as [string, string]], removals: [] },
        { moves: [['0', `${path}/redis/keep`] as [string, string]], removals: [] },
        { moves: [['0', `${path}/new/keep`] as [string, string]], removals: [] },
        { moves: [], removals: [`${path}/keep`] },
        { moves: [], removals: [`${path}/redis/keep`] },
      ]) {
        assert.throws(() => replace({ root: checkout, ...change }), message);
        untouched();
        assert.equal(readdirSync(victim).sort(), ['authorized_keys', 'keep', 'redis']);
      }
    }));
}

test.run();
