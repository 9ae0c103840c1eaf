/** A staging folder or a list of files that came with a checkout: nothing outside of the tree is touched because of it. */
import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
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
import { type Replacement, replaceFiles } from '../../generator/tree/replace.js';
import { PROGRAM, run } from '../support/cli.js';
import { readFiles, withFolder, writeFiles } from '../support/folder.js';
import { git, GIT_ENV, SMALL } from '../support/git.js';
import { until } from '../support/processes.js';

const test = suite('hostile checkout: staged files and the list of generated files');
const STAGING = '.registry-gitops.tmp';
const MANIFEST = '.registry-gitops.sha256';

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** Runs with a checkout, and a folder beside it. `untouched` fails where anything in that has changed. */
async function withVictim(check: (checkout: string, victim: string, untouched: () => void) => void): Promise<void> {
  await withFolder((folder) => {
    const [checkout, victim] = [join(folder, 'checkout'), join(folder, 'victim')];
    const files: [string, string][] = [
      ['authorized_keys', 'mine\n'],
      ['keep', 'mine too\n'],
      ['redis/keep', 'and this\n'],
    ];
    writeFiles(victim, files);
    writeFiles(checkout, [['registry.yaml', SMALL]]);
    git(checkout, 'init', '--quiet', '--initial-branch=main');
    check(checkout, victim, () => assert.equal(readFiles(victim), Object.fromEntries(files)));
  });
}

/** What earlier versions carried out, from the staging folder of whatever checkout. */
const JOURNAL = {
  moves: [['0', 'base/authorized_keys', sha256('staged\n')]],
  removals: ['base/keep', 'base/redis/keep'],
};

function leaveBehind(checkout: string, journal: unknown): void {
  writeFiles(checkout, [
    [`${STAGING}/0`, 'staged\n'],
    [`${STAGING}/journal.json`, JSON.stringify(journal)],
  ]);
}

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

/** Carries out a replacement as the committing process does, which moves into folders. */
function replace(replacement: Omit<Replacement, 'last'>): void {
  const folder = process.cwd();
  try {
    replaceFiles({ ...replacement, last: [] });
  } finally {
    process.chdir(folder);
  }
}

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
