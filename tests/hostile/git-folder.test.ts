/** What an archive may bring where git keeps what is its own: a .git that leads elsewhere, settings, a journal. */
import { chmodSync, chownSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type Result, run } from '../support/cli.js';
import { readFiles } from '../support/folder.js';
import { commit, git, GIT_ENV, put, SMALL, withRepository } from '../support/git.js';
import { tripwire } from '../support/hostile.js';
import { findProgram } from '../support/tools.js';

const test = suite('hostile checkout: the folder of git');
const MORE = `${SMALL}drainSeconds: 90\n`;
const OPEN = `${SMALL}auth:\n  type: none\n`;
const X = 'registries/x';

function asks(folder: string, ...args: string[]): Result {
  return run(folder, args, '', GIT_ENV);
}

/** A folder beside the checkout. `untouched` fails where anything in it has changed. */
function victimBeside(folder: string, files: Record<string, string>): { victim: string; untouched: () => void } {
  const victim = join(dirname(folder), 'victim');
  for (const [path, text] of Object.entries(files)) put(victim, path, text);
  return { victim, untouched: () => assert.equal(readFiles(victim), files) };
}

/** A repository in which registries/x loses its login, which is to be seen by who compares with its origin/main. */
function withLoginRemoved(check: (folder: string, x: string) => void): () => Promise<void> {
  return withRepository(
    (folder) => {
      git(folder, 'update-ref', 'refs/remotes/origin/main', 'HEAD');
      put(folder, `${X}/registry.yaml`, OPEN);
      assert.is(asks(folder, 'generate', '--config', `${X}/registry.yaml`).code, 0);
      check(folder, join(folder, X));
    },
    { [`${X}/registry.yaml`]: SMALL },
  );
}

test(
  'a .git that names contents of the checkout as its repository is refused',
  withLoginRemoved((folder, x) => {
    const { program, sprung } = tripwire(folder);
    git(folder, 'init', '--quiet', '--bare', 'evil');
    git(join(folder, 'evil'), 'config', 'core.bare', 'false');
    git(join(folder, 'evil'), 'config', 'core.fsmonitor', program);
    put(folder, 'evil/refs/keep', '');
    put(folder, 'evil/objects/keep', '');
    git(folder, 'add', 'evil');
    put(folder, `${X}/.git`, 'gitdir: ../../evil\n');
    for (const command of [['diff', 'origin/main'], ['commit', '--dry-run'], ['commit']]) {
      const { code, err } = asks(x, ...command);
      assert.is(code, 3, err);
      assert.match(err, 'names evil as its repository, which the repository');
      assert.match(err, `Remove ${join(x, '.git')}`);
    }
    assert.match(
      asks(folder, 'diff', 'origin/main', '--config', `${X}/registry.yaml`).err,
      `repository of its own (${X})`,
    );
    assert.not.ok(sprung());
  }),
);

test(
  'a .git that leads nowhere is reported',
  withLoginRemoved((_, x) => {
    put(x, '.git', 'gitdir: ../nowhere\n');
    const { code, err } = asks(x, 'diff', 'origin/main');
    assert.is(code, 3);
    assert.match(err, `${join(x, '.git')} leads to no repository`);
  }),
);

test(
  'a folder .git that is no repository is passed by, as git does',
  withLoginRemoved((_, x) => {
    mkdirSync(join(x, '.git'));
    const { code, out, err } = asks(x, 'diff', 'origin/main');
    assert.is(code, 11, err);
    assert.match(out, 'opens access');
  }),
);

test(
  'working trees beside a bare repository, and inside of the first one, are repositories, also below another one',
  withRepository((folder) => {
    const [bare, tree] = [join(folder, 'project/.bare'), join(folder, 'project/main')];
    git(folder, 'clone', '--quiet', '--bare', '.', bare);
    put(folder, 'project/.git', 'gitdir: ./.bare\n');
    git(bare, 'worktree', 'add', '--quiet', tree, 'main');
    git(folder, 'worktree', 'add', '--quiet', '-b', 'topic', join(folder, '.trees/topic'));
    for (const top of [tree, join(folder, '.trees/topic')]) {
      put(top, 'registry.yaml', MORE);
      assert.is(asks(top, 'diff').code, 10);
      const { code, err } = commit(top);
      assert.is(code, 0, err);
      assert.match(git(top, 'log', '-1', '--format=%s'), 'drain');
    }
    put(folder, 'project/registry.yaml', MORE);
    assert.match(commit(join(folder, 'project')).err, 'is in a repository without files (bare)');
  }),
);

test(
  'a working tree that the settings put elsewhere is refused',
  withRepository((folder) => {
    const { victim, untouched } = victimBeside(folder, { 'registry.yaml': MORE, keep: 'mine\n' });
    put(folder, 'registry.yaml', MORE);
    for (const place of [victim, dirname(folder)]) {
      git(folder, 'config', 'core.worktree', place);
      for (const args of [[], ['--dry-run']]) {
        const { code, err } = commit(folder, args);
        assert.is(code, 3, err);
        assert.match(err, /has its files in .*core\.worktree|without files/);
      }
      untouched();
    }
  }),
);

