/** git's hook in a repository that init has made: what it refuses, and what it says to do. */
import { readdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { findProgram } from '../support/tools.js';
import { Newcomer, type Outcome } from '../support/newcomer.js';
import { prepare } from '../support/hooks.js';

const test = suite("git's hook");
const newcomer = new Newcomer();
const repository = newcomer.own('repository');
const run = (command: string, ...args: string[]): Outcome => newcomer.run(repository, command, args);
const ok = (command: string, ...args: string[]): string => newcomer.ok(repository, command, ...args);
const file = join(repository, 'registry.yaml');
const edit = (before: string, after: string): void =>
  writeFileSync(file, readFileSync(file, 'utf8').replace(before, after));
/** What init and generate make of a registry. */
const TREE = ['registry.yaml', 'base', 'overlays', '.registry-gitops.sha256'];

prepare(test, async () => {
  const tarball = await newcomer.tarball();
  ok('npx', '--yes', '--package', tarball, '--', 'registry-gitops', 'init');
});
test.after(() => newcomer.leave());

test('it says what to run in a clone where nothing is installed, and takes the commit after that, without a network', () => {
  ok('git', 'config', 'core.hooksPath', '.githooks');
  ok('git', 'add', '-A');
  const { code, out } = run('git', 'commit', '-qm', 'Start');
  assert.is(code, 1);
  assert.match(
    out,
    /^pre-commit: registry-gitops is not installed in this clone; run `npm ci`, which needs no network/,
  );
  ok('npm', 'ci');
  assert.is(ok('git', 'commit', '-qm', 'Start'), '');
});

test('it names the package manager whose lock file is there', () => {
  const program = join(repository, 'node_modules/@registry-gitops/cli/dist/registry-gitops.js');
  renameSync(program, `${program}.away`);
  for (const [lock, manager] of [
    ['pnpm-lock.yaml', 'pnpm'],
    ['yarn.lock', 'yarn'],
    ['bun.lock', 'bun'],
  ] as const) {
    writeFileSync(join(repository, lock), '');
    const { out } = run('sh', '.githooks/pre-commit');
    assert.match(out, `run \`${manager} install\`, which needs no network`);
    rmSync(join(repository, lock));
  }
  renameSync(`${program}.away`, program);
});

test('it says so where there is no node on the PATH, as in some graphical programs', () => {
  const bin = newcomer.own('bin');
  for (const name of ['git', 'sh', 'mktemp', 'rm', 'grep', 'awk', 'xargs'])
    symlinkSync(findProgram(name)!, join(bin, name));
  const { code, out } = newcomer.run(repository, '/bin/sh', ['.githooks/pre-commit'], { PATH: bin });
  assert.equal(
    [code, out],
    [1, 'pre-commit: node is not on the PATH of this hook; install Node, or set PATH for the program that runs git\n'],
  );
});

test('it refuses a tarball that is not the one in package-lock.json or is missing, which npm would find in its cache here', () => {
  const [name] = readdirSync(join(repository, 'tools'));
  const path = `tools/${name}`;
  const before = readFileSync(join(repository, path));
  const isRefused = (problem: string): void => {
    const { code, out } = run('git', 'commit', '-qm', 'Generator');
    assert.equal([code, out], [1, `pre-commit: ${problem}\n`]);
  };
  writeFileSync(join(repository, path), Buffer.concat([before, Buffer.from('\n')]));
  ok('git', 'add', '-A');
  isRefused(
    `${path} does not have the checksum that package-lock.json has; run \`npm install --offline ./${path}\`, and stage both`,
  );
  ok('git', 'rm', '-q', '--cached', '--force', path);
  isRefused(`package-lock.json names ${path}, which is not staged; run \`git add --force ${path}\``);
  writeFileSync(join(repository, path), before);
  ok('git', 'reset', '-q', '--hard');
});

test('it says to install again where node_modules has another generator than the repository', () => {
  const hidden = join(repository, 'node_modules/.package-lock.json');
  const text = readFileSync(hidden, 'utf8');
  writeFileSync(hidden, text.replace(/sha512-\w+/, 'sha512-other'));
  const { code, out } = run('git', 'commit', '-q', '--allow-empty', '-m', 'Nothing');
  assert.equal(
    [code, out],
    [1, 'pre-commit: node_modules has another registry-gitops than package-lock.json; run `npm ci`\n'],
  );
  writeFileSync(hidden, text);
});

test('it refuses a commit whose tree is out of date, and takes it when the tree is generated', () => {
  const before = ok('git', 'rev-parse', 'HEAD');
  edit('replicas: 2', 'replicas: 4');
  const refused = run('git', 'commit', '-qam', 'Four');
  assert.is(refused.code, 1);
  assert.match(refused.out, 'pre-commit: what is staged is not up to date; run `npm run generate`');
  ok('npm', 'run', 'generate');
  // The files on disk are up to date, and what is staged is not.
  ok('git', 'add', 'registry.yaml');
  assert.is(run('git', 'commit', '-qm', 'Four').code, 1);
  assert.is(ok('git', 'rev-parse', 'HEAD'), before);
  ok('git', 'add', '-A');
  ok('git', 'commit', '-qm', 'Four');
  edit('replicas: 4', 'replicas: 5');
  ok('npm', 'run', 'commit');
});

/** Adds a file alone, and commits it. @returns what the hook did */
function commitFile(path: string, text: string): Outcome {
  newcomer.own(join('repository', dirname(path)));
  writeFileSync(join(repository, path), text);
  ok('git', 'add', '-A');
  const result = run('git', 'commit', '-qm', path);
  if (result.code !== 0) ok('git', 'reset', '-q', '--hard');
  return result;
}
const secret = (value: string): string =>
  `apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\nstringData:\n  password: ${value}\n`;
const ENCRYPTED = 'ENC[AES256_GCM,data:abc,iv:abc,tag:abc,type:str]';

test('it refuses a Secret in clear text, in whatever folder and file, and says which', () => {
  const generator = 'secretGenerator: [{ name: a, literals: [password=hunter2] }]\n';
  const files: Record<string, string> = {
    'my secrets/login.yml': `kind: Unreadable\n---\n${secret('hunter2')}`,
    'sec/kustomization.yaml': generator,
    Kustomization: `${generator}resources: [not-here.yaml]\n`,
    'a"b.yaml': secret('hunter2'),
    'two\nlines.yaml': secret('hunter2'),
    '-x.json': '{"apiVersion":"v1","kind":"Secret","metadata":{"name":"a"},"data":{"a":"aHVudGVyMg=="}}',
    'chart/templates/login.yaml': `{{- if .Values.login }}\n${secret('hunter2').replace('name: a', 'name: {{ .Release.Name }}')}{{- end }}\n`,
  };
  for (const [path, text] of Object.entries(files)) {
    const { code, out } = commitFile(path, text);
    assert.equal(
      [code, out.startsWith(`pre-commit: ${path} holds a Secret in clear text`)],
      [1, true],
      `${path}\n${out}`,
    );
  }
});

test('it takes a Secret that is encrypted, and files that only mention one', () => {
  const files: Record<string, string> = {
    'my secrets/login.yml': `a: no object\n---\n${secret(ENCRYPTED)}`,
    'chart/templates/release.yaml':
      '{{- if .Values.login }}\nvaluesFrom: [{ kind: Secret, name: a }]\nmetadata: {}\n{{- end }}\n',
    'sec/kustomization.yaml':
      'secretGenerator:\n  - name: a\n    envs: [not-in-git.env]\nconfigMapGenerator:\n  - name: b\n    literals: [a=b]\n',
    'values.yaml': 'secretName: a\n',
  };
  symlinkSync('nowhere', join(repository, 'link.yaml'));
  for (const [path, text] of Object.entries(files)) assert.equal(commitFile(path, text), { code: 0, out: '' }, path);
  ok('git', 'rm', '-qr', 'my secrets', 'chart', 'sec', 'values.yaml', 'link.yaml');
  ok('git', 'commit', '-qm', 'Nothing of these');
});

test('it refuses a tree that is out of date in a fleet too', () => {
  ok('npx', '--no', '--', 'registry-gitops', 'init', '--config', 'registries/oslo/registry.yaml');
  ok('git', 'rm', '-qr', '--cached', ...TREE);
  for (const path of TREE) rmSync(join(repository, path), { recursive: true });
  ok('git', 'add', '-A');
  const { code, out } = run('git', 'commit', '-qm', 'A fleet');
  assert.is(code, 1);
  assert.match(out, 'pre-commit: what is staged is not up to date');
  ok('npm', 'run', 'generate');
  ok('git', 'add', '-A');
  ok('git', 'commit', '-qm', 'A fleet');
});

test.run();
