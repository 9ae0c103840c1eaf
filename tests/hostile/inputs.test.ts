/** What a checkout has in the place of a file is read only where it is a regular file in the repository. */
import { execFileSync, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { findKustomize } from '../../generator/manifests/index.js';
import { PROGRAM, type Result, run } from '../support/cli.js';
import { withFolder, writeFiles } from '../support/folder.js';
import { SMALL } from '../support/git.js';

const test = suite('hostile checkout: files');

/** What may stand in the place of a file. The path is a file's that is not there yet. */
const THINGS: Record<string, (path: string, outside: string) => void> = {
  'a named pipe': (path) => execFileSync('mkfifo', [path]),
  'a link to a device': (path) => symlinkSync('/dev/zero', path),
  'a link to a named pipe': (path) => {
    execFileSync('mkfifo', [`${path}.pipe`]);
    symlinkSync(`${path}.pipe`, path);
  },
  'a link out of the repository': (path, outside) => symlinkSync(outside, path),
  'a link to itself': (path) => symlinkSync(path, path),
  'a file of a terabyte': (path) => {
    writeFileSync(path, '');
    truncateSync(path, 2 ** 40);
  },
  'a folder': (path) => mkdirSync(path),
};

/** Runs with a checkout, and a file outside of it with a secret. */
async function withCheckout(check: (checkout: string, outside: string) => void): Promise<void> {
  await withFolder((folder) => {
    const checkout = join(folder, 'checkout');
    mkdirSync(join(checkout, '.git'), { recursive: true });
    writeFiles(folder, [['outside/secret.yaml', 'password: hunter2\n']]);
    check(checkout, join(folder, 'outside/secret.yaml'));
  });
}

function isRefused({ code, out, err }: Result, codes: readonly number[], place: RegExp, what: string): void {
  assert.ok(codes.includes(code!), `${what}: ${code} ${err}`);
  assert.match(err + out, place);
  assert.not.match(err + out, /hunter2|\n {4}at |is a symbolic link, of which git/);
}

for (const [what, make] of Object.entries(THINGS)) {
  test(`registry.yaml that is ${what} is refused at once`, () =>
    withCheckout((checkout, outside) => {
      make(join(checkout, 'registry.yaml'), outside);
      for (const command of ['generate', 'check', 'validate', 'diff', 'explain'])
        isRefused(
          run(checkout, [command, ...(command === 'explain' ? ['replicas'] : [])]),
          [2, 3],
          /registry\.yaml/,
          command,
        );
      assert.not.ok(existsSync(join(checkout, 'base')));
    }));

  test(`a file that registry.yaml names and that is ${what} is refused at once`, () =>
    withCheckout((checkout, outside) => {
      make(join(checkout, 'named.yaml'), outside);
      for (const text of ['defaults: named.yaml\n', 'checks:\n  crds: [named.yaml]\n']) {
        writeFileSync(join(checkout, 'registry.yaml'), text);
        for (const command of ['generate', 'validate'])
          isRefused(run(checkout, [command]), [2], /registry\.yaml:\d+:\d+: .*named\.yaml: /, text);
      }
    }));

  test(`a generated file, or the list of them, that is ${what} is refused at once`, () =>
    withCheckout((checkout, outside) => {
      writeFileSync(join(checkout, 'registry.yaml'), SMALL);
      mkdirSync(join(checkout, 'base'));
      make(join(checkout, 'base/service.yaml'), outside);
      const service = /base\/service\.yaml/;
      for (const command of ['generate', 'check']) isRefused(run(checkout, [command]), [3], service, command);
      make(join(checkout, '.registry-gitops.sha256'), outside);
      isRefused(run(checkout, ['generate']), [3], /\.registry-gitops\.sha256/, 'the list');
    }));

  test(`a manifest that is ${what} ends validate at once`, () =>
    withCheckout((checkout, outside) => {
      mkdirSync(join(checkout, 'app'));
      writeFileSync(join(checkout, 'app/kustomization.yaml'), 'resources: [thing.yaml]\n');
      make(join(checkout, 'app/thing.yaml'), outside);
      isRefused(
        run(checkout, ['validate', 'app'], '', { PATH: '/nowhere' }),
        [1, 2, 3],
        /thing\.yaml|kustomize/,
        'app',
      );
      isRefused(run(checkout, ['validate', 'app/thing.yaml']), [0, 1, 2, 3], /thing\.yaml/, 'the file');
    }));
}

test('a registry of a fleet whose folder is a link out of the repository is not generated', () =>
  withCheckout((checkout, outside) => {
    writeFiles(checkout, [['registries/own/registry.yaml', SMALL]]);
    const elsewhere = join(outside, '..');
    writeFileSync(join(elsewhere, 'registry.yaml'), SMALL);
    symlinkSync(elsewhere, join(checkout, 'registries/linked'));
    const { code, err } = run(checkout, ['generate']);
    assert.is(code, 0);
    assert.match(err, 'registries/linked: warning: it is skipped: a symbolic link may lead out of the repository.');
    const named = run(checkout, ['generate', '--config', 'registries/linked/registry.yaml']);
    isRefused(
      named,
      [3],
      /registries\/linked: a symbolic link leads there out of the repository, and nothing is written/,
      'named',
    );
    assert.equal(readdirSync(elsewhere).sort(), ['registry.yaml', 'secret.yaml']);
  }));

test('--out that is a link out of the repository is refused, and so is a folder of a registry', () =>
  withCheckout((checkout, outside) => {
    const elsewhere = join(outside, '..');
    writeFileSync(join(checkout, 'registry.yaml'), SMALL);
    symlinkSync(elsewhere, join(checkout, 'gen'));
    for (const out of ['gen', 'gen/below'])
      isRefused(run(checkout, ['generate', '--out', out]), [3], /gen.*: a symbolic link leads there out of/, out);
    assert.equal(readdirSync(elsewhere), ['secret.yaml']);
    symlinkSync('.', join(checkout, 'here'));
    assert.is(run(checkout, ['generate', '--out', 'here']).code, 0, 'a link inside of the repository is none of those');
  }));

const OBJECT = 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: x\ndata:\n  a: b\n';
const SECRET = 'apiVersion: v1\nkind: Secret\nmetadata:\n  name: x\nstringData:\n  password: hunter2\nspec: hunter2\n';

test('validate reads nothing outside of the repository: neither links in a folder, nor what a kustomization names', () =>
  withCheckout((checkout, outside) => {
    const kustomize = findKustomize();
    assert.ok(kustomize !== undefined || process.env['CI'] !== 'true', 'there is a kustomize in CI');
    writeFileSync(outside, SECRET);
    writeFileSync(join(outside, '../kustomization.yaml'), 'resources: [secret.yaml]\n');
    writeFiles(checkout, [['plain/own.yaml', OBJECT]]);
    symlinkSync(outside, join(checkout, 'plain/file.yaml'));
    symlinkSync(join(outside, '..'), join(checkout, 'plain/folder'));
    const plain = run(checkout, ['validate', 'plain']);
    isRefused(plain, [1], /plain\/file\.yaml:1:1: error: this is outside the repository/, 'file');
    assert.match(plain.out, 'plain/folder:1:1: error: this is outside the repository');
    isRefused(
      run(checkout, ['validate', 'plain/file.yaml']),
      [3],
      /file\.yaml: this is outside the repository/,
      'named',
    );
    for (const [index, text] of [
      'resources: [../../outside]\n',
      'resources: [../../outside/secret.yaml]\n',
      'resources: [../plain/own.yaml]\npatches: [{ path: ../../outside/secret.yaml }]\n',
      'configMapGenerator: [{ name: x, files: [key=../../outside/secret.yaml] }]\n',
      'components: [../plain/folder]\n',
    ].entries()) {
      const overlay = `overlay-${index}`;
      writeFiles(checkout, [[`${overlay}/kustomization.yaml`, text]]);
      isRefused(
        run(checkout, ['validate', overlay]),
        [1],
        /kustomization\.yaml:\d+:\d+: error: .*: this is outside the repository/,
        text,
      );
    }
  }));

test('what a kustomization names is no named pipe that kustomize would wait for, nor a file without end', () =>
  withCheckout((checkout) => {
    writeFiles(checkout, [
      ['app/kustomization.yaml', 'resources: [own.yaml]\ncrds: [thing.yaml]\n'],
      ['app/own.yaml', OBJECT],
      ['top/kustomization.yaml', 'resources: [../app]\n'],
    ]);
    for (const what of ['a named pipe', 'a file of a terabyte']) {
      THINGS[what]!(join(checkout, 'app/thing.yaml'), '');
      const started = performance.now();
      for (const folder of ['app', 'top'])
        isRefused(
          run(checkout, ['validate', folder]),
          [1],
          /app\/kustomization\.yaml:2:8: error: crds\[0\]: app\/thing\.yaml: th/,
          what,
        );
      assert.ok(performance.now() - started < 60_000, 'kustomize, which is ended after two minutes, was not started');
      rmSync(join(checkout, 'app/thing.yaml'));
    }
  }));

test('what a shell hands over is read, though it is no file', () =>
  withCheckout((checkout) => {
    writeFiles(checkout, [['own.yaml', OBJECT]]);
    const script = '"$0" "$1" validate <(cat own.yaml) && "$0" "$1" validate /dev/stdin < own.yaml';
    const { status, stdout, stderr } = spawnSync('bash', ['-c', script, process.execPath, PROGRAM], {
      cwd: checkout,
      encoding: 'utf8',
    });
    assert.is(status, 0, stderr);
    assert.is(stdout.match(/1 object/g)?.length, 2, stdout);
  }));

test('the tree on disk is compared as far as it is a tree: diff opens no named pipe, and follows no path out of it', () =>
  withCheckout((checkout, outside) => {
    writeFileSync(join(checkout, 'registry.yaml'), SMALL);
    assert.is(run(checkout, ['generate']).code, 0);
    const file = join(checkout, 'base/kustomization.yaml');
    const text = readFileSync(file, 'utf8');
    writeFileSync(file, text.replace('resources:\n', 'resources:\n  - ../../outside/secret.yaml\n'));
    isRefused(run(checkout, ['diff', '--tree']), [3], /outside the repository|install kubectl/, 'outside');
    writeFileSync(outside, SECRET);
    isRefused(run(checkout, ['generate', '--dry-run']), [0], /changed/, 'generate looks at the tree before it writes');
    writeFileSync(file, text);
    rmSync(join(checkout, 'base/service.yaml'));
    THINGS['a named pipe']!(join(checkout, 'base/service.yaml'), '');
    isRefused(run(checkout, ['diff', '--tree']), [3], /service\.yaml: this is a named pipe|install kubectl/, 'pipe');
    rmSync(join(checkout, 'base/service.yaml'));
    THINGS['a file of a terabyte']!(join(checkout, 'base/service.yaml'), '');
    isRefused(run(checkout, ['diff', '--tree']), [3], /base\/service\.yaml: the file is \d+ bytes/, 'terabyte');
  }));

test.run();