if (process.getuid?.() === 0)
  test(
    "another user's repository is refused in git's words",
    withRepository((folder) => {
      for (const path of [folder, join(folder, '.git')]) chownSync(path, 12345, 12345);
      for (const command of [['diff'], ['commit'], ['commit', '--dry-run']]) {
        const { code, err } = asks(folder, ...command);
        assert.is(code, 3);
        assert.match(err, 'dubious ownership');
        assert.match(err, 'safe.directory');
      }
    }),
  );

test(
  'a filter that cannot be switched off, for its name, keeps a command that only reads from running',
  withRepository((folder) => {
    const { program, sprung, arm } = tripwire(folder);
    git(folder, 'config', 'filter.x=y.clean', program);
    put(folder, '.gitattributes', '* filter=x=y\n');
    put(folder, 'registry.yaml', MORE);
    arm();
    const { code, err } = commit(folder, ['--dry-run']);
    assert.not.ok(sprung());
    assert.is(code, 3);
    assert.match(err, 'the git setting filter.x=y.clean names a program');
    assert.match(err, 'rename it');
  }),
);

test(
  'hooks that the settings name, as Git 2.54 runs them, are switched off for a command that only reads',
  withRepository((folder) => {
    git(folder, 'config', 'hook.forged.command', 'false');
    git(folder, 'config', 'hook.forged.event', 'post-index-change');
    const [bin, log] = [join(dirname(folder), 'bin'), join(dirname(folder), 'log')];
    put(bin, 'git', `#!/bin/sh\necho "$*" >> '${log}'\nexec ${findProgram('git')} "$@"\n`);
    chmodSync(join(bin, 'git'), 0o755);
    put(folder, 'registry.yaml', MORE);
    const { code, err } = commit(folder, ['--dry-run'], { PATH: `${bin}:${process.env['PATH']}` });
    assert.is(code, 0, err);
    const writes = readFileSync(log, 'utf8')
      .split('\n')
      .filter((line) => / (update-index|read-tree|diff) /.test(line));
    assert.ok(writes.length > 0);
    for (const line of writes) assert.match(line, '-c hook.forged.enabled=false');
  }),
);

test(
  "a link in the place of this program's folder below git's is refused",
  withRepository((folder) => {
    const { victim, untouched } = victimBeside(folder, {
      'work/keep': 'mine\n',
      'lock-1': 'mine\n',
      'journal.json': '{}',
    });
    put(folder, 'registry.yaml', MORE);
    const own = join(folder, '.git/registry-gitops');
    rmSync(own, { recursive: true, force: true });
    symlinkSync(victim, own);
    for (const args of [['--dry-run'], []]) {
      const { code, err } = commit(folder, args);
      assert.is(code, 3);
      assert.match(err, `${own} is not a folder; remove it`);
      untouched();
    }
  }),
);

test(
  "links among the files of this program below git's folder are replaced, and not written through",
  withRepository((folder) => {
    const { victim, untouched } = victimBeside(folder, { 'work/keep': 'mine\n', bashrc: 'mine\n' });
    const own = join(folder, '.git/registry-gitops');
    mkdirSync(own, { recursive: true });
    symlinkSync(join(victim, 'work'), join(own, 'work'));
    symlinkSync(join(victim, 'bashrc'), join(own, 'journal.json.new'));
    symlinkSync(join(victim, 'bashrc'), join(own, 'journal.json'));
    put(folder, 'registry.yaml', MORE);
    const { code, err } = commit(folder);
    assert.is(code, 0, err);
    untouched();
    assert.equal(readdirSync(own), []);
  }),
);

test(
  'a journal that no run can have written is passed by',
  withRepository((folder) => {
    const { program, sprung } = tripwire(folder);
    const head = git(folder, 'rev-parse', 'HEAD');
    const target = { name: 'origin', url: 'file:///x', ref: 'refs/heads/main' };
    const landing = { ref: 'refs/heads/main', old: head, new: head, onDisk: head, entries: {}, pushed: false };
    put(folder, 'registry.yaml', MORE);
    for (const journal of [
      { landing: { ...landing, pushing: { ...target, remote: `--upload-pack=${program}` } } },
      { landing: { ...landing, new: `--output=${program}` } },
      { switched: { from: null, to: '--create-reflog', commit: head, made: true } },
      { landing: 'forged' },
      [],
      null,
    ]) {
      put(folder, '.git/registry-gitops/journal.json', JSON.stringify(journal));
      const { code, err } = commit(folder, [], { GIT_ALLOW_PROTOCOL: 'file' });
      assert.is(code, 0, `${JSON.stringify(journal)}: ${err}`);
      assert.not.ok(sprung(), JSON.stringify(journal));
    }
    assert.match(git(folder, 'log', '-1', '--format=%s'), 'drain');
  }),
);

test.run();
