/** `commit` in repositories in any state. */
import { existsSync, mkdirSync, symlinkSync, writeFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { run } from '../support/cli.js';
import { withFolder } from '../support/folder.js';
import { commit, git, put, SMALL, stateOf, withRepository } from '../support/git.js';
import { LARGER } from './found.js';

const test = suite('repositories as they are found');

/** The commit is refused with a message, and nothing of the repository is changed; not even generated files, unless said. */
function refused(
  folder: string,
  code: number,
  message: string | RegExp,
  args: string[] = [],
  env: NodeJS.ProcessEnv = {},
): void {
  const before = [stateOf(folder), git(folder, 'status', '--porcelain')];
  const result = commit(folder, args, env);
  assert.match(result.err, message);
  assert.is(result.code, code);
  assert.not.match(result.err, /\n\s+at /);
  assert.equal([stateOf(folder), git(folder, 'status', '--porcelain')], before);
}

test('no repository, a bare one, none of its own: said with the way out', () =>
  withFolder((folder) => {
    put(folder, 'registry.yaml', SMALL);
    const none = commit(folder, [], { GIT_CEILING_DIRECTORIES: dirname(folder) });
    assert.equal([none.code, existsSync(join(folder, 'base'))], [3, false]);
    assert.match(none.err, 'is in no git repository; run `git init` there');
    git(folder, 'init', '--quiet', '--bare', 'bare.git');
    put(join(folder, 'bare.git'), 'registry.yaml', SMALL);
    const bare = commit(join(folder, 'bare.git'));
    assert.is(bare.code, 3);
    assert.match(bare.err, '(bare); clone it');
    git(folder, 'init', '--quiet');
    assert.match(commit(folder, [], { PATH: '/nowhere' }).err, 'git is not on the PATH; install it');
  }));

test(
  'a merge, a rebase, a cherry-pick or a revert under way belongs to its user',
  withRepository((folder) => {
    put(folder, 'registry.yaml', LARGER);
    for (const [file, command] of [
      ['MERGE_HEAD', 'merge'],
      ['rebase-merge/x', 'rebase'],
      ['CHERRY_PICK_HEAD', 'cherry-pick'],
      ['REVERT_HEAD', 'revert'],
    ] as const) {
      put(folder, `.git/${file}`, `${git(folder, 'rev-parse', 'HEAD')}\n`);
      const { code, err } = commit(folder);
      assert.is(code, 1, file);
      assert.match(err, `git ${command} --abort`);
      rmSync(join(folder, '.git', dirname(file) === '.' ? file : dirname(file)), { recursive: true });
    }
    assert.is(git(folder, 'status', '--porcelain'), ' M registry.yaml');
  }),
);

test(
  'a lock of another git, and nobody to commit as',
  withRepository((folder) => {
    put(folder, 'registry.yaml', LARGER);
    writeFileSync(join(folder, '.git/index.lock'), '');
    const locked = commit(folder);
    rmSync(join(folder, '.git/index.lock'));
    assert.is(locked.code, 3);
    assert.match(
      locked.err,
      /index\.lock is there: another git is at work, or was killed\. Wait for it; if there is none, remove that file/,
    );
    writeFileSync(join(folder, '.git/refs/heads/main.lock'), '');
    refusedAfterwards(folder, 'main.lock');
    rmSync(join(folder, '.git/refs/heads/main.lock'));
    git(folder, 'checkout', '--quiet', '--', 'base', '.registry-gitops.sha256');
    git(folder, 'config', 'user.useConfigOnly', 'true');
    refused(folder, 3, 'git config user.name "Your Name" && git config user.email you@example.com', [], {
      GIT_COMMITTER_EMAIL: '',
      GIT_COMMITTER_NAME: '',
    });
  }),
);

/** What is generated stays; the branch and the index are as they were. */
function refusedAfterwards(folder: string, message: string): void {
  const before = stateOf(folder);
  const { code, err } = commit(folder);
  assert.is(code !== 0, true);
  assert.match(err, message);
  assert.is(stateOf(folder), before);
}

test(
  'what is ignored, a link, or outside of the repository cannot be committed',
  withRepository((folder) => {
    put(folder, 'other/registry.yaml', SMALL);
    put(folder, '.gitignore', '*.bak\nother/base/\n');
    refused(folder, 1, '.gitignore:2:1: "other/base/" has git ignore other/base/', ['--config', 'other/registry.yaml']);
    put(folder, '.gitignore', 'registry.yaml\n');
    assert.is(commit(folder).code, 0, 'what is tracked is not ignored');
    refused(folder, 1, '.gitignore:1:1: "registry.yaml" has git ignore other/registry.yaml', [
      '--config',
      'other/registry.yaml',
    ]);
    put(
      folder,
      '.gitignore',
      '/*\n!/other/\n/other/*\n!/other/registry.yaml\n!/other/base/\n!/other/.registry-gitops.sha256\n',
    );
    assert.is(
      commit(folder, ['--config', 'other/registry.yaml']).code,
      0,
      'patterns that take paths back ignore nothing',
    );
    symlinkSync('registry.yaml', join(folder, 'link.yaml'));
    refused(folder, 3, 'link.yaml is a symbolic link', ['--config', 'link.yaml']);
    put(dirname(folder), 'outside.yaml', SMALL);
    refused(folder, 2, 'is outside of the repository', ['--config', '../outside.yaml', '--out', '.']);
  }),
);

test(
  'a wrong registry.yaml and findings are reported as by generate',
  withRepository((folder) => {
    put(folder, 'registry.yaml', 'replica: 1\n');
    refused(folder, 2, 'registry.yaml:1:1:');
    put(folder, 'registry.yaml', 'host: registry.example.com\ningress:\n  class: nginx\n');
    refused(folder, 1, '[plain-http-login]');
    put(folder, 'registry.yaml', LARGER);
    put(folder, 'base/ingress.yaml', 'mine\n');
    put(
      folder,
      'registry.yaml',
      `${LARGER}host: registry.example.com\ningress:\n  class: nginx\ntls:\n  type: secret\n`,
    );
    refused(folder, 3, 'these files are in the way');
  }),
);

test(
  'a detached HEAD, a submodule and a sparse checkout are committed to',
  withRepository((folder) => {
    git(folder, 'checkout', '--quiet', '--detach');
    put(folder, 'registry.yaml', LARGER);
    assert.is(commit(folder).code, 0);
    assert.is(git(folder, 'rev-parse', 'HEAD^'), git(folder, 'rev-parse', 'main'));
    git(folder, 'checkout', '--quiet', '-B', 'main');
    const outer = join(dirname(folder), 'outer');
    mkdirSync(outer);
    git(outer, 'init', '--quiet');
    git(outer, 'submodule', '--quiet', 'add', folder, 'inner');
    put(join(outer, 'inner'), 'registry.yaml', SMALL);
    assert.is(commit(join(outer, 'inner')).code, 0);
    assert.is(git(join(outer, 'inner'), 'status', '--porcelain'), '');
    assert.is(git(outer, 'status', '--porcelain'), 'A  .gitmodules\nAM inner');
    git(folder, 'sparse-checkout', 'set', '--no-cone', '/registry.yaml');
    assert.is(existsSync(join(folder, 'base')), false);
    put(folder, 'registry.yaml', SMALL);
    assert.is(commit(folder).code, 0);
    assert.is(
      git(folder, 'show', '--format=', '--name-status'),
      'M\t.registry-gitops.sha256\nM\tbase/deployment.yaml\nM\tbase/gc-cronjob.yaml\nM\tregistry.yaml',
    );
  }),
);

test(
  'what git is instructed to take for unchanged stands in no way',
  withRepository((folder) => {
    put(folder, 'registry.yaml', LARGER);
    git(folder, 'add', 'registry.yaml');
    put(folder, 'registry.yaml', `${LARGER}drainSeconds: 90\n`);
    git(folder, 'update-index', '--assume-unchanged', 'registry.yaml');
    assert.is(commit(folder).code, 0);
    assert.match(git(folder, 'show', 'HEAD:registry.yaml'), 'drainSeconds: 90');
  }),
);

test(
  'with CRLF settings the commit and the folder have LF, check holds, and the next checkout is warned of',
  withRepository((folder) => {
    git(folder, 'config', 'core.autocrlf', 'true');
    git(folder, 'config', 'core.safecrlf', 'true');
    put(folder, 'registry.yaml', LARGER.replaceAll('\n', '\r\n'));
    const { code, err } = commit(folder);
    assert.is(code, 0);
    assert.match(err, 'add to .gitattributes: * text=auto eol=lf');
    assert.not.match(git(folder, 'show', 'HEAD:registry.yaml'), '\r');
    assert.is(git(folder, 'status', '--porcelain'), '');
    assert.is(run(folder, ['check']).code, 0);
    put(folder, '.gitattributes', '* text=auto eol=lf\n');
    put(folder, 'registry.yaml', SMALL);
    assert.equal(commit(folder).err, '');
  }),
);

test.run();
