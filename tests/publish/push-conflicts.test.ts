/** `commit --push` where both sides changed, the remote refuses, or a pull request is asked for. */
import { chmodSync, readFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { run } from '../support/cli.js';
import { commit, git, hook, put, SMALL, stateOf, withRemote } from '../support/git.js';
import { LARGER, MORE, pushAll } from './pushed.js';

const test = suite('commit --push: conflicts and pull requests');

test(
  'the same lines changed on both sides, or what only fits alone: stopped, and the repository is as before',
  withRemote((one, two) => {
    put(two, 'registry.yaml', LARGER);
    assert.is(commit(two, ['--push']).code, 0);
    put(one, 'registry.yaml', SMALL.replace('3.0.0', '3.1.1'));
    const before = stateOf(one);
    const { code, err } = commit(one, ['--push']);
    assert.is(code, 1);
    assert.match(err, 'registry.yaml:2:1: the same lines are changed here, and by others on origin/main.');
    assert.match(err, 'git stash && git pull --rebase && git stash pop');
    assert.is(stateOf(one), before);
    assert.is(readFileSync(join(one, 'registry.yaml'), 'utf8'), SMALL.replace('3.0.0', '3.1.1'));
    // What the message says leads out of it.
    git(one, 'stash');
    git(one, 'pull', '--quiet', '--rebase');
    assert.throws(() => git(one, 'stash', 'pop'));
    assert.match(git(one, 'status', '--porcelain'), /^UU \.registry-gitops\.sha256\nUU base\/deployment\.yaml\n/);
    assert.match(commit(one, ['--push']).err, 'registry.yaml');
    put(one, 'registry.yaml', SMALL.replace('3.0.0', '3.1.1'));
    git(one, 'add', 'registry.yaml');
    assert.is(commit(one, ['--push']).code, 0);
    assert.is(git(one, 'status', '--porcelain'), '');
    assert.is(git(one, 'log', '-1', '--format=%s'), 'base: registry image 3.1.0 -> 3.1.1');
    assert.is(run(one, ['check']).code, 0);
  }),
);

test(
  'others that pushed the very same: it is taken over, without a commit',
  withRemote((one, two) => {
    for (const folder of [two, one]) put(folder, 'registry.yaml', LARGER);
    // Of one author they would be the very same commit, within a second.
    assert.is(commit(two, ['--push'], { GIT_AUTHOR_NAME: 'Bo' }).code, 0);
    const { code, out } = commit(one, ['--push']);
    assert.is(code, 0);
    assert.match(out, 'Nothing to commit');
    assert.is(git(one, 'rev-parse', 'HEAD'), git(two, 'rev-parse', 'HEAD'));
    assert.is(git(one, 'status', '--porcelain'), '');
  }),
);

test(
  'a file that others changed and that is dirty here is not overwritten',
  withRemote((one, two) => {
    put(two, 'notes', 'theirs\n');
    git(two, 'add', 'notes');
    git(two, 'commit', '--quiet', '--message', 'notes');
    git(two, 'push', '--quiet');
    put(one, 'notes', 'mine\n');
    put(one, 'registry.yaml', LARGER);
    const before = stateOf(one);
    const { code, err } = commit(one, ['--push']);
    assert.is(code, 1);
    assert.match(err, /changed here too, and not committed \(.*notes.*\); commit them, or `git stash`/);
    assert.is(stateOf(one), before);
    assert.is(readFileSync(join(one, 'notes'), 'utf8'), 'mine\n');
  }),
);

test(
  'own commits that are not pushed are never rewritten: pushed along, or the user brings them together',
  withRemote((one, two, remote) => {
    put(one, 'work', 'mine\n');
    git(one, 'add', 'work');
    git(one, 'commit', '--quiet', '--message', 'work');
    put(one, 'registry.yaml', LARGER);
    assert.is(commit(one, ['--push']).code, 0);
    assert.is(git(remote, 'log', '-2', '--format=%s'), 'base: registry image 3.0.0 -> 3.1.0\nwork');
    put(two, 'registry.yaml', MORE);
    git(two, 'commit', '--quiet', '--message', 'other work', '--allow-empty');
    const before = stateOf(two);
    const { code, err } = commit(two, ['--push']);
    assert.is(code, 1);
    assert.match(err, 'git pull --rebase --autostash origin main, then run again');
    assert.is(stateOf(two), before);
  }),
);

test(
  'a remote that refuses, is gone or silent leaves no trace here',
  withRemote((one, _, remote) => {
    put(one, 'registry.yaml', LARGER);
    const before = stateOf(one);
    hook(remote, 'pre-receive', 'echo "main is protected" >&2; exit 1');
    const refused = commit(one, ['--push']);
    assert.is(refused.code, 1);
    assert.match(refused.err, 'main is protected');
    assert.match(refused.err, '--branch NAME, with --pull-request');
    assert.is(stateOf(one), before);
    hook(remote, 'pre-receive', 'sleep 5');
    const silent = commit(one, ['--push', '--push-timeout', '1']);
    assert.equal([silent.code, stateOf(one)], [3, before]);
    assert.match(silent.err, 'did not answer within 1 s');
    git(one, 'remote', 'set-url', 'origin', `${remote}-gone`);
    const gone = commit(one, ['--push']);
    assert.equal([gone.code, stateOf(one)], [3, before]);
    assert.match(gone.err, 'rejected the commit');
    git(one, 'remote', 'remove', 'origin');
    assert.match(commit(one, ['--push']).err, 'there is no remote; `git remote add origin URL` first');
  }),
);

test(
  'from a detached HEAD --push needs a branch; from a shallow clone and a worktree it works',
  withRemote((one, two, remote) => {
    put(one, 'registry.yaml', LARGER);
    assert.is(commit(one, ['--push']).code, 0);
    const shallow = join(dirname(one), 'shallow');
    git(dirname(one), 'clone', '--quiet', '--depth=1', `file://${remote}`, shallow);
    git(shallow, 'checkout', '--quiet', '--detach');
    put(two, 'other', 'x\n');
    git(two, 'pull', '--quiet');
    git(two, 'add', 'other');
    git(two, 'commit', '--quiet', '--message', 'other');
    git(two, 'push', '--quiet');
    put(shallow, 'registry.yaml', LARGER.replace('replicas: 2', 'replicas: 3'));
    const refused = commit(shallow, ['--push']);
    assert.equal([refused.code, git(shallow, 'rev-parse', '--abbrev-ref', 'HEAD')], [2, 'HEAD']);
    assert.match(refused.err, 'name one: --branch NAME');
    const { code, err } = commit(shallow, ['--push', '--branch', 'main']);
    assert.equal([code, err], [0, '']);
    assert.is(git(remote, 'log', '-2', '--format=%s', 'main'), 'base: Deployment images replicas 2 -> 3\nother');
    const worktree = join(dirname(one), 'worktree');
    git(one, 'worktree', 'add', '--quiet', '-b', 'topic', worktree);
    put(worktree, 'registry.yaml', MORE);
    assert.is(commit(worktree, ['--push']).code, 0);
    assert.is(git(remote, 'rev-parse', 'topic'), git(worktree, 'rev-parse', 'HEAD'));
    assert.is(git(worktree, 'rev-parse', '--abbrev-ref', '@{upstream}'), 'origin/topic');
    assert.match(commit(one, ['--branch', 'topic', '--message', 'x']).err + commit(one, []).out, 'Nothing to commit');
  }),
);

test(
  '--pull-request from the very branch that it would go into is refused, before anything is written',
  withRemote((one, _, remote) => {
    put(one, 'registry.yaml', LARGER);
    const states = (): string[] => [stateOf(one), git(remote, 'for-each-ref'), git(one, 'status', '--porcelain')];
    const before = states();
    for (const args of [['--pull-request'], ['--pull-request', '--branch', 'main']]) {
      const { code, err } = commit(one, args);
      assert.is(code, 2);
      assert.match(
        err,
        '--pull-request: main is the branch of origin that pull requests go into; name another for the commit: --branch NAME. Nothing was written.',
      );
    }
    assert.equal(states(), before);
  }),
);

test(
  'a new branch is not put on top of what others have under its name',
  withRemote((one, two, remote) => {
    git(two, 'switch', '--quiet', '--create', 'topic');
    put(two, 'theirs', 'new\n');
    pushAll(two, 'topic');
    put(one, 'registry.yaml', LARGER);
    const [before, theirs] = [stateOf(one), git(remote, 'rev-parse', 'topic')];
    const { code, err } = commit(one, ['--push', '--branch', 'topic']);
    assert.is(code, 1);
    assert.match(
      err,
      'origin has a branch topic already, with other commits; git fetch origin && git switch topic first, or use another name.',
    );
    assert.equal([stateOf(one), git(remote, 'rev-parse', 'topic')], [before, theirs]);
    git(two, 'push', '--quiet', '--force', 'origin', 'main:topic');
    assert.is(commit(one, ['--push', '--branch', 'topic']).code, 0, 'one that is where the new one begins is no other');
  }),
);

test(
  '--pull-request asks gh; without it the ways to open one are reported',
  withRemote((one, _, remote) => {
    const bin = join(dirname(one), 'bin');
    put(
      bin,
      'gh',
      `#!/bin/sh\nfor a in "$@"; do printf '%s\\n' "[$a]"; done > "${join(bin, 'args')}"\necho https://github.com/example/registry/pull/7\n`,
    );
    chmodSync(join(bin, 'gh'), 0o755);
    put(one, 'registry.yaml', LARGER);
    const { code, out, err } = commit(one, ['--pull-request', '--branch', 'topic'], {
      PATH: `${bin}${delimiter}${process.env['PATH']}`,
    });
    assert.equal([code, err], [0, '']);
    assert.match(out, 'Pull request: https://github.com/example/registry/pull/7\n');
    assert.is(
      readFileSync(join(bin, 'args'), 'utf8'),
      '[pr]\n[create]\n[--head]\n[topic]\n[--base]\n[main]\n[--title]\n[base: registry image 3.0.0 -> 3.1.0]\n[--body]\n[]\n',
    );
    assert.is(git(remote, 'rev-parse', 'topic'), git(one, 'rev-parse', 'HEAD'));
    put(bin, 'gh', '#!/bin/sh\necho "not logged in" >&2; exit 4\n');
    put(one, 'registry.yaml', MORE);
    const failed = commit(one, ['--pull-request', '--branch', 'topic'], {
      PATH: `${bin}${delimiter}${process.env['PATH']}`,
    });
    assert.is(failed.code, 3);
    assert.match(failed.err, 'the commit is pushed to topic, but gh opened no pull request: not logged in');
  }),
);

test.run();
