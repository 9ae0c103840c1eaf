/** What the node of the cluster tests is built of, as far as that needs no network. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fastGlob from 'fast-glob';
import { unpackTar } from 'modern-tar';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Cache } from '../../scripts/cluster/cache.js';
import { fingerprint, type Image, writeImage } from '../../scripts/cluster/image.js';
import { buildKubernetes } from '../../scripts/cluster/kubernetes.js';
import { COREDNS, defaultImages, fullName, tagOf } from '../../scripts/cluster/names.js';
import { libraries } from '../../scripts/cluster/root-files.js';
import { withFolder } from '../support/folder.js';

const test = suite('parts of a node');
const root = join(import.meta.dirname, '../..');

const image = (program: string): Image => ({
  reference: 'docker.io/library/app:1.0.0',
  entries: [
    { path: 'usr/bin/app', from: program, mode: 0o755 },
    { path: 'bin/app', link: '/usr/bin/app' },
    { path: 'etc/passwd', text: 'root:x:0:0::/:/bin/sh\n' },
    { path: 'tmp', mode: 0o1777 },
    { path: 'data', owner: 999 },
  ],
  config: { Entrypoint: ['/bin/app'], Env: ['PATH=/bin'] },
});

async function entriesOf(archive: Uint8Array): Promise<Map<string, Uint8Array>> {
  return new Map((await unpackTar(archive)).map(({ header, data }) => [header.name, data!]));
}

function sha256(content: Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}

test('an archive names its configuration and its layer by their digests', () =>
  withFolder(async (folder) => {
    writeFileSync(join(folder, 'program'), 'x'.repeat(1000));
    await writeImage(join(folder, 'app.tar'), image(join(folder, 'program')));
    const archive = await entriesOf(readFileSync(join(folder, 'app.tar')));
    const text = (name: string): unknown => JSON.parse(Buffer.from(archive.get(name)!).toString());
    const [{ Config, Layers, RepoTags }] = text('manifest.json') as [
      { Config: string; Layers: string[]; RepoTags: string[] },
    ];
    assert.equal(RepoTags, ['docker.io/library/app:1.0.0']);
    assert.is(Config, `${sha256(archive.get(Config)!)}.json`);
    const digests = Layers.map((name) => `sha256:${sha256(archive.get(name)!)}`);
    const { rootfs, config, os } = text(Config) as { rootfs: object; config: object; os: string };
    assert.equal(rootfs, { type: 'layers', diff_ids: digests });
    assert.equal(config, { Entrypoint: ['/bin/app'], Env: ['PATH=/bin'] });
    assert.is(os, 'linux');
    assert.is(archive.size, 3);
  }));

test('a layer has each file with its mode and owner, and the folders above it', () =>
  withFolder(async (folder) => {
    writeFileSync(join(folder, 'program'), 'program');
    await writeImage(join(folder, 'app.tar'), image(join(folder, 'program')));
    const archive = await entriesOf(readFileSync(join(folder, 'app.tar')));
    const [layer] = [...archive].filter(([name]) => name.endsWith('.tar')).map(([, data]) => data);
    const entries = (await unpackTar(layer!)).map(({ header, data }) => [
      header.name,
      header.type,
      header.mode?.toString(8),
      header.uid,
      header.linkname || Buffer.from(data ?? []).toString(),
    ]);
    assert.equal(entries, [
      ['bin/', 'directory', '755', 0, ''],
      ['bin/app', 'symlink', '777', 0, '/usr/bin/app'],
      ['data/', 'directory', '755', 999, ''],
      ['etc/', 'directory', '755', 0, ''],
      ['etc/passwd', 'file', '644', 0, 'root:x:0:0::/:/bin/sh\n'],
      ['tmp/', 'directory', '1777', 0, ''],
      ['usr/', 'directory', '755', 0, ''],
      ['usr/bin/', 'directory', '755', 0, ''],
      ['usr/bin/app', 'file', '755', 0, 'program'],
    ]);
  }));

test('the same files give the same bytes, and another file or configuration another name', () =>
  withFolder(async (folder) => {
    const program = join(folder, 'program');
    writeFileSync(program, 'program');
    for (const name of ['one', 'two']) await writeImage(join(folder, name), image(program));
    const bytes = readFileSync(join(folder, 'one'));
    assert.equal(readFileSync(join(folder, 'two')), bytes);
    const layer = (await unpackTar(bytes)).find(({ header }) => header.name.endsWith('.tar'))!.data!;
    for (const archive of [bytes, layer])
      for (const { header } of await unpackTar(archive)) assert.is(header.mtime?.getTime(), 0, header.name);

    const same = fingerprint(image(program));
    assert.is(fingerprint(image(program)), same);
    const plain = image(program);
    assert.is.not(fingerprint({ ...plain, config: { Cmd: ['app'] } }), same);
    assert.is.not(fingerprint({ ...plain, reference: 'docker.io/library/app:1.0.1' }), same);
    assert.is.not(fingerprint({ ...plain, entries: [...plain.entries, { path: 'var' }] }), same);
    writeFileSync(program, 'another program');
    assert.is.not(fingerprint(plain), same);
  }));

test('every image that the shipped tree names is built', () => {
  const built = new Set(defaultImages().values());
  const named = fastGlob
    .sync('{base,overlays}/**/*.yaml', { cwd: root })
    .flatMap((path) => [...readFileSync(join(root, path), 'utf8').matchAll(/^\s*(?:- )?image: (\S+)$/gm)])
    .map(([, reference]) => reference!);
  assert.ok(new Set(named).size >= 3, `${named.length} images`);
  assert.equal(
    named.filter((reference) => !built.has(reference)),
    [],
  );
});

