/** A staging folder or a list of files that came with a checkout: nothing outside of the tree is touched because of it. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { carryOut, type Journal, notedJournal, writeJournal } from '../../generator/tree/journal.js';
import { run } from '../support/cli.js';
import { withFolder, writeFiles } from '../support/folder.js';
import { git, GIT_ENV, SMALL } from '../support/git.js';

const test = suite('hostile checkout: journal and list of files');
const STAGING = '.registry-gitops.tmp';

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** Leaves one staged file and a journal, as a run that was killed does. */
function stage(checkout: string, journal: Journal, write: (root: string, journal: Journal) => void = plainly): void {
  mkdirSync(join(checkout, STAGING));
  writeFileSync(join(checkout, STAGING, '0'), 'staged\n');
  write(checkout, journal);
}

function plainly(root: string, journal: Journal): void {
  writeFileSync(join(root, STAGING, 'journal.json'), JSON.stringify(journal));
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
    check(checkout, victim, () => {
      for (const [path, text] of files) assert.is(readFileSync(join(victim, path), 'utf8'), text, path);
    });
  });
}

const attack: Journal = {
  moves: [['0', 'base/authorized_keys', sha256('staged\n')]],
  removals: ['base/keep', 'base/redis/keep'],
};

for (const command of ['generate', 'commit']) {
  test(`${command} carries out no journal of a clone, and nothing through a link`, () =>
    withVictim((checkout, victim, untouched) => {
      symlinkSync(victim, join(checkout, 'base'));
      stage(checkout, attack);
      git(checkout, 'add', '--all', '--force');
      git(checkout, 'commit', '--quiet', '--message', 'A checkout');
      const { code, err } = run(checkout, [command], '', GIT_ENV);
      untouched();
      assert.is(code, 3);
      assert.match(err, 'base is a symbolic link');
    }));
}

test('a journal of a clone is not carried out inside of the tree either', () =>
  withVictim((checkout) => {
    stage(checkout, { moves: [['0', 'base/forged.yaml', sha256('staged\n')]], removals: [] });
    assert.equal(run(checkout, ['generate']).code, 0);
    assert.not.ok(existsSync(join(checkout, 'base/forged.yaml')));
    assert.not.ok(existsSync(join(checkout, STAGING)));
    assert.is(run(checkout, ['check']).code, 0);
  }));

for (const [what, journal] of Object.entries<object>({
  'a file of the user': { moves: [], removals: ['precious'] },
  'a file above the tree': { moves: [], removals: ['../victim/keep'] },
  'a path that goes up in the middle': { moves: [['0', 'base/../../victim/keep', sha256('staged\n')]], removals: [] },
  'a file of the user that is moved': { moves: [['../precious', 'base/x', sha256('mine\n')]], removals: [] },
})) {
  test(`a journal about ${what} has no effect, also where this machine noted its hash`, () =>
    withVictim((checkout, _victim, untouched) => {
      writeFileSync(join(checkout, 'precious'), 'mine\n');
      for (const write of [plainly, writeJournal]) {
        stage(checkout, journal as Journal, write);
        assert.is(run(checkout, ['generate']).code, 0);
        assert.is(readFileSync(join(checkout, 'precious'), 'utf8'), 'mine\n');
        untouched();
      }
    }));
}

test('a journal that this machine wrote is carried out by the next run', () =>
  withVictim((checkout) => {
    stage(checkout, { moves: [['0', 'base/own.yaml', sha256('staged\n')]], removals: [] }, writeJournal);
    carryOut(checkout, notedJournal(checkout));
    assert.is(readFileSync(join(checkout, 'base/own.yaml'), 'utf8'), 'staged\n');
    assert.not.ok(existsSync(join(checkout, STAGING)));
    assert.is(notedJournal(checkout), undefined, 'once carried out it is forgotten');
  }));

test('a journal that this machine wrote moves and removes nothing where a folder has become a link', () =>
  withVictim((checkout, victim, untouched) => {
    stage(checkout, attack, writeJournal);
    symlinkSync(victim, join(checkout, 'base'));
    assert.throws(() => carryOut(checkout, notedJournal(checkout)), 'base is not a folder');
    untouched();
  }));

test('a journal that this machine wrote removes nothing through a link', () =>
  withVictim((checkout, victim, untouched) => {
    stage(checkout, { moves: [], removals: attack.removals }, writeJournal);
    symlinkSync(victim, join(checkout, 'base'));
    carryOut(checkout, notedJournal(checkout));
    untouched();
  }));

test('a staged file that was exchanged is not moved', () =>
  withVictim((checkout) => {
    stage(checkout, { moves: [['0', 'base/own.yaml', sha256('staged\n')]], removals: [] }, writeJournal);
    writeFileSync(join(checkout, STAGING, '0'), 'exchanged\n');
    assert.throws(() => carryOut(checkout, notedJournal(checkout)), 'base/own.yaml');
    assert.not.ok(existsSync(join(checkout, 'base/own.yaml')));
  }));

test('a staging folder that is a link is refused', () =>
  withVictim((checkout, victim, untouched) => {
    symlinkSync(victim, join(checkout, STAGING));
    const { code, err } = run(checkout, ['generate']);
    untouched();
    assert.is(code, 3);
    assert.match(err, `${STAGING} is not a folder of registry-gitops; move it away`);
  }));

for (const [what, path] of Object.entries({
  'a path above the tree': '../victim/keep',
  'an absolute path': '/victim/keep',
  'a path that goes up in the middle': 'base/../../victim/keep',
  'a file that is never generated': 'registry.yaml',
})) {
  test(`a list of generated files with ${what} is refused`, () =>
    withVictim((checkout, _, untouched) => {
      writeFileSync(join(checkout, '.registry-gitops.sha256'), `${sha256('mine too\n')}  ${path}\n`);
      const { code, err } = run(checkout, ['generate']);
      untouched();
      assert.is(code, 3);
      assert.match(err, '.registry-gitops.sha256:1: ');
      assert.is(readFileSync(join(checkout, 'registry.yaml'), 'utf8'), SMALL);
    }));
}

test.run();
