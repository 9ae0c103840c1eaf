import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { mkdirSync, statSync, symlinkSync } from 'node:fs';
import { cacheSeconds, Volume } from '../../generator/collector/volume.mjs';
import { DAY, type RegistryFolder, withRegistryFolder } from '../support/collector/registry-folder.js';

const test = suite('volume');
const check = (name: string, run: (registry: RegistryFolder) => Promise<void>): void =>
  test(name, withRegistryFolder(run));
const { signal } = new AbortController();

check('folders: names of what is directly inside, and no files', async (registry) => {
  registry.write('a/b/link', '');
  registry.write('a/c/d/link', '');
  registry.write('a/file', '');
  assert.equal((await registry.volume.folders('a')).sort(), ['b', 'c']);
  assert.equal(await registry.volume.folders('missing'), []);
  assert.equal(await registry.volume.folders('a/file'), []);
});

check('links: those folders that have the file, with its time', async (registry) => {
  registry.write('tags/v1/current/link', 'x', DAY);
  registry.write('tags/v2/index/link', 'x');
  registry.write('tags/current/link', 'x');
  const links = await registry.volume.links('tags', 'current/link');
  assert.equal(
    links.map(({ name }) => name),
    ['v1'],
  );
  assert.ok(Math.abs(links[0]!.time - (registry.now - DAY)) < 2);
  assert.equal(await registry.volume.links('missing', 'link'), []);
});

check('links: another time, size or file is another version', async (registry) => {
  const file = 'tags/v1/link';
  const version = async (): Promise<string> => (await registry.volume.links('tags', 'link'))[0]!.version;
  registry.write(file, 'x', DAY);
  const versions = [await version()];
  assert.is(await version(), versions[0]);
  registry.touch(file, DAY - 1);
  versions.push(await version());
  registry.write(file, 'longer', DAY);
  versions.push(await version());
  registry.write('elsewhere', 'keeps the number of the file from being used again');
  registry.write('tags/v2/link', 'x', DAY);
  versions.push((await registry.volume.links('tags', 'link')).find(({ name }) => name === 'v2')!.version);
  assert.is(new Set(versions).size, 4);
});

check('read and stat: bytes and time; undefined where there is nothing', async (registry) => {
  registry.write('a/file', 'text', DAY);
  assert.is((await registry.volume.read('a/file'))!.toString(), 'text');
  const { bytes, time } = (await registry.volume.stat('a/file'))!;
  assert.is(bytes, 4);
  assert.ok(Math.abs(time - (registry.now - DAY)) < 2);
  for (const missing of ['a/other', 'b/file', 'a/file/inside']) {
    assert.is(await registry.volume.read(missing), undefined);
    assert.is(await registry.volume.stat(missing), undefined);
  }
});

check('read: what cannot be read is an error, not nothing', async (registry) => {
  registry.write('a/file', '');
  const error = await registry.volume.read('a').catch((reason: NodeJS.ErrnoException) => reason.code);
  assert.is(error, 'EISDIR');
});

check('makeFolder: with those above; one that is there stays as it is', async (registry) => {
  registry.write('a/b/_layers/sha256/file', '');
  await registry.volume.makeFolder('a/b/_layers');
  await registry.volume.makeFolder('c/d/_layers');
  assert.ok(registry.has('a/b/_layers/sha256/file'));
  assert.ok(statSync(registry.path('c/d/_layers')).isDirectory());
});

check('remove: files, and the folders that are empty then', async (registry) => {
  registry.write('a/one/link', '');
  registry.write('a/two/link', '');
  registry.write('a/two/other', '');
  await registry.volume.remove(['a/one/link', 'a/two/link', 'a/missing/link', 'missing/link'], signal);
  assert.equal(await registry.volume.folders('a'), ['two']);
  assert.ok(registry.has('a/two/other'));
  assert.not.ok(registry.has('a/two/link'));
});

check('remove: begins nothing once it is stopped', async (registry) => {
  registry.write('a/one/link', '');
  const stopped = AbortSignal.abort(new Error('enough'));
  const error = await registry.volume.remove(['a/one/link'], stopped).catch(String);
  assert.match(String(error), 'enough');
  assert.ok(registry.has('a/one/link'));
});

check('removeFolder: all that is in it, and nothing beside it', async (registry) => {
  registry.write('tags/v1/current/link', '');
  registry.write('tags/v1/index/sha256/x/link', '');
  registry.write('tags/v1.1/current/link', '');
  await registry.volume.removeFolder('tags/v1');
  await registry.volume.removeFolder('tags/missing');
  assert.equal(await registry.volume.folders('tags'), ['v1.1']);
});

check('the root may be a link to a folder', async (registry) => {
  registry.write('a/b/link', 'x');
  const link = `${registry.folder}/images`;
  mkdirSync(`${registry.folder}/elsewhere`);
  symlinkSync(registry.folder, link);
  assert.equal(await new Volume(link).folders('a'), ['b']);
  assert.throws(() => new Volume(`${registry.folder}/missing`), /ENOENT/);
});

