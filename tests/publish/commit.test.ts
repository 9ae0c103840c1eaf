/** What is committed, and what is left alone. */
import { chmodSync, existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { run } from '../support/cli.js';
import { withFolder } from '../support/folder.js';
import { commit, git, hook, put, SMALL, stateOf, withRepository } from '../support/git.js';

const test = suite('commit');
const LARGER = SMALL.replace('3.0.0', '3.1.0');

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

test(
  'commit.gpgsign is obeyed, and a signature that fails leaves no commit',
  withRepository((folder) => {
    const program = join(folder, '..', 'gpg');
    put(
      folder,
      '../gpg',
      "#!/bin/sh\ncat >/dev/null\nprintf '\\n[GNUPG:] SIG_CREATED \\n' >&2\nprintf -- '-----BEGIN PGP SIGNATURE-----\\n\\nfake\\n-----END PGP SIGNATURE-----\\n'\n",
    );
    git(folder, 'config', 'gpg.program', program);
    git(folder, 'config', 'commit.gpgsign', 'true');
    put(folder, 'registry.yaml', LARGER);
    const before = stateOf(folder);
    const failed = commit(folder);
    assert.is(failed.code, 3);
    assert.match(failed.err, 'could not be signed, as commit.gpgsign asks for');
    assert.is(stateOf(folder), before);
    chmodSync(program, 0o755);
    assert.is(commit(folder).code, 0);
    assert.match(git(folder, 'cat-file', 'commit', 'HEAD'), 'gpgsig -----BEGIN PGP SIGNATURE-----');
  }),
);

test(
  'hooks see the index that is committed, and may refuse or change the message',
  withRepository((folder) => {
    put(folder, 'other', 'staged\n');
    git(folder, 'add', 'other');
    hook(
      join(folder, '.git'),
      'pre-commit',
      'git diff --cached --name-only > "$(git rev-parse --git-dir)/seen"; git diff --quiet || echo dirty >&2',
    );
    hook(join(folder, '.git'), 'commit-msg', 'echo "Ticket: 7" >> "$1"');
    hook(join(folder, '.git'), 'post-commit', 'git log -1 --format=%H > "$(git rev-parse --git-dir)/made"');
    put(folder, 'registry.yaml', LARGER);
    const { code, err } = commit(folder);
    assert.equal([code, err], [0, '']);
    assert.not.match(readFileSync(join(folder, '.git/seen'), 'utf8'), 'other');
    assert.match(readFileSync(join(folder, '.git/seen'), 'utf8'), 'base/deployment.yaml\n');
    assert.match(git(folder, 'log', '-1', '--format=%B'), '\nTicket: 7');
    assert.is(readFileSync(join(folder, '.git/made'), 'utf8').trim(), git(folder, 'rev-parse', 'HEAD'));
    for (const name of ['pre-commit', 'prepare-commit-msg', 'commit-msg']) {
      hook(join(folder, '.git'), name, 'echo "not today"; exit 1');
      put(folder, 'registry.yaml', SMALL);
      const before = stateOf(folder);
      const refused = commit(folder);
      assert.is(refused.code, 1);
      assert.match(refused.err, new RegExp(`^not today\nregistry-gitops: the hook ${name} refused the commit`));
      assert.is(stateOf(folder), before);
      rmSync(join(folder, '.git/hooks', name));
    }
  }),
);

test(
  "hooks have the user's own environment: patterns match in them",
  withRepository((folder) => {
    hook(
      join(folder, '.git'),
      'pre-commit',
      'git diff --cached --name-only -- "*.yaml" > "$(git rev-parse --git-dir)/seen"; echo "$LC_ALL $LANGUAGE" >> "$(git rev-parse --git-dir)/seen"',
    );
    put(folder, 'registry.yaml', LARGER);
    assert.is(commit(folder, [], { LC_ALL: 'C.UTF-8', LANGUAGE: 'de', GIT_GLOB_PATHSPECS: '1' }).code, 0);
    const seen = readFileSync(join(folder, '.git/seen'), 'utf8');
    assert.match(seen, 'base/deployment.yaml\n');
    assert.match(seen, 'C.UTF-8 de\n');
  }),
);

test(
  'what a hook adds stays committed, whatever it is called',
  withRepository((folder) => {
    hook(join(folder, '.git'), 'pre-commit', `printf x > 'tab\tname'; git add -- 'tab\tname'`);
    put(folder, 'registry.yaml', LARGER);
    assert.is(commit(folder).code, 0);
    assert.is(git(folder, 'status', '--porcelain'), '');
  }),
);

test(
  'a hook that rewrites the tree is refused: check would fail on it; one that adds a file is not',
  withRepository((folder) => {
    hook(
      join(folder, '.git'),
      'pre-commit',
      'echo "# formatted" >> base/deployment.yaml; git add base/deployment.yaml',
    );
    put(folder, 'registry.yaml', LARGER);
    const before = stateOf(folder);
    const { code, err } = commit(folder);
    assert.is(code, 1);
    assert.match(
      err,
      'the hook pre-commit changed generated files, on which `check` would then fail: base/deployment.yaml.',
    );
    assert.is(stateOf(folder), before);
    hook(join(folder, '.git'), 'pre-commit', 'date > stamp; git add stamp');
    assert.is(commit(folder).code, 0);
    assert.match(git(folder, 'show', '--format=', '--name-only'), 'stamp');
    assert.is(git(folder, 'status', '--porcelain'), '');
  }),
);

test(
  "a Secret in clear text is refused with its place: in the tree's folders where it is staged, encrypted or sealed it passes",
  withRepository((folder) => {
    put(folder, 'registry.yaml', LARGER);
    put(
      folder,
      'base/login.yaml',
      'apiVersion: v1\nkind: Secret\nmetadata:\n  name: login\nstringData:\n  password: hunter2\n',
    );
    assert.is(commit(folder, ['--dry-run']).code, 0, 'what is not staged is not committed');
    git(folder, 'add', 'base/login.yaml');
    const before = stateOf(folder);
    const { code, err } = commit(folder);
    assert.is(code, 1);
    assert.match(err, '\n  base/login.yaml:6:3: stringData.password of Secret/login can be read by anyone\n');
    assert.not.match(err, 'hunter2');
    assert.is(stateOf(folder), before);
    git(folder, 'rm', '--quiet', '--force', 'base/login.yaml');
    put(folder, 'overlays/own/kustomization.YAML', 'secretGenerator:\n  - name: login\n    envs: [login.env]\n');
    put(folder, 'overlays/own/login.env', 'password=hunter2\n');
    git(folder, 'add', 'overlays');
    assert.match(commit(folder).err, '\n  overlays/own/kustomization.YAML:3:5: secretGenerator.0.envs of ');
    put(
      folder,
      'overlays/own/login.env',
      'password=ENC[AES256_GCM,data:x,type:str]\nsops_mac=ENC[AES256_GCM,data:y,type:str]\n',
    );
    git(folder, 'add', 'overlays');
    assert.is(commit(folder, ['--dry-run']).code, 0, 'a file that SOPS encrypted');
    put(
      folder,
      'base/login.yaml',
      'apiVersion: v1\nkind: Secret\nmetadata:\n  name: login\nstringData:\n  password: ENC[AES256_GCM,data:x,type:str]\nsops:\n  mac: x\n---\nkind: SealedSecret\nspec: {}\n',
    );
    git(folder, 'add', 'base/login.yaml');
    assert.is(commit(folder).code, 0);
  }),
);

test(
  '--branch commits on a new branch, loses nothing, and goes back where that fails',
  withRepository((folder) => {
    put(folder, 'registry.yaml', LARGER);
    put(folder, 'dirty', 'mine\n');
    hook(join(folder, '.git'), 'pre-commit', 'test "$(git symbolic-ref --short HEAD)" = topic/new && exit 1');
    const [before, main] = [stateOf(folder), git(folder, 'rev-parse', 'main')];
    assert.is(commit(folder, ['--branch', 'topic/new']).code, 1);
    assert.is(stateOf(folder), before);
    rmSync(join(folder, '.git/hooks/pre-commit'));
    assert.match(commit(folder, ['--branch', 'topic/new']).out, 'to topic/new as ');
    assert.equal(
      [git(folder, 'symbolic-ref', 'HEAD'), git(folder, 'rev-parse', 'main'), git(folder, 'rev-parse', 'HEAD^')],
      ['refs/heads/topic/new', main, main],
    );
    assert.is(git(folder, 'status', '--porcelain'), '?? dirty');
    put(folder, 'registry.yaml', SMALL);
    assert.match(commit(folder, ['--branch', 'main']).err, 'the branch main already exists, with other commits');
    assert.is(commit(folder, ['--branch', 'no..name']).code, 2);
    assert.is(commit(folder, ['--branch', 'topic/new']).code, 0);
  }),
);

test(
  'a registry in a folder of the repository, and a path with spaces',
  withRepository((folder) => {
    put(folder, 'a\ttab/registry.yaml', SMALL);
    assert.is(commit(folder, ['--config', 'a\ttab/registry.yaml']).code, 0);
    assert.is(git(folder, 'status', '--porcelain'), '');
    put(folder, 'infra/my registry/registry.yaml', SMALL);
    assert.is(commit(folder, ['--config', 'infra/my registry/registry.yaml']).code, 0);
    assert.ok(existsSync(join(folder, 'infra/my registry/base/deployment.yaml')));
    assert.is(git(folder, 'status', '--porcelain'), '');
    put(folder, 'infra/my registry/registry.yaml', LARGER);
    const below = commit(join(folder, 'infra/my registry'));
    assert.is(below.code, 0);
    assert.is(git(folder, 'log', '-1', '--format=%s'), 'base: registry image 3.0.0 -> 3.1.0');
    assert.ok(
      git(folder, 'show', '--format=', '--name-only')
        .split('\n')
        .every((path) => path.startsWith('infra/my registry/')),
    );
  }),
);

test(
  'a generated file that was made executable stays so, and is no change',
  withRepository((folder) => {
    chmodSync(join(folder, 'base/deployment.yaml'), 0o755);
    git(folder, 'commit', '--quiet', '--all', '--message', 'mode');
    put(folder, 'registry.yaml', `${SMALL}storage:\n  size: 200Gi\n`);
    assert.is(commit(folder).code, 0);
    assert.is(git(folder, 'status', '--porcelain'), '');
  }),
);

test(
  'a file that registry.yaml names belongs to the commit',
  withRepository((folder) => {
    put(
      folder,
      'crds/widgets.yaml',
      'apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata:\n  name: widgets.example.com\nspec:\n  group: example.com\n  scope: Namespaced\n  names: { plural: widgets, kind: Widget }\n  versions:\n    - name: v1\n      served: true\n      storage: true\n      schema: { openAPIV3Schema: { type: object } }\n',
    );
    put(folder, 'registry.yaml', `${SMALL}checks:\n  crds: [crds/widgets.yaml]\n`);
    const { code, err } = commit(folder);
    assert.equal([code, err], [0, '']);
    assert.match(git(folder, 'show', '--format=', '--name-only'), 'crds/widgets.yaml');
  }),
);

test.run();
