/** `commit` with hooks, signatures, Secrets in clear text and branches. */
import { chmodSync, existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { commit, git, hook, put, SMALL, stateOf, withRepository } from '../support/git.js';
import { LARGER } from './committed.js';

const test = suite('commit: hooks, signatures, branches');

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
