/** `commit --push`: what the remote gets, and what others pushed meanwhile. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { run } from '../support/cli.js';
import { commit, git, hook, put, stateOf, withRemote } from '../support/git.js';
import { LARGER, MORE, pushAll } from './pushed.js';

const test = suite('commit --push');

test(
  'the remote gets the commit, and so does the branch here',
  withRemote((one, _, remote) => {
    put(one, 'registry.yaml', LARGER);
    const { code, out, err } = commit(one, ['--push']);
    assert.equal([code, err], [0, '']);
    assert.match(out, 'Pushed to origin/main.\n');
    assert.equal(
      [git(remote, 'rev-parse', 'main'), git(one, 'rev-parse', 'origin/main')],
      [git(one, 'rev-parse', 'HEAD'), git(one, 'rev-parse', 'HEAD')],
    );
    assert.is(
      commit(one, ['--push']).out,
      'Nothing to commit: registry.yaml and its tree are committed as they are.\n',
    );
  }),
);

test(
  'where the remote has moved, the tree is generated on top of it, and dirty files stay',
  withRemote((one, two, remote) => {
    put(two, 'registry.yaml', LARGER);
    put(two, 'theirs', 'new\n');
    git(two, 'add', 'theirs');
    git(two, 'commit', '--quiet', '--message', 'theirs');
    assert.is(commit(two, ['--push']).code, 0);
    put(one, 'registry.yaml', MORE);
    put(one, 'mine', 'staged\n');
    git(one, 'add', 'mine');
    put(one, 'dirty', 'untracked\n');
    const { code, out, err } = commit(one, ['--push']);
    assert.equal([code, err], [0, '']);
    assert.match(out, 'Pushed to origin/main, at attempt 2: others were pushing.\n');
    assert.is(git(remote, 'rev-parse', 'main'), git(one, 'rev-parse', 'HEAD'));
    assert.is(git(one, 'rev-parse', 'HEAD^'), git(two, 'rev-parse', 'HEAD'));
    const text = readFileSync(join(one, 'registry.yaml'), 'utf8');
    assert.match(text, 'registry:3.1.0');
    assert.match(text, 'drainSeconds: 90');
    assert.is(readFileSync(join(one, 'theirs'), 'utf8'), 'new\n');
    assert.is(git(one, 'status', '--porcelain'), 'A  mine\n?? dirty');
    assert.is(run(one, ['check']).code, 0);
    assert.not.match(git(one, 'log', '-1', '--format=%B'), '3.1.0');
  }),
);

test(
  'files of others whose names hold tabs, line ends, or bytes that are no text follow like all others',
  withRemote((one, two) => {
    const names = [
      Buffer.from('tab\tname'),
      Buffer.from('two\nlines'),
      Buffer.from('caf\u00e9'),
      Buffer.from([0x63, 0x61, 0x66, 0xe9]),
    ];
    const path = (folder: string, name: Buffer): Buffer => Buffer.concat([Buffer.from(`${folder}/`), name]);
    for (const name of names) writeFileSync(path(two, name), 'theirs\n');
    pushAll(two);
    put(one, 'registry.yaml', LARGER);
    assert.is(commit(one, ['--push']).code, 0);
    assert.is(git(one, 'status', '--porcelain'), '');
    for (const name of names) assert.is(readFileSync(path(one, name), 'utf8'), 'theirs\n');
  }),
);

test(
  'in a sparse checkout the files of others that it leaves out stay out, and are not taken for deleted',
  withRemote((one, two) => {
    put(two, 'far/old', 'old\n');
    put(two, 'near/x', 'x\n');
    pushAll(two);
    git(one, 'pull', '--quiet');
    git(one, 'sparse-checkout', 'set', '--cone', 'base', 'near');
    put(two, 'far/old', 'other\n');
    put(two, 'far/new', 'new\n');
    put(two, 'near/x', 'y\n');
    pushAll(two);
    put(one, 'registry.yaml', LARGER);
    assert.is(commit(one, ['--push']).code, 0);
    assert.is(git(one, 'status', '--porcelain'), '');
    assert.equal([existsSync(join(one, 'far')), readFileSync(join(one, 'near/x'), 'utf8')], [false, 'y\n']);
  }),
);

test(
  'a password in what git calls the remote is not reported, by what it says itself either',
  withRemote((one) => {
    for (const url of [
      'https://ada:hunter2@127.0.0.1:1/x.git',
      'https://ada:hunter2@x@127.0.0.1:1/x.git',
      'no+such://ada:hunter2@127.0.0.1/x.git',
    ]) {
      git(one, 'config', 'branch.main.pushRemote', url);
      put(one, 'registry.yaml', LARGER);
      const { code, out, err } = commit(one, ['--push']);
      assert.is(code, 3);
      assert.match(err, 'rejected the commit');
      assert.not.match(`${out}${err}`, 'hunter2');
    }
  }),
);

test(
  'a lock that a killed git left on the remote is reported as such, after a while in which the branch has not moved',
  withRemote((one, _, remote) => {
    put(one, 'registry.yaml', LARGER);
    put(remote, 'refs/heads/main.lock', '');
    const before = stateOf(one);
    const { code, err } = commit(one, ['--push', '--push-timeout', '2']);
    assert.is(code, 3);
    assert.match(
      err,
      'rejects the commit, though its branch has not moved for 2 s: [remote rejected] (failed to update ref)',
    );
    assert.match(err, "refs/heads/main.lock': File exists.");
    assert.match(err, 'remove the lock that it names, then run again.');
    assert.is(stateOf(one), before);
  }),
);

test(
  "a lock on the remote that goes away is waited for, with what a hook added, and with commits of the user's own",
  withRemote((one, _, remote) => {
    const lock = join(remote, 'refs/heads/main.lock');
    const pushes = join(one, '.git/pushes');
    hook(join(one, '.git'), 'pre-push', `echo >> '${pushes}'; test $(wc -l < '${pushes}') -lt 4 || rm -f '${lock}'`);
    hook(join(one, '.git'), 'pre-commit', 'echo added > added && git add added');
    const pushedLate = (): void => {
      writeFileSync(pushes, '');
      put(remote, 'refs/heads/main.lock', '');
      const { code, out, err } = commit(one, ['--push']);
      assert.equal([code, err], [0, '']);
      assert.match(out, 'Pushed to origin/main, at attempt 4: others were pushing.\n');
      assert.is(git(remote, 'rev-parse', 'main'), git(one, 'rev-parse', 'HEAD'));
    };
    put(one, 'registry.yaml', LARGER);
    pushedLate();
    assert.is(git(one, 'show', 'HEAD:added'), 'added');
    put(one, 'own', 'own\n');
    git(one, 'add', 'own');
    git(one, 'commit', '--quiet', '--message', 'own');
    pushedLate();
    assert.is(git(one, 'log', '-1', '--format=%s'), 'own');
  }),
);

test(
  'a branch that the remote can never have is refused at once',
  withRemote((one) => {
    put(one, 'registry.yaml', LARGER);
    const { code, err } = commit(one, ['--push', '--branch', 'topic']);
    assert.equal([code, err], [0, '']);
    put(one, 'registry.yaml', MORE);
    git(one, 'branch', '--quiet', '-m', 'topic', 'other');
    git(one, 'config', '--unset', 'branch.other.merge');
    const { code: then, err: said } = commit(one, ['--push', '--branch', 'topic/a']);
    assert.is(then, 1);
    assert.match(said, 'rejected the commit: [remote rejected] (failed to update ref)');
    assert.match(said, "'refs/heads/topic' exists; cannot create 'refs/heads/topic/a'");
  }),
);

test(
  'locks that a kill of a push left in the repository here are cleared away by the next run',
  withRemote((one, two) => {
    put(two, 'theirs', 'new\n');
    pushAll(two);
    put(one, 'registry.yaml', LARGER);
    const head = git(one, 'rev-parse', 'HEAD');
    const pushing = { remote: 'origin', name: 'origin', ref: 'refs/heads/main', url: 'x' };
    put(
      one,
      '.git/registry-gitops/journal.json',
      JSON.stringify({
        landing: {
          ref: 'refs/heads/main',
          old: head,
          new: git(one, 'commit-tree', '-p', head, '-m', 'x', 'HEAD^{tree}'),
          onDisk: head,
          entries: {},
          pushed: false,
          pushing,
        },
      }),
    );
    const locks = ['.git/refs/worktree/registry-gitops.lock', '.git/refs/remotes/origin/main.lock'];
    for (const lock of locks) put(one, lock, '');
    const { code, err } = commit(one, ['--push']);
    assert.equal([code, err, locks.filter((lock) => existsSync(join(one, lock)))], [0, '', []]);
    assert.is(git(one, 'rev-parse', 'origin/main'), git(one, 'rev-parse', 'HEAD'));
  }),
);

test(
  'what a hook pre-push prints is reported as its refusal',
  withRemote((one) => {
    hook(
      join(one, '.git'),
      'pre-push',
      'echo "not on a friday"; git diff --name-only HEAD~0 -- "*.yaml" >/dev/null; test -z "$GIT_LITERAL_PATHSPECS" || echo literal; exit 1',
    );
    put(one, 'registry.yaml', LARGER);
    const before = stateOf(one);
    const { code, err } = commit(one, ['--push']);
    assert.is(code, 1);
    assert.match(err, 'rejected the commit: not on a friday\n');
    assert.match(err, 'The hook pre-push runs first');
    assert.not.match(err, 'literal');
    assert.is(stateOf(one), before);
  }),
);

test.run();
