/** The package as npm packs it, installed by somebody who has nothing else: init, generate, check, commit, and what git's hook refuses. */
import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { runAction } from '../support/action.js';

const test = suite('the npm package');
const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
/** Who runs things: nobody, where the tests are run by root. */
const NOBODY = 65_534;
const user = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {};

const folder = mkdtempSync(join(tmpdir(), 'registry-gitops-package-'));
chmodSync(folder, 0o755);
const own = (name: string): string => {
  const path = join(folder, name);
  mkdirSync(path, { recursive: true });
  if (user.uid !== undefined) chownSync(path, user.uid, user.gid);
  return path;
};
const home = own('home');
const repository = own('repository');
/** What init and generate make of a registry. */
const TREE = ['registry.yaml', 'base', 'overlays', '.registry-gitops.sha256'];
let tarball = '';
let packed: { files: { path: string; size: number }[]; size: number };

/** Runs a command as that user, who has a home of their own and no network. */
function run(command: string, args: string[], cwd = repository): { code: number | null; out: string } {
  const env = {
    PATH: process.env['PATH'],
    HOME: home,
    npm_config_offline: 'true',
    GIT_AUTHOR_NAME: 'A',
    GIT_AUTHOR_EMAIL: 'a@example.com',
    GIT_COMMITTER_NAME: 'A',
    GIT_COMMITTER_EMAIL: 'a@example.com',
  };
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    cwd,
    env,
    ...user,
    encoding: 'utf8',
    timeout: 300_000,
  });
  return { code: status, out: `${stdout}${stderr}${error ? error.message : ''}` };
}
const ok = (command: string, ...args: string[]): string => {
  const { code, out } = run(command, args);
  assert.is(code, 0, `${command} ${args.join(' ')}\n${out}`);
  return out;
};

test.after(() => rmSync(folder, { recursive: true, force: true }));