test('settle: what is given counts, else what the mount says', () => {
  assert.is(new Volume('/', 7).settle, 7);
  assert.is(new Volume('/proc').settle, 60);
});

const ROOT = '22 1 259:1 / / rw,relatime shared:1 - ext4 /dev/nvme0n1p1 rw,discard,errors=remount-ro';
const line = (place: string, type: string, options: string, source = 'server:/export'): string =>
  `512 22 0:52 / ${place} rw,relatime shared:260 - ${type} ${source} ${options}`;
const NFS =
  'rw,vers=4.2,rsize=1048576,wsize=1048576,namlen=255,hard,proto=tcp,timeo=600,retrans=2,sec=sys,clientaddr=10.0.0.4,local_lock=none,addr=10.0.0.9';

const MOUNTS: [what: string, mount: string, seconds: number][] = [
  ['overlay', line('/images', 'overlay', 'rw,lowerdir=/l,upperdir=/u,workdir=/w,uuid=on', 'overlay'), 0],
  ['xfs', line('/images', 'xfs', 'rw,attr2,inode64,noquota', '/dev/sdb'), 0],
  ['CephFS', line('/images', 'ceph', 'rw,name=admin,secret=<hidden>,acl', '10.0.0.9:6789:/'), 0],
  ['NFS as it is', line('/images', 'nfs4', NFS), 60],
  ['NFS 3', line('/images', 'nfs', NFS.replace('4.2', '3')), 60],
  ['NFS noac', line('/images', 'nfs4', NFS.replace('hard', 'hard,noac')), 0],
  ['NFS acdirmax', line('/images', 'nfs4', `${NFS},acregmax=5,acdirmax=30`), 30],
  ['NFS acregmax', line('/images', 'nfs4', `${NFS},acregmax=120,acdirmax=1`), 120],
  ['NFS with one of two', line('/images', 'nfs4', `${NFS},acdirmax=5`), 60],
  ['NFS with minimums only', line('/images', 'nfs4', `${NFS},acregmin=1,acdirmin=1`), 60],
  ['NFS actimeo', line('/images', 'nfs4', `${NFS},actimeo=3`), 3],
  ['NFS actimeo=0', line('/images', 'nfs4', `${NFS},acregmin=0,acregmax=0,acdirmin=0,acdirmax=0`), 0],
  ['cifs as it is', line('/images', 'cifs', 'rw,vers=3.1.1,cache=strict,uid=0', '//server/share'), 1],
  ['cifs actimeo', line('/images', 'cifs', 'rw,vers=3.1.1,actimeo=30,closetimeo=1', '//server/share'), 30],
  ['cifs acregmax', line('/images', 'smb3', 'rw,acregmax=5,acdirmax=15', '//server/share'), 15],
  ['FUSE', line('/images', 'fuse.glusterfs', 'rw,user_id=0,group_id=0,allow_other', 'server:/volume'), 60],
  ['unknown', line('/images', '9p', 'rw,trans=virtio', 'share'), 60],
];

for (const [what, mount, seconds] of MOUNTS)
  test(`cacheSeconds: ${what}`, () => {
    assert.is(cacheSeconds(`${ROOT}\n${mount}\n`, '/images/registry'), seconds);
    assert.is(cacheSeconds(`${ROOT}\n${mount}\n`, '/images'), seconds);
    assert.is(cacheSeconds(`${ROOT}\n${mount}\n`, '/images-of-others'), 0);
  });

test('cacheSeconds: the innermost mount counts, whatever the order', () => {
  const nfs = line('/data', 'nfs4', NFS);
  const disk = line('/data/registry', 'ext4', 'rw', '/dev/sdb');
  for (const mounts of [[ROOT, nfs, disk].join('\n'), [disk, nfs, ROOT].join('\n')]) {
    assert.is(cacheSeconds(mounts, '/data/registry/images'), 0);
    assert.is(cacheSeconds(mounts, '/data/other'), 60);
  }
});

test('cacheSeconds: of two mounts in one place the later one counts', () => {
  const mounts = [ROOT, line('/images', 'ext4', 'rw', '/dev/sdb'), line('/images', 'nfs4', NFS)];
  assert.is(cacheSeconds(mounts.join('\n'), '/images'), 60);
});

test('cacheSeconds: places with spaces', () => {
  const mounts = `${ROOT}\n${line('/my\\040images', 'nfs4', NFS, 'server:/my\\040export\\040-\\040old')}`;
  assert.is(cacheSeconds(mounts, '/my images/registry'), 60);
});

test('cacheSeconds: a mount without optional fields, and nothing known', () => {
  assert.is(cacheSeconds('22 1 259:1 / / rw - ext4 /dev/sda rw', '/images'), 0);
  assert.is(cacheSeconds('', '/images'), 60);
});

test.run();
