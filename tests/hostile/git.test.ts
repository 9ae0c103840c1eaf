/** Repositories and settings of git that came with a checkout: they are not believed, and start no program. */
import { cpSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type Result, run } from '../support/cli.js';
import { commit, git, GIT_ENV, put, SMALL, withRepository } from '../support/git.js';
import { tripwire } from '../support/hostile.js';

const test = suite('hostile checkout: git');
const OPEN = `${SMALL}auth:\n  type: none\n`;
const X = 'registries/x';

function asks(folder: string, ...args: string[]): Result {
  return run(folder, args, '', GIT_ENV);
}

/** Commits what a folder holds to a repository of its own, as its origin/main too. */
function ownRepository(folder: string): void {
  git(folder, 'init', '--quiet', '--initial-branch=main');
  git(folder, 'add', '--all');
  git(folder, 'commit', '--quiet', '--message', 'Nothing changes');
  git(folder, 'update-ref', 'refs/remotes/origin/main', 'HEAD');
}

/** Makes a folder look like a bare repository, with settings that make it one with files. */
function embed(folder: string, settings: Record<string, string>): void {
  ownRepository(folder);
  for (const name of ['HEAD', 'config', 'index', 'objects', 'refs'])
    cpSync(join(folder, '.git', name), join(folder, name), { recursive: true });
  rmSync(join(folder, '.git'), { recursive: true });
  for (const [name, value] of Object.entries({ 'core.bare': 'false', 'core.worktree': '.', ...settings }))
    git(folder, 'config', '--file', 'config', name, value);
}

/** A repository in which registries/x loses its login, and a change that is to be seen by who compares with origin/main. */
function withLoginRemoved(check: (folder: string) => void): () => Promise<void> {
  return withRepository(
    (folder) => {
      git(folder, 'update-ref', 'refs/remotes/origin/main', 'HEAD');
      put(folder, `${X}/registry.yaml`, OPEN);
      assert.is(asks(folder, 'generate', '--config', `${X}/registry.yaml`).code, 0);
      check(folder);
    },
    { [`${X}/registry.yaml`]: SMALL },
  );
}

test(
  'a folder that looks like a bare repository is none: diff compares with the origin/main of the real one',
  withLoginRemoved((folder) => {
    embed(join(folder, X), {});
    for (const { code, out, err } of [
      asks(folder, 'diff', 'origin/main', '--config', `${X}/registry.yaml`),
      asks(join(folder, X), 'diff', 'origin/main'),
    ]) {
      assert.is(code, 11, `${out}${err}`);
      assert.match(out, 'opens access');
    }
  }),
);

test(
  'a repository in the repository, such as a submodule, is not asked in its place',
  withLoginRemoved((folder) => {
    ownRepository(join(folder, X));
    for (const command of [
      ['diff', 'origin/main'],
      ['commit', '--dry-run'],
    ]) {
      const { code, err } = asks(folder, ...command, '--config', `${X}/registry.yaml`);
      assert.is(code, 2, err);
      assert.match(err, `is in a repository of its own (${X})`);
    }
    assert.is(asks(join(folder, X), 'diff', 'origin/main').code, 0, 'whoever is in there means it');
  }),
);

test(
  'a folder that looks like a bare repository starts no program',
  withLoginRemoved((folder) => {
    const { program, sprung } = tripwire(folder);
    embed(join(folder, X), { 'core.fsmonitor': program, 'diff.external': program, 'core.sshCommand': program });
    for (const from of [folder, join(folder, X)]) {
      const config = from === folder ? ['--config', `${X}/registry.yaml`] : [];
      for (const command of [['commit', '--dry-run'], ['commit'], ['diff', 'HEAD'], ['check'], ['generate']])
        asks(from, ...command, ...config);
    }
    assert.not.ok(sprung());
  }),
);