test('images go by the names under which containerd looks for them', () => {
  assert.is(fullName('redis:7.2.16-alpine'), 'docker.io/library/redis:7.2.16-alpine');
  assert.is(fullName('bitnami/redis:7'), 'docker.io/bitnami/redis:7');
  assert.is(fullName(COREDNS), COREDNS);
  assert.is(fullName('localhost/a:1'), 'localhost/a:1');
  assert.is(fullName('mirror:5000/a:1'), 'mirror:5000/a:1');
  assert.is(tagOf('mirror:5000/a:1'), '1');
  assert.throws(() => tagOf('mirror:5000/a'), /has no tag/);
});

test('an image has the libraries of its programs, at their own paths; a static program needs none', () => {
  const paths = libraries('/nowhere', [process.execPath]).map(({ path, from }) => [`/${path}`, from]);
  assert.ok(paths.some(([path]) => path!.endsWith('/libc.so.6')));
  assert.ok(paths.some(([path]) => path!.includes('/ld-linux')));
  for (const [path, from] of paths) assert.is(path, from);
  assert.equal(libraries('/nowhere', [import.meta.filename]), []);
});

test('CoreDNS is built of the version that its image names', () => {
  const module = readFileSync(join(root, 'scripts/cluster/modules/coredns/go.mod'), 'utf8');
  assert.match(module, `github.com/coredns/coredns ${tagOf(COREDNS)}\n`);
});

test('a part is built once; a build that fails leaves nothing, and is tried again', () =>
  withFolder(async (folder) => {
    const lines: string[] = [];
    const cache = new Cache(folder, (line) => lines.push(line));
    try {
      await cache.part('app-1.0', (output) => {
        writeFileSync(output, 'half');
        throw new Error('interrupted');
      });
      assert.unreachable();
    } catch (error) {
      assert.is((error as Error).message, 'interrupted');
    }
    assert.equal(readdirSync(folder), []);
    let builds = 0;
    const build = (output: string): void => {
      builds++;
      writeFileSync(output, 'whole');
    };
    for (let time = 0; time < 2; time++) assert.is(await cache.part('app-1.0', build), join(folder, 'app-1.0'));
    assert.is(builds, 1);
    assert.equal(readdirSync(folder), ['app-1.0']);
    assert.equal(
      lines.map((line) => line.replace(/[\d.]+ s$/, 'N s')),
      ['building app-1.0', 'building app-1.0', 'built app-1.0 in N s'],
    );
  }));

test('what a killed build left is removed, what another one is at work on is kept', () =>
  withFolder((folder) => {
    // Process ids are below 2^22.
    const [dead, alive] = [join(folder, `.building-${2 ** 22 + 1}-a`), join(folder, `.building-${process.pid}-a`)];
    for (const path of [dead, alive]) mkdirSync(path);
    assert.is(new Cache(folder).folder, folder);
    assert.equal([existsSync(dead), existsSync(alive)], [false, true]);
  }));

test('a version of Kubernetes that is none is refused before anything is downloaded', () =>
  withFolder(async (folder) => {
    try {
      await buildKubernetes(folder, '1.34', ['kubelet']);
      assert.unreachable();
    } catch (error) {
      assert.is((error as Error).message, '"1.34" is not a version of Kubernetes, such as v1.34.4');
    }
  }));

test.run();
