/** What a commit of others may hold, which git lists and reads but would not check out. */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { run } from '../support/cli.js';
import { commit, git, GIT_ENV, put, SMALL, withRepository } from '../support/git.js';

const test = suite('hostile checkout: commits');
const KUSTOMIZATION = 'resources: [x.yaml]\nnamePrefix: only-kustomize-\n';

/** @returns the name of an object that is made byte by byte. */
function object(folder: string, type: string, content: Buffer): string {
  const { stdout, stderr, status } = spawnSync('git', ['hash-object', '-t', type, '-w', '--literally', '--stdin'], {
    cwd: folder,
    input: content,
    encoding: 'utf8',
  });
  assert.is(status, 0, stderr);
  return stdout.trim();
}

/** @returns a tree with one entry of any name, beside others. */
function tree(folder: string, ...entries: [mode: string, name: string, id: string][]): string {
  return object(
    folder,
    'tree',
    Buffer.concat(
      entries.map(([mode, name, id]) => Buffer.concat([Buffer.from(`${mode} ${name}\0`), Buffer.from(id, 'hex')])),
    ),
  );
}

test(
  'a path that leads out of the folder is refused, and nothing is written there',
  withRepository((folder) => {
    const blob = (text: string): string => object(folder, 'blob', Buffer.from(text));
    const up = tree(folder, ['100644', 'victim', blob('forged\n')]);
    for (const name of ['..', '.']) {
      const base = tree(
        folder,
        ['40000', name, tree(folder, ['40000', name, up])],
        ['100644', 'kustomization.yaml', blob(KUSTOMIZATION)],
      );
      const hostile = git(folder, 'commit-tree', '-m', 'hostile', tree(folder, ['40000', 'base', base]));
      const before = readdirSync(join(folder, '..'));
      const { code, err } = run(folder, ['diff', hostile], '', { ...GIT_ENV, TMPDIR: folder });
      assert.is(code, 3, err);
      assert.match(err, `the commit has a path that leads out of its folder: "base/${name}/${name}/victim"`);
      assert.equal(readdirSync(join(folder, '..')), before);
      assert.not.ok(existsSync(join(folder, 'victim')));
    }
  }),
);

test(
  'a committed list of generated files that is none keeps commit from running, with its place',
  withRepository((folder) => {
    const list = join(folder, '.registry-gitops.sha256');
    const text = git(folder, 'show', 'HEAD:.registry-gitops.sha256');
    put(folder, '.registry-gitops.sha256', `${'0'.repeat(64)}  ../victim\n`);
    git(folder, 'commit', '--quiet', '--all', '--message', 'forged');
    put(folder, '.registry-gitops.sha256', `${text}\n`);
    const { code, err } = commit(folder);
    assert.is(code, 3);
    assert.match(err, 'as it is committed, .registry-gitops.sha256:1: this is not a line of a list of generated files');
    assert.not.match(err, 'a fault of this program');
    assert.ok(existsSync(list));
  }),
);

test(
  'in the repository around it, no command takes an inner repository for the outer one, nor for one without commits',
  withRepository(
    (folder) => {
      git(join(folder, 'registries/inner'), 'init', '--quiet');
      const config = ['--config', 'registries/inner/registry.yaml'];
      for (const command of [
        ['diff', ...config],
        ['diff', '--tree', ...config],
        ['promote', 'one', 'two', ...config],
      ]) {
        const { code, err } = run(folder, command, '', GIT_ENV);
        if (command.includes('--tree')) assert.is(code, 0, err);
        else {
          assert.is(code, 2, err);
          assert.match(err, 'is in a repository of its own (registries/inner)');
        }
      }
    },
    { 'registries/inner/registry.yaml': `${SMALL}overlays:\n  one:\n    drainSeconds: 9\n  two: {}\n` },
  ),
);

test(
  'a CustomResourceDefinition of megabytes is committed with the tree, as it is read for it',
  withRepository((folder) => {
    const crd = `# ${'x'.repeat(2 ** 21)}\napiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata:\n  name: things.example.com\nspec:\n  group: example.com\n  names: { kind: Thing, plural: things, singular: thing }\n  scope: Namespaced\n  versions:\n    - name: v1\n      served: true\n      storage: true\n      schema:\n        openAPIV3Schema: { type: object }\n`;
    put(folder, 'things.yaml', crd);
    put(folder, 'registry.yaml', `${SMALL}checks:\n  crds: [things.yaml]\n`);
    const { code, err } = commit(folder);
    assert.is(code, 0, err);
    assert.is(Number(git(folder, 'cat-file', '-s', 'HEAD:things.yaml')), crd.length);
  }),
);

test.run();
