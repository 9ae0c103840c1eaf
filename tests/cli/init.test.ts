/** `init`: the repository that it writes, and what is there already. */
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { run } from '../support/cli.js';
import { readFiles, withFolder, writeFiles } from '../support/folder.js';
import { init, TARBALL, git } from './started.js';

const test = suite('init');

test('an empty folder becomes a repository whose tree is up to date with its registry.yaml', () =>
  withFolder((folder) => {
    const { code, out, err } = init(folder);
    assert.equal([code, err], [0, '']);
    const files = readFiles(folder, ['.git']);
    const own = Object.keys(files)
      .filter((path) => !/^(base|overlays)\//.test(path))
      .sort();
    assert.equal(
      own,
      [
        '.gitattributes',
        '.githooks/pre-commit',
        '.github/actions/registry-gitops/action.yml',
        '.github/workflows/registry.yaml',
        '.gitignore',
        '.registry-gitops.sha256',
        'README.md',
        'package-lock.json',
        'package.json',
        'registry.yaml',
        'renovate.json',
        TARBALL,
      ].sort(),
    );
    for (const path of own.filter((one) => one !== '.registry-gitops.sha256')) assert.match(out, `+ ${path}\n`);
    assert.is(run(folder, ['check']).code, 0);
    assert.ok(files['overlays/tls/ingress.yaml']);
    assert.match(
      files['registry.yaml']!,
      /^# yaml-language-server: \$schema=\.\/node_modules\/@registry-gitops\/cli\/schemas\/registry\.schema\.json\n/,
    );
    assert.ok(statSync(join(folder, '.githooks/pre-commit')).mode & 0o100);
    assert.is(git(folder, 'status', '--porcelain').includes('?? registry.yaml'), true, 'nothing is committed');
    git(folder, 'add', '-A');
    git(folder, 'commit', '-qm', 'Start');
    assert.is(run(folder, ['diff']).code, 0);
  }));

test('what is there is left as it is, what is missing is written, and a second time nothing is', () =>
  withFolder((folder) => {
    const mine = { 'README.md': 'mine\n', '.gitignore': 'mine\n', 'registry.yaml': 'replicas: 3\n' };
    writeFiles(folder, Object.entries(mine));
    const { code, out } = init(folder);
    assert.is(code, 0);
    const files = readFiles(folder, ['.git']);
    for (const [path, text] of Object.entries(mine)) {
      assert.is(files[path], text);
      assert.match(out, `= ${path} is there already, and is left as it is\n`);
    }
    assert.match(files['base/deployment.yaml']!, 'replicas: 3');
    const again = init(folder);
    assert.is(again.code, 0);
    assert.not.match(again.out, /^\+/m);
    assert.equal(readFiles(folder, ['.git']), files);
  }));

test('what is there and wrong, refused by the checks or in the way is reported, and nothing is written', () =>
  withFolder((folder) => {
    const cases: [path: string, text: string, code: number, message: string][] = [
      ['registry.yaml', 'mine', 2, 'registry.yaml:1:1'],
      ['registry.yaml', '\n', 2, 'registry.yaml:1:1: the file is empty; remove it, then run again'],
      ['registry.yaml', 'host: registry.example.com\ningress:\n  class: nginx\n', 1, 'plain-http-login'],
      ['package.json', '{ "name": "x", }', 2, 'package.json: npm cannot read it'],
      ['base/kustomization.yaml', 'mine', 3, 'in the way of the tree: base/kustomization.yaml; move them away'],
      ['base', 'mine', 3, 'base is not a regular'],
    ];
    for (const [path, text, code, message] of cases) {
      writeFiles(folder, [[path, text]]);
      const before = readFiles(folder);
      const result = init(folder);
      assert.is(result.code, code, message);
      if (path !== 'base') assert.match(result.err, message);
      assert.equal(readFiles(folder), before);
      assert.not.ok(existsSync(join(folder, '.git')));
      rmSync(join(folder, path.split('/')[0]!), { recursive: true });
    }
  }));

test('with --config it is that file alone, never over one', () =>
  withFolder((folder) => {
    assert.is(init(folder, '--config', 'new/other.yaml').code, 0);
    assert.equal(Object.keys(readFiles(folder)), ['new/other.yaml']);
    assert.is(run(folder, ['generate', '--config', 'new/other.yaml']).code, 0);
    writeFileSync(join(folder, 'new/other.yaml'), 'mine');
    const again = init(folder, '--config', 'new/other.yaml');
    assert.equal(
      [again.code, again.err],
      [3, 'registry-gitops: new/other.yaml exists already, and is left as it is; --config names another\n'],
    );
    assert.is(readFileSync(join(folder, 'new/other.yaml'), 'utf8'), 'mine');
  }));

test('in a folder of a repository, what belongs at its top is left away', () =>
  withFolder((folder) => {
    git(folder, 'init', '-q');
    mkdirSync(join(folder, 'eu'));
    const { code, out } = run(join(folder, 'eu'), ['init']);
    assert.is(code, 0);
    assert.match(out, '.github/workflows/registry.yaml belongs at the top of the repository, and is not written');
    assert.equal(
      [
        existsSync(join(folder, 'eu/.github')),
        existsSync(join(folder, 'eu/.git')),
        existsSync(join(folder, 'eu/base')),
      ],
      [false, false, true],
    );
  }));

test('it is made in a folder that is named; not in the repository of registry-gitops itself', () =>
  withFolder((folder) => {
    const { code, out } = init(folder, 'new/registry');
    assert.is(code, 0);
    assert.match(out, `+ ${TARBALL}\n`);
    assert.ok(existsSync(join(folder, 'new/registry', TARBALL)));
    assert.is(init(folder, 'other', '--config', 'x.yaml').code, 2);
    const own = run(process.cwd(), ['init']);
    assert.equal([own.code, own.err.includes('npm run init -- ../registry')], [2, true]);
  }));

test.run();