test('npm packs what a user needs, and nothing else', () => {
  [packed] = JSON.parse(
    execFileSync('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }),
  ) as [typeof packed];
  tarball = join(
    folder,
    readdirSync(folder).find((name) => name.endsWith('.tgz'))!,
  );
  chmodSync(tarball, 0o644);
  const others = packed.files.map(({ path }) => path).filter((path) => !path.startsWith('dist/'));
  assert.equal(others.filter((path) => !path.startsWith('docs/')).sort(), [
    'LICENSE',
    'README.md',
    'package.json',
    'schemas/registry.schema.json',
  ]);
  assert.not.match(others.join('\n'), /architecture|conformance/);
  assert.not.match(packed.files.map(({ path }) => path).join('\n'), /\.(ts|mts|map)$|test/m);
  assert.ok(packed.size < 1_500_000, `${packed.size} bytes`);
});

test('out of a tarball it starts a repository that carries it, which npm installs offline and compares with its hash', () => {
  const made = ok('npx', '--yes', '--package', tarball, '--', 'registry-gitops', 'init');
  assert.match(made, `+ package.json\n+ tools/registry-gitops-cli-${version}.tgz\n+ package-lock.json\n`);
  assert.ok(readFileSync(join(repository, `tools/registry-gitops-cli-${version}.tgz`)).equals(readFileSync(tarball)));
  ok('npm', 'ci', '--ignore-scripts');
  assert.equal(
    readdirSync(join(repository, 'node_modules')).filter((name) => !name.startsWith('.')),
    ['@registry-gitops'],
  );
  const { dependencies, optionalDependencies, peerDependencies, scripts } = JSON.parse(
    readFileSync(join(repository, 'node_modules/@registry-gitops/cli/package.json'), 'utf8'),
  );
  assert.equal([dependencies, optionalDependencies, peerDependencies], [undefined, undefined, undefined]);
  assert.equal(
    ['preinstall', 'install', 'postinstall'].filter((name) => name in scripts),
    [],
  );
  assert.match(ok('npx', '--no', '--', 'registry-gitops', '--version'), version);
});

test('npm refuses a tarball that is not the one that the lock file pins', () => {
  const path = join(repository, `tools/registry-gitops-cli-${version}.tgz`);
  const bytes = readFileSync(path);
  writeFileSync(path, Buffer.concat([bytes, Buffer.from('x')]));
  // On another machine: what this one has in npm's cache has the right hash.
  const { code, out } = run('npm', ['ci', '--ignore-scripts', '--cache', own('empty-cache')]);
  assert.is.not(code, 0);
  assert.match(out, 'EINTEGRITY');
  writeFileSync(path, bytes);
  ok('npm', 'ci', '--ignore-scripts');
});

test('the README of the repository does what it says, offline: install, hook, and an update of the generator', () => {
  const blocks = readFileSync(join(repository, 'README.md'), 'utf8').matchAll(/```console\n([^]*?)```/g);
  const commands = [...blocks].flatMap(([, text]) => text!.trim().split('\n'));
  assert.ok(commands.length >= 6, commands.join('; '));
  ok('git', 'add', '-A');
  ok('git', 'commit', '-qm', 'Start');
  for (const command of commands) {
    // The new version is this one here, so there is no old one to remove.
    if (command.startsWith('git rm')) continue;
    ok('sh', '-c', command.replace('VERSION', version));
  }
  assert.is(ok('git', 'config', 'core.hooksPath').trim(), '.githooks');
  assert.match(ok('git', 'status', '--porcelain'), /^( M package(-lock)?\.json\n)*$/);
  ok('git', 'checkout', '-q', '.');
});

test('generate, check, validate and commit work, by npx and as scripts', () => {
  assert.match(ok('npx', '--no', '--', 'registry-gitops', 'generate'), 'Nothing to do');
  ok('npm', 'run', 'check');
  ok('npm', 'run', 'validate');
  const file = join(repository, 'registry.yaml');
  writeFileSync(file, readFileSync(file, 'utf8').replace('replicas: 2', 'replicas: 3'));
  assert.is(run('npm', ['run', 'check']).code, 1);
  // Needs the schema of registry.yaml, rules, and the objects: all that is loaded late.
  assert.match(ok('npx', '--no', '--', 'registry-gitops', 'explain', 'Deployment/registry:spec.replicas'), 'workload');
  ok('npm', 'run', 'commit');
  assert.is(ok('git', 'status', '--porcelain'), '');
  assert.match(ok('git', 'log', '-1', '--format=%s'), 'replicas 2 -> 3');
  ok('npm', 'run', 'check');
});

test("git's hook refuses a commit whose tree is stale, and takes it when the tree follows", () => {
  ok('git', 'config', 'core.hooksPath', '.githooks');
  const file = join(repository, 'registry.yaml');
  const before = ok('git', 'rev-parse', 'HEAD');
  writeFileSync(file, readFileSync(file, 'utf8').replace('replicas: 3', 'replicas: 4'));
  const refused = run('git', ['commit', '-qam', 'Four']);
  assert.is(refused.code, 1);
  assert.match(refused.out, 'pre-commit: stage what the generator gives');
  ok('npm', 'run', 'generate');
  // On disk all is well, and what is staged is not.
  ok('git', 'add', 'registry.yaml');
  assert.is(run('git', ['commit', '-qm', 'Four']).code, 1);
  assert.is(ok('git', 'rev-parse', 'HEAD'), before);
  ok('git', 'add', '-A');
  ok('git', 'commit', '-qm', 'Four');
  writeFileSync(file, readFileSync(file, 'utf8').replace('replicas: 4', 'replicas: 5'));
  ok('npm', 'run', 'commit');
});

/** Adds a file alone, and commits it. @returns what the hook did */
function commitFile(path: string, text: string): { code: number | null; out: string } {
  own(join('repository', dirname(path)));
  writeFileSync(join(repository, path), text);
  ok('git', 'add', '-A');
  const result = run('git', ['commit', '-qm', path]);
  if (result.code !== 0) ok('git', 'reset', '-q', '--hard');
  return result;
}
const secret = (value: string): string =>
  `apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\nstringData:\n  password: ${value}\n`;
const ENCRYPTED = 'ENC[AES256_GCM,data:abc,iv:abc,tag:abc,type:str]';

test("git's hook refuses a Secret in clear text, in whatever folder and file, and says which", () => {
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

test("git's hook takes a Secret that is encrypted, and what only speaks of one", () => {
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

test('the action runs it from a tarball that is named, where nothing is installed', () => {
  const workspace = join(folder, 'elsewhere');
  mkdirSync(workspace);
  for (const path of TREE) execFileSync('cp', ['-r', join(repository, path), workspace]);
  const { code, log, outputs } = runAction({
    workspace,
    temp: join(folder, 'temp'),
    inputs: { tarball },
    env: { npm_config_offline: 'true', npm_config_cache: join(folder, 'cache') },
  });
  assert.is(code, 0, log);
  assert.is(
    outputs['program'],
    resolve(folder, 'temp/registry-gitops/node_modules/@registry-gitops/cli/dist/registry-gitops.js'),
  );
  assert.not(existsSync(join(workspace, 'node_modules')));
});

test("git's hook refuses a stale tree in a fleet too", () => {
  ok('npx', '--no', '--', 'registry-gitops', 'init', '--config', 'registries/oslo/registry.yaml');
  ok('git', 'rm', '-qr', '--cached', ...TREE);
  for (const path of TREE) rmSync(join(repository, path), { recursive: true });
  ok('git', 'add', '-A');
  const { code, out } = run('git', ['commit', '-qm', 'A fleet']);
  assert.is(code, 1);
  assert.match(out, 'pre-commit: stage what the generator gives');
  ok('npm', 'run', 'generate');
  ok('git', 'add', '-A');
  ok('git', 'commit', '-qm', 'A fleet');
});

test.run();
