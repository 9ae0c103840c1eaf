/** What is written into the package.json and package-lock.json of a repository that carries its generator. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  completePackageJson,
  type Fields,
  lockFile,
  newPackageJson,
  packProgram,
  SCRIPTS,
  specOf,
} from '../../generator/package/index.js';
import { withFolder } from '../support/folder.js';

const test = suite('package.json and package-lock.json');
const PACKAGE = '@registry-gitops/cli';
const SPEC = 'file:tools/registry-gitops.tgz';
const tarball = await packProgram('.');
const fieldsOf = (text: string) => JSON.parse(text) as Fields;

/** Has npm write the lock file. */
function lockOfNpm(packageJson: string, before?: string): Promise<string> {
  return withFolder((folder) => {
    mkdirSync(join(folder, 'tools'));
    writeFileSync(join(folder, 'tools/registry-gitops.tgz'), tarball.bytes);
    writeFileSync(join(folder, 'package.json'), packageJson);
    if (before !== undefined) writeFileSync(join(folder, 'package-lock.json'), before);
    execFileSync('npm', ['install', '--package-lock-only', '--offline', '--no-audit'], {
      cwd: folder,
      stdio: 'ignore',
    });
    return readFileSync(join(folder, 'package-lock.json'), 'utf8');
  });
}

test('the lock file is, to the byte, the one that npm would write', async () => {
  const made = newPackageJson(SPEC);
  const mine = completePackageJson('{ "name": "mine", "version": "1.0.0", "license": "MIT" }', SPEC).text;
  const asDependency = JSON.stringify({ name: 'mine', dependencies: { [PACKAGE]: SPEC }, engines: { node: '>=22' } });
  for (const packageJson of [made, mine, asDependency]) {
    const lock = lockFile(undefined, fieldsOf(packageJson), tarball, 'folder');
    assert.is(lock, await lockOfNpm(packageJson), packageJson);
  }
});

test('a lock file that is there gets the program, or another one of it, and keeps the rest', async () => {
  const packageJson = newPackageJson(SPEC);
  const lock = lockFile(undefined, fieldsOf(packageJson), tarball, 'folder')!;
  const older = lock
    .replace(tarball.integrity, 'sha512-x')
    .replace(`"version": "${tarball.manifest.version}"`, '"version": "0.0.1"');
  assert.is.not(older, lock);
  assert.is(lockFile(older, fieldsOf(packageJson), tarball, 'folder'), lock);
  const mine =
    '{\n\t"name": "mine",\n\t"lockfileVersion": 3,\n\t"packages": {\n\t\t"": { "name": "mine" },\n\t\t"node_modules/zod": { "version": "4.0.0" }\n\t}\n}\n';
  const text = lockFile(mine, fieldsOf(packageJson), tarball, 'folder')!;
  assert.match(text, /^\{\n\t"name": "mine"/);
  const { packages } = fieldsOf(text) as { packages: Record<string, Fields> };
  assert.equal(Object.keys(packages), ['', `node_modules/${PACKAGE}`, 'node_modules/zod']);
  assert.equal(
    [packages['']!['devDependencies'], packages['node_modules/zod']],
    [{ [PACKAGE]: SPEC }, { version: '4.0.0' }],
  );
});

test('npm has to write the lock file where other packages are in package.json, or the form is that of npm 6', () => {
  const others = [
    { dependencies: { other: '1.0.0' } },
    { devDependencies: { other: '1.0.0' } },
    { optionalDependencies: { other: '1.0.0' } },
    { peerDependencies: { other: '1.0.0' } },
    { workspaces: ['packages/*'] },
  ];
  for (const fields of others)
    assert.is(lockFile(undefined, fields, tarball, 'folder'), undefined, JSON.stringify(fields));
  assert.is(lockFile('{ "lockfileVersion": 1, "dependencies": {} }', {}, tarball, 'folder'), undefined);
  assert.throws(() => lockFile('{', {}, tarball, 'folder'));
});

test('a package.json that is there gets what it lacks, and keeps the rest to the letter', () => {
  const before = `{\n\t"name": "mine",\n\t"scripts": {\n\t\t"check": "true"\n\t},\n\t"dependencies": {\n\t\t"${PACKAGE}": "file:x.tgz"\n\t}\n}\n`;
  const { text, added } = completePackageJson(before, SPEC);
  assert.equal(
    added,
    SCRIPTS.filter((name) => name !== 'check'),
  );
  const after = fieldsOf(text);
  assert.equal(
    [after['name'], (after['scripts'] as Fields)['check'], after['devDependencies'], specOf(after)],
    ['mine', 'true', undefined, 'file:x.tgz'],
  );
  assert.match(text, /^\{\n\t"name"/);
  assert.equal(completePackageJson(text, SPEC), { text, added: [] });
  for (const none of ['', '[]', 'x', '{']) assert.throws(() => completePackageJson(none, SPEC));
});

test.run();
