/** `commit`: what belongs to it, and what else stays as it is. */
import { readFileSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { run } from '../support/cli.js';
import { withFolder } from '../support/folder.js';
import { commit, git, put, SMALL, stateOf, withRepository } from '../support/git.js';
import { LARGER } from './committed.js';

const test = suite('commit');

test('the first commit of a repository has registry.yaml and its tree, and says so', () =>
  withFolder((folder) => {
    git(folder, 'init', '--quiet', '--initial-branch=main');
    put(folder, 'registry.yaml', `${SMALL}overlays:\n  tls: {}\n`);
    const { code, out, err } = commit(folder);
    assert.equal([code, err], [0, '']);
    assert.match(
      out,
      /\+ registry\.yaml\nCommitted \d+ files to main as [0-9a-f]{10}:\n\n {4}Add the registry with the overlay tls\n/,
    );
    assert.is(git(folder, 'status', '--porcelain'), '');
    assert.is(git(folder, 'rev-list', '--count', 'HEAD'), '1');
  }));

test(
  'the message is what changes in the cluster; nothing to do is success without a commit',
  withRepository((folder) => {
    put(folder, 'registry.yaml', LARGER);
    assert.is(commit(folder).code, 0);
    assert.is(git(folder, 'log', '-1', '--format=%B'), 'base: registry image 3.0.0 -> 3.1.0\n');
    assert.is(git(folder, 'status', '--porcelain'), '');
    assert.is(run(folder, ['check']).code, 0);
    const before = stateOf(folder);
    assert.equal(commit(folder), {
      code: 0,
      out: 'Nothing to commit: registry.yaml and its tree are committed as they are.\n',
      err: '',
    });
    assert.is(stateOf(folder), before);
    put(folder, 'registry.yaml', `# A comment.\n${LARGER}`);
    commit(folder);
    assert.is(git(folder, 'log', '-1', '--format=%s'), 'registry.yaml: nothing changes in the cluster');
  }),
);

test(
  'files of defaults are committed with the registry.yaml that names them',
  withRepository((folder) => {
    put(folder, 'registry.yaml', `defaults: shared/a.yaml\n${LARGER}`);
    put(folder, 'shared/a.yaml', 'defaults: b.yaml\ndrainSeconds: 30\n');
    put(folder, 'shared/b.yaml', 'replicas: 3\n');
    const { code, err } = commit(folder);
    assert.equal([code, err], [0, '']);
    assert.is(git(folder, 'status', '--porcelain'), '');
    assert.is(run(folder, ['check']).code, 0);
  }),
);

test(
  'what else is staged, half staged, announced, dirty or untracked stays so',
  withRepository((folder) => {
    for (const name of ['staged', 'half', 'dirty', 'removed']) put(folder, name, 'old\n');
    git(folder, 'add', '.');
    git(folder, 'commit', '--quiet', '--message', 'others');
    put(folder, 'staged', 'new\n');
    put(folder, 'half', 'first\n');
    git(folder, 'add', 'staged', 'half');
    put(folder, 'half', 'first\nsecond\n');
    put(folder, 'dirty', 'new\n');
    put(folder, 'base/notes.txt', 'mine\n');
    put(folder, 'announced', 'text\n');
    git(folder, 'add', '--intent-to-add', 'announced');
    git(folder, 'rm', '--quiet', 'removed');
    const before = git(folder, 'status', '--porcelain');
    const index = git(folder, 'ls-files', '--stage', 'staged', 'half', 'dirty', 'announced');
    put(folder, 'registry.yaml', LARGER);
    assert.is(commit(folder).code, 0);
    assert.is(git(folder, 'status', '--porcelain'), before);
    assert.is(git(folder, 'ls-files', '--stage', 'staged', 'half', 'dirty', 'announced'), index);
    assert.equal(git(folder, 'show', '--format=', '--name-only').split('\n'), [
      '.registry-gitops.sha256',
      'base/deployment.yaml',
      'base/gc-cronjob.yaml',
      'registry.yaml',
    ]);
  }),
);

test(
  'a generated file that is staged as somebody edited it stays staged, and is warned of',
  withRepository((folder) => {
    put(folder, 'base/deployment.yaml', '# mine\n');
    git(folder, 'add', 'base/deployment.yaml');
    const { code, out, err } = commit(folder);
    assert.is(code, 0);
    assert.match(out, 'Nothing to commit');
    assert.match(
      err,
      /^warning: staged otherwise than generated[^\n]*: base\/deployment\.yaml; take them back: git restore --staged base\/deployment\.yaml\n$/,
    );
    assert.is(git(folder, 'show', ':base/deployment.yaml'), '# mine');
  }),
);

test(
  'files that the generator wrote and does not any more are removed, also where generate ran before',
  withRepository(
    (folder) => {
      put(folder, 'registry.yaml', SMALL);
      run(folder, ['generate']);
      assert.is(commit(folder).code, 0);
      assert.is(git(folder, 'ls-files', 'overlays'), '');
      assert.match(git(folder, 'log', '-1', '--format=%s'), /^extra: overlay removed$/);
    },
    { 'registry.yaml': `${SMALL}overlays:\n  extra:\n    replicas: 3\n` },
  ),
);

test(
  'where there is nothing to commit, the index is only read',
  withRepository((folder) => {
    // What git knew of the file is out of date then, and a status would write down what it finds.
    utimesSync(join(folder, 'registry.yaml'), 1, 1);
    const index = readFileSync(join(folder, '.git/index'));
    assert.match(commit(folder).out, 'Nothing to commit');
    assert.ok(index.equals(readFileSync(join(folder, '.git/index'))));
  }),
);

test(
  'an input that is staged in another version is refused: what is staged would be lost',
  withRepository((folder) => {
    put(folder, 'registry.yaml', LARGER);
    git(folder, 'add', 'registry.yaml');
    put(folder, 'registry.yaml', LARGER.replace('replicas: 2', 'replicas: 3'));
    const before = stateOf(folder);
    const { code, err } = commit(folder);
    assert.is(code, 1);
    assert.match(err, 'registry.yaml: one version is staged, and the file in the folder differs.');
    assert.match(err, 'git add registry.yaml');
    assert.is(stateOf(folder), before);
    git(folder, 'add', 'registry.yaml');
    assert.is(commit(folder).code, 0);
  }),
);

test(
  'a dry run prints message and paths, and writes not even an object',
  withRepository((folder) => {
    put(folder, 'registry.yaml', LARGER);
    const [before, objects] = [stateOf(folder), git(folder, 'count-objects')];
    const { code, out } = commit(folder, ['--dry-run']);
    assert.is(code, 0);
    assert.match(out, '~ base/deployment.yaml\n');
    assert.match(out, /Would commit \d files:\n\n {4}base: registry image 3\.0\.0 -> 3\.1\.0\n/);
    assert.equal([stateOf(folder), git(folder, 'count-objects')], [before, objects]);
    assert.is(git(folder, 'status', '--porcelain'), ' M registry.yaml');
    for (const wrong of [['--branch', 'a..b'], ['--push'], ['--author', 'Ada']])
      assert.is(commit(folder, ['--dry-run', ...wrong]).code, 2, wrong.join(' '));
  }),
);

test(
  '--json, --message, --author and --signoff',
  withRepository((folder) => {
    put(folder, 'registry.yaml', LARGER);
    const { code, out } = commit(folder, [
      '--json',
      '--message',
      'Take 3.1',
      '--author',
      'Grace Hopper <grace@example.com>',
      '--signoff',
    ]);
    assert.is(code, 0);
    const result = JSON.parse(out);
    assert.equal(
      [result.commit, result.branch, result.message],
      [git(folder, 'rev-parse', 'HEAD'), 'main', 'Take 3.1\n\nSigned-off-by: Ada <ada@example.com>'],
    );
    assert.ok(
      result.paths.some(
        ({ status, path }: { status: string; path: string }) => status === 'changed' && path === 'registry.yaml',
      ),
    );
    assert.is(git(folder, 'log', '-1', '--format=%an %ae %cn'), 'Grace Hopper grace@example.com Ada');
    assert.equal([commit(folder, ['--author', 'Grace']).code, commit(folder, ['--push-timeout', 'soon']).code], [2, 2]);
  }),
);

test.run();
