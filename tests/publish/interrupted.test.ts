/** `commit` with an older git, and where a run is interrupted or killed. */
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync, rmSync, chmodSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { PROGRAM, start } from '../support/cli.js';
import { commit, git, GIT_ENV, hook, put, stateOf, withRepository } from '../support/git.js';
import { until } from '../support/processes.js';
import { findProgram } from '../support/tools.js';
import { LARGER } from './found.js';

const test = suite('repositories: other gits, and runs that were ended');

test(
  'an older git, which cannot run hooks itself, has them run',
  withRepository((folder) => {
    const bin = join(dirname(folder), 'bin');
    put(
      bin,
      'git',
      `#!/bin/sh\ncase "$*" in *--version) echo git version 2.34.1; exit 0;; esac\ntest "$1" = hook && exit 1\nexec ${findProgram('git')} "$@"\n`,
    );
    chmodSync(join(bin, 'git'), 0o755);
    put(folder, 'registry.yaml', LARGER);
    hook(join(folder, '.git'), 'commit-msg', 'echo "Ticket: 8" >> "$1"');
    // A process of its own: git's version is asked for once.
    const env = { ...GIT_ENV, PATH: `${bin}${delimiter}${process.env['PATH']}` };
    assert.is(start(folder, ['commit'], '', env).code, 0);
    assert.match(git(folder, 'log', '-1', '--format=%B'), 'Ticket: 8');
  }),
);

/** Starts a commit, interrupts it once something holds, and waits for its end. @returns the signal that ended it, and what it printed */
async function interrupted(
  folder: string,
  args: string[],
  when: () => boolean,
  group = false,
): Promise<{ signal: NodeJS.Signals | undefined; err: string }> {
  const child = spawn(process.execPath, [PROGRAM, 'commit', ...args], {
    cwd: folder,
    env: { ...process.env, ...GIT_ENV },
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let err = '';
  let ended: { code: number | null; signal: NodeJS.Signals | null } | undefined;
  child.stderr.on('data', (data) => (err += data));
  child.on('exit', (code, signal) => (ended = { code, signal }));
  try {
    await until('it is so far', when, 60_000);
    process.kill(group ? -child.pid! : child.pid!, 'SIGINT');
    await until(
      'it ends',
      () => ended !== undefined,
      30_000,
      () => err,
    );
    assert.is(ended!.code, null, err);
    return { signal: ended!.signal ?? undefined, err };
  } finally {
    child.kill('SIGKILL');
  }
}

for (const group of [true, false]) {
  test(
    `Ctrl-C, sent to ${group ? 'all that runs' : 'the command alone'}, goes back to the branch, and leaves no trace`,
    withRepository(async (folder) => {
      put(folder, 'registry.yaml', LARGER);
      hook(
        join(folder, '.git'),
        'pre-commit',
        'git symbolic-ref HEAD > "$(git rev-parse --git-dir)/reached"; exec sleep 60',
      );
      const before = stateOf(folder);
      const { signal, err } = await interrupted(
        folder,
        ['--branch', 'topic'],
        () => readFileSync(join(folder, '.git/reached'), 'utf8') === 'refs/heads/topic\n',
        group,
      );
      assert.is(signal, 'SIGINT');
      assert.match(err, 'interrupted. What was begun is taken back');
      assert.is(stateOf(folder), before);
      rmSync(join(folder, '.git/hooks/pre-commit'));
      assert.match(commit(folder).out, 'to main as ');
    }),
  );
}

test(
  'Ctrl-C ends a run that waits for another one',
  withRepository(async (folder) => {
    put(folder, 'registry.yaml', LARGER);
    put(join(folder, '.git/registry-gitops'), 'lock', String(process.pid));
    const began = Date.now();
    assert.is((await interrupted(folder, [], () => Date.now() - began > 2000)).signal, 'SIGINT');
  }),
);

test(
  'what a killed run left is finished or taken back by the next one',
  withRepository((folder) => {
    const scratch = join(folder, '.git/registry-gitops');
    // Killed after the branch had moved: the index is brought up to it, and only where the user left it alone.
    put(folder, 'registry.yaml', LARGER);
    put(folder, 'other', 'x\n');
    git(folder, 'add', 'other');
    const old = git(folder, 'rev-parse', 'HEAD');
    const entries = Object.fromEntries(
      git(folder, 'ls-files', '--stage', 'registry.yaml', 'base/deployment.yaml')
        .split('\n')
        .map((line) => [line.split('\t')[1], line.split(' ').slice(0, 2).join(' ')]),
    );
    const index = readFileSync(join(folder, '.git/index'));
    assert.is(commit(folder).code, 0);
    writeFileSync(join(folder, '.git/index'), index);
    assert.match(git(folder, 'status', '--porcelain'), 'MM registry.yaml');
    const journal = JSON.stringify({
      landing: {
        ref: 'refs/heads/main',
        old,
        new: git(folder, 'rev-parse', 'HEAD'),
        onDisk: git(folder, 'rev-parse', 'HEAD'),
        entries,
        pushed: false,
      },
    });
    put(scratch, 'journal.json', journal);
    put(scratch, 'lock', '999999');
    put(scratch, 'lock-999999', '999999');
    assert.is(commit(folder).code, 0);
    assert.not.match(git(folder, 'status', '--porcelain'), /registry.yaml|deployment/);
    assert.match(git(folder, 'status', '--porcelain'), 'A  other');
    assert.equal(readdirSync(scratch), []);
    // What the user staged since is left alone.
    writeFileSync(join(folder, '.git/index'), index);
    put(folder, 'base/deployment.yaml', '# mine\n');
    git(folder, 'add', 'base/deployment.yaml');
    put(scratch, 'journal.json', journal);
    assert.is(commit(folder).code, 0);
    assert.is(git(folder, 'show', ':base/deployment.yaml'), '# mine');
    assert.match(git(folder, 'status', '--porcelain'), /^MM base\/deployment.yaml$/m);
    // Killed on another branch, before there was a commit: back to where it was, and reported, as the user has seen the other.
    git(folder, 'reset', '--quiet', '--', '.registry-gitops.sha256', 'base');
    git(folder, 'branch', 'topic');
    git(folder, 'symbolic-ref', 'HEAD', 'refs/heads/topic');
    put(
      scratch,
      'journal.json',
      JSON.stringify({
        switched: {
          from: 'refs/heads/main',
          to: 'refs/heads/topic',
          commit: git(folder, 'rev-parse', 'HEAD'),
          made: true,
        },
      }),
    );
    const { code, err } = commit(folder);
    assert.is(code, 1);
    assert.match(err, 'a run that was killed had gone to the branch topic, for its commit; HEAD is on main again.');
    assert.equal(
      [git(folder, 'symbolic-ref', 'HEAD'), git(folder, 'branch', '--list', 'topic')],
      ['refs/heads/main', ''],
    );
    assert.is(commit(folder).code, 0);
  }),
);

test.run();
