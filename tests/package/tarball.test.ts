/** The program as a tarball: what is in it, and that it is always the same. */
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { unpackTar } from 'modern-tar';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { packProgram } from '../../generator/package/index.js';
import { withFolder, writeFiles } from '../support/folder.js';

const test = suite('the tarball of the program');
const tarball = await packProgram('.');
const entries = await unpackTar(gunzipSync(tarball.bytes));
const files = new Map(entries.map(({ header, data }) => [header.name.replace(/^package\//, ''), data!]));

test('it has the files that npm would pack', () => {
  const [pack] = JSON.parse(
    execFileSync('npm', ['pack', '--json', '--dry-run', '--ignore-scripts'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }),
  ) as [{ files: { path: string }[] }];
  assert.equal([...files.keys()], pack.files.map(({ path }) => path).sort());
});

test('its package.json has nothing that is for developers only, and no script that npm could run', () => {
  const { scripts, devDependencies, dependencies, name, bin } = JSON.parse(
    Buffer.from(files.get('package.json')!).toString('utf8'),
  );
  assert.equal([scripts, devDependencies, dependencies], [undefined, undefined, undefined]);
  assert.equal([name, bin], ['@registry-gitops/cli', { 'registry-gitops': 'dist/registry-gitops.js' }]);
});

test('made from a clone or from where it is installed, it has the same bytes, whatever the times and modes of files', () =>
  withFolder(async (folder) => {
    for (const [path, bytes] of files) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), bytes);
      chmodSync(join(folder, path), 0o600);
    }
    writeFiles(folder, [
      ['node_modules/other/index.js', 'not packed'],
      ['mine.txt', 'not packed'],
    ]);
    const again = await packProgram(folder);
    assert.is(again.integrity, tarball.integrity);
    assert.ok(Buffer.from(again.bytes).equals(tarball.bytes));
  }));

test('it is the same on every machine: no name of a user, no time, and a gzip that is not of this Node', () => {
  // Of RFC 1952: no flags, no time, and the operating system that fflate names.
  assert.equal([...tarball.bytes.subarray(0, 8)], [0x1f, 0x8b, 8, 0, 0, 0, 0, 0]);
  for (const { header } of entries) {
    assert.equal([header.uid, header.gid, header.uname ?? '', header.gname ?? ''], [0, 0, '', ''], header.name);
    assert.is(header.mtime?.toISOString(), '1985-10-26T08:15:00.000Z', header.name);
    assert.is(header.mode, header.name === 'package/dist/registry-gitops.js' ? 0o755 : 0o644, header.name);
  }
});

test('a program that is not built is not packed', () =>
  withFolder(async (folder) => {
    writeFiles(folder, [['package.json', readFileSync('package.json', 'utf8')]]);
    try {
      await packProgram(folder);
      assert.unreachable();
    } catch (error) {
      assert.is((error as Error).message, 'dist/registry-gitops.js is not built yet; run `npm run bundle`');
    }
  }));

test.run();