/** Settings that name programs, and a file of attributes that has git use them for every file. */
const PROGRAMS = (program: string): Record<string, string> => ({
  'core.fsmonitor': program,
  'core.pager': program,
  'core.editor': program,
  'core.sshCommand': program,
  'core.askPass': program,
  'core.alternateRefsCommand': program,
  'diff.external': program,
  'diff.forged.command': program,
  'diff.forged.textconv': program,
  'filter.forged.clean': program,
  'filter.forged.smudge': program,
  'filter.forged.process': program,
  'filter.forged.required': 'true',
  'merge.forged.driver': program,
  'gpg.program': program,
  'commit.gpgSign': 'true',
  'credential.helper': program,
  'uploadpack.packObjectsHook': program,
  'remote.origin.url': `ext::${program}`,
  'remote.origin.promisor': 'true',
  'remote.origin.partialCloneFilter': 'blob:none',
  'extensions.partialClone': 'origin',
  'protocol.ext.allow': 'always',
  'alias.rev-parse': `!${program}`,
});

test(
  'settings of a checkout start no program in a command that only reads',
  withRepository((folder) => {
    const { program, sprung, arm } = tripwire(folder);
    put(folder, 'registry.yaml', `${SMALL}drainSeconds: 90\n`);
    put(folder, '.gitattributes', '* filter=forged diff=forged merge=forged\n');
    git(folder, 'branch', 'other');
    for (const name of ['post-index-change', 'pre-commit', 'reference-transaction', 'post-checkout'])
      cpSync(program, join(folder, '.git/hooks', name));
    git(folder, 'config', 'core.repositoryFormatVersion', '1');
    for (const [name, value] of Object.entries(PROGRAMS(program))) git(folder, 'config', name, value);
    arm();
    const commands = [
      ['diff'],
      ['diff', 'HEAD', 'other'],
      ['diff', '0123456789012345678901234567890123456789'],
      ['commit', '--dry-run'],
      ['commit', '--dry-run', '--branch', 'topic', '--push'],
      ['check'],
      ['validate'],
      ['explain', 'replicas'],
      ['build', 'base'],
    ];
    for (const command of commands) {
      asks(folder, ...command);
      assert.not.ok(sprung(), command.join(' '));
    }
    assert.is(asks(folder, 'diff').code, 10, 'and it does what it is for');
    const { code, out, err } = asks(folder, 'commit', '--dry-run');
    assert.is(code, 0, err);
    assert.match(out, 'drain');
  }),
);

test(
  'the variables of git in the environment lead it nowhere else',
  withLoginRemoved((folder) => {
    ownRepository(join(folder, X));
    const environment = { ...GIT_ENV, GIT_DIR: join(folder, X, '.git'), GIT_WORK_TREE: join(folder, X) };
    rmSync(join(folder, X, '.git'), { recursive: true });
    const { code } = run(folder, ['diff', 'origin/main', '--config', `${X}/registry.yaml`], '', environment);
    assert.is(code, 11);
  }),
);

test(
  'what a partial clone lacks is not fetched by a command that only reads, and it says how to fetch it',
  withRepository((folder) => {
    const { program, sprung } = tripwire(folder);
    put(folder, 'registry.yaml', `${SMALL}drainSeconds: 90\n`);
    assert.is(commit(folder).code, 0);
    git(folder, 'config', 'uploadpack.allowFilter', 'true');
    const partial = join(dirname(folder), 'partial');
    git(folder, 'clone', '--quiet', '--filter=blob:none', `file://${folder}`, partial);
    git(partial, 'config', 'core.sshCommand', program);
    git(partial, 'remote', 'set-url', 'origin', 'ssh://nowhere.example.com/x');
    const before = git(partial, 'rev-parse', 'HEAD~1');
    const { code, err } = asks(partial, 'diff', before);
    assert.is(code, 3);
    assert.match(err, `of the commit ${before}; fetch them: git diff ${before} > /dev/null`);
    assert.not.ok(sprung());
    git(partial, 'remote', 'set-url', 'origin', `file://${folder}`);
    git(partial, 'diff', before);
    assert.is(asks(partial, 'diff', before).code, 10);
  }),
);

test.run();
