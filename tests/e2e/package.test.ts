/** The program as a tarball, in the hands of somebody who has nothing else: init, npm ci, generate, check, commit, the action. */
import { execFileSync } from 'node:child_process';
import { appendFileSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { gunzipSync } from 'node:zlib';
import { unpackTar } from 'modern-tar';
import { runAction } from '../support/action.js';
import { Newcomer } from '../support/newcomer.js';

const test = suite('the program as a tarball');
const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
const newcomer = new Newcomer();
const repository = newcomer.own('repository');
const PROGRAM = 'node_modules/@registry-gitops/cli';
const run = (command: string, ...args: string[]) => newcomer.run(repository, command, args);
const ok = (command: string, ...args: string[]): string => newcomer.ok(repository, command, ...args);
const NAME = `registry-gitops-cli-${version}.tgz`;
let tarball = '';

test.after(() => newcomer.leave());

test('npm run tarball packs it, with its checksums', async () => {
  const folder = newcomer.own('packed');
  execFileSync('npm', ['run', '--silent', 'tarball', '--', folder], { stdio: 'pipe' });
  assert.equal(readdirSync(folder).sort(), ['SHA512SUMS', NAME]);
  execFileSync('sha512sum', ['--check', '--strict', 'SHA512SUMS'], { cwd: folder, stdio: 'pipe' });
  tarball = join(folder, NAME);
  const bytes = readFileSync(tarball);
  const paths = (await unpackTar(gunzipSync(bytes))).map(({ header }) => header.name.replace(/^package\//, ''));
  const others = paths.filter((path) => !path.startsWith('dist/'));
  assert.equal(
    others.filter((path) => !path.startsWith('docs/')),
    ['LICENSE', 'README.md', 'package.json', 'schemas/registry.schema.json'],
  );
  assert.not.match(others.join('\n'), /architecture|conformance/);
  assert.not.match(paths.join('\n'), /\.(ts|mts|map)$|test/m);
  assert.ok(bytes.length < 1_500_000, `${bytes.length} bytes`);
});

test('npx runs init from it in an empty folder; the repository carries the very same tarball', () => {
  assert.match(
    ok('npx', '--yes', '--package', tarball, '--', 'registry-gitops', 'init'),
    '+ registry.yaml\n+ package.json\n',
  );
  assert.ok(readFileSync(join(repository, 'tools', NAME)).equals(readFileSync(tarball)));
  ok('git', 'add', '-A');
  ok('git', 'commit', '-qm', 'Start');
});

test('npm ci installs it without a network and without a cache, runs no script, and brings nothing with it', () => {
  const out = ok('npm', 'ci', '--foreground-scripts', '--cache', newcomer.own('cache'));
  assert.not.match(out, /warn|^> /im);
  assert.equal(
    readdirSync(join(repository, 'node_modules')).filter((name) => !name.startsWith('.')),
    ['@registry-gitops'],
  );
  assert.equal(readdirSync(join(repository, 'node_modules/@registry-gitops')), ['cli']);
  assert.match(ok('npx', '--no', '--', 'registry-gitops', '--version'), version);
  assert.is(ok('git', 'status', '--porcelain'), '');
});

test('npm ci refuses a tarball that is not the one in package-lock.json', () => {
  const clone = newcomer.own('tampered');
  cpSync(repository, clone, { recursive: true, filter: (path) => basename(path) !== 'node_modules' });
  appendFileSync(join(clone, 'tools', NAME), '\n');
  const { code, out } = newcomer.run(clone, 'npm', ['ci', '--cache', newcomer.own('other-cache')]);
  assert.is.not(code, 0);
  assert.match(out, 'EINTEGRITY');
});

test('generate, check, validate and commit work, by npx and as scripts', () => {
  assert.match(ok('npx', '--no', '--', 'registry-gitops', 'generate'), 'Nothing to do');
  ok('npm', 'run', 'check');
  ok('npm', 'run', 'validate');
  const file = join(repository, 'registry.yaml');
  writeFileSync(file, readFileSync(file, 'utf8').replace('replicas: 2', 'replicas: 3'));
  assert.is(run('npm', 'run', 'check').code, 1);
  // Needs the schema of registry.yaml, rules, and the objects: all that is loaded late.
  assert.match(ok('npx', '--no', '--', 'registry-gitops', 'explain', 'Deployment/registry:spec.replicas'), 'workload');
  ok('npm', 'run', 'commit');
  assert.is(ok('git', 'status', '--porcelain'), '');
  assert.match(ok('git', 'log', '-1', '--format=%s'), 'replicas 2 -> 3');
  ok('npm', 'run', 'check');
});

test('the README of the repository does what it says, offline: install, hook, and an update of the generator', () => {
  const blocks = readFileSync(join(repository, 'README.md'), 'utf8').matchAll(/```console\n([^]*?)```/g);
  const commands = [...blocks].flatMap(([, text]) => text!.trim().split('\n'));
  assert.ok(commands.length >= 6, commands.join('; '));
  for (const command of commands) {
    // The new version is this one here, so there is no old one to remove.
    if (command.startsWith('git rm')) continue;
    ok('sh', '-c', command.replace('VERSION', version));
  }
  assert.is(ok('git', 'config', 'core.hooksPath').trim(), '.githooks');
  assert.is(ok('git', 'status', '--porcelain'), '');
  ok('git', 'config', '--unset', 'core.hooksPath');
});

/** npm may use nothing but files. */
const OFFLINE = { npm_config_offline: 'true', npm_config_cache: join(newcomer.folder, 'cache-of-the-action') };

test('the action installs it from the repository, without a network', () => {
  const workspace = newcomer.own('checkout');
  ok('git', 'clone', '-q', repository, workspace);
  // Git uses no repository of somebody else.
  if (process.getuid?.() === 0) execFileSync('chown', ['-R', '0:0', workspace]);
  const { code, log, outputs } = runAction({ workspace, temp: join(newcomer.folder, 'temp'), env: OFFLINE });
  assert.is(code, 0, log);
  assert.is(outputs['program'], join(workspace, PROGRAM, 'dist/registry-gitops.js'));
});

test('the action runs it from a tarball that is named, where package.json does not name it', () => {
  const workspace = join(newcomer.folder, 'elsewhere');
  mkdirSync(workspace);
  for (const path of ['registry.yaml', 'base', 'overlays', '.registry-gitops.sha256'])
    cpSync(join(repository, path), join(workspace, path), { recursive: true });
  const temp = join(newcomer.folder, 'temp');
  const { code, log, outputs } = runAction({ workspace, temp, inputs: { tarball }, env: OFFLINE });
  assert.is(code, 0, log);
  assert.is(outputs['program'], resolve(temp, 'registry-gitops', PROGRAM, 'dist/registry-gitops.js'));
  assert.not(existsSync(join(workspace, 'node_modules')));
});

test.run();
