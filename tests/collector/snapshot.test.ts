import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { statSync } from 'node:fs';
import { blobFile, layersFolder, manifestLink, tagFile, tagsFolder } from '../../generator/collector/layout.mjs';
import { mark, usersOf } from '../../generator/collector/mark.mjs';
import { Reader } from '../../generator/collector/snapshot.mjs';
import { DAY, digestOf, type RegistryFolder, withRegistryFolder } from '../support/collector/registry-folder.js';

const test = suite('snapshot');
const check = (name: string, run: (registry: RegistryFolder) => Promise<void>): void =>
  test(name, withRegistryFolder(run));
const names = async ({ reader }: RegistryFolder): Promise<string[]> =>
  (await reader.snapshot()).map(({ name }) => name).sort();

check('nothing is there before the first push', async (registry) => {
  assert.equal(await registry.reader.snapshot(), []);
});

check('repositories may be in one another, and named like anything', async (registry) => {
  const all = ['a', 'a/b', 'a/b/c', 'x/y/z', 'a__b', 'a.b-c/d_e', 'link', 'current/link'];
  for (const name of all) registry.image(name, name, { tag: 'v1' });
  registry.layer('only/layers', 'layer');
  registry.write('repositories/only/uploads/_uploads/1/data', '');
  assert.equal(await names(registry), all.sort());
});

check('a repository has tags and manifests, with their times', async (registry) => {
  const image = registry.image('a', 'image', { tag: 'v1', age: 3 * DAY });
  registry.tag('a', 'link', image, DAY);
  const { tags, manifests, broken, hasLayers } = await registry.seen('a');
  assert.equal([...manifests.keys()], [image]);
  assert.equal([...tags.keys()].sort(), ['link', 'v1']);
  assert.equal(broken, []);
  assert.ok(hasLayers);
  const near = (time: number, age: number): boolean => Math.abs(registry.now - age - time) < 2;
  assert.ok(near(manifests.get(image)!.time, 3 * DAY));
  assert.ok(near(tags.get('link')!.time, DAY));
});

check('a repository without a folder for layers is seen as one', async (registry) => {
  const index = registry.index('a', [], { tag: 'v1' });
  const { manifests, hasLayers } = await registry.seen('a');
  assert.equal([...manifests.keys()], [index]);
  assert.not.ok(hasLayers);
});

check('a tag that says nothing is broken; a tag without a file is none', async (registry) => {
  registry.image('a', 'image', { tag: 'v1' });
  registry.write(tagFile('a', 'empty'), '');
  registry.write(tagFile('a', 'text'), 'sha256:');
  registry.write(`${tagsFolder('a')}/gone/index/sha256/${'0'.repeat(64)}/link`, digestOf('x'));
  const { tags, broken } = await registry.seen('a');
  assert.equal([...tags.keys()], ['v1']);
  assert.equal(broken.sort(), ['empty', 'text']);
});

check('a tag that moves within a tick of the clock is read again', async (registry) => {
  const [one, other] = [registry.image('a', 'one'), registry.image('a', 'other')];
  registry.tag('a', 'v1', one, 0);
  const before = statSync(registry.path(tagFile('a', 'v1')));
  assert.is((await registry.seen('a')).tags.get('v1')!.digest, one);
  registry.tag('a', 'v1', other, 0);
  const after = statSync(registry.path(tagFile('a', 'v1')));
  assert.equal([after.mtimeMs, after.ino, after.size], [before.mtimeMs, before.ino, before.size]);
  assert.is((await registry.seen('a')).tags.get('v1')!.digest, other);
});

check('a tag that was moved long ago is read once, until it changes', async (registry) => {
  const [one, other] = [registry.image('a', 'one'), registry.image('a', 'other')];
  registry.tag('a', 'v1', one, DAY);
  const asked: string[] = [];
  const { volume } = registry;
  const read = volume.read.bind(volume);
  volume.read = (file) => (asked.push(file), read(file));
  for (let time = 0; time < 2; time++) await registry.reader.snapshot();
  assert.is(asked.filter((file) => file === tagFile('a', 'v1')).length, 1);
  assert.is(asked.filter((file) => file === blobFile(one)).length, 1);
  registry.tag('a', 'v1', other, DAY - 1000);
  assert.is((await registry.seen('a')).tags.get('v1')!.digest, other);
});

check('a manifest that is not whole is read again', async (registry) => {
  const image = registry.image('a', 'image', { tag: 'v1' });
  const text = (await registry.volume.read(blobFile(image)))!.toString();
  registry.write(blobFile(image), '');
  await registry.reader.snapshot();
  assert.equal(registry.reader.references(image).uses, []);
  registry.write(blobFile(image), text);
  await registry.reader.snapshot();
  assert.is(registry.reader.references(image).uses.length, 2);
});

check('a manifest that is not there is named', async (registry) => {
  const image = registry.image('team/a', 'image', { tag: 'v1' });
  registry.remove(blobFile(image));
  const error = await registry.reader.snapshot().catch((reason: Error) => reason);
  assert.match(String(error), `team/a: the manifest ${image} is not in the storage`);
});

check('everything that an image reaches is in use, by whatever digest it is called', async (registry) => {
  const layer = registry.layer('a', 'layer', { algorithm: 'sha512' });
  const image = registry.manifest('a', { layers: [{ digest: layer }] }, { tag: 'v1' });
  const unknown = registry.layer('b', 'other', { algorithm: 'sha512' });
  registry.manifest('a', { layers: [], annotations: { unknown } });
  const marked = await registry.marked();
  assert.ok(marked.has(image));
  assert.ok(marked.has(digestOf('layer')));
  assert.not.ok(marked.has(digestOf('other')), 'repository a does not have it');
});

check('digests that a repository does not have are not looked for', async (registry) => {
  const layers = Array.from({ length: 500 }, (_, index) => ({ digest: digestOf(String(index), 'sha512') }));
  registry.manifest('a', { layers }, { tag: 'v1' });
  for (let index = 0; index < 20; index++) registry.layer('a', `layer ${index}`);
  let asked = 0;
  const { volume } = registry;
  const read = volume.read.bind(volume);
  volume.read = (file) => (asked++, read(file));
  await registry.marked();
  assert.ok(asked < 10, `${asked} reads`);
});

check('parts of an index that were pushed as blobs are manifests, for 2.8', async (registry) => {
  const describe = (text: string): object => ({ layers: [{ digest: registry.layer('a', text) }] });
  const inner = JSON.stringify(describe('inner'));
  const nested = JSON.stringify({ manifests: [{ digest: registry.layer('a', inner) }] });
  const large = registry.layer('a', JSON.stringify(describe('large')).padEnd(17_000_000));
  const elsewhere = registry.layer('b', JSON.stringify({ layers: [{ digest: registry.layer('b', 'elsewhere') }] }));
  registry.index('a', [registry.layer('a', nested), large, elsewhere, digestOf('missing')], { tag: 'v1' });
  const marked = await registry.marked();
  assert.ok(marked.has(digestOf('inner')));
  assert.not.ok(marked.has(digestOf('large')));
  assert.not.ok(marked.has(digestOf('elsewhere')), 'repository a does not have it');
});

check('what goes marks nothing, unless something else needs it', async (registry) => {
  const [one, other] = [registry.image('a', 'one'), registry.image('a', 'other', { tag: 'v1' })];
  registry.image('b', 'one');
  const repositories = await registry.reader.snapshot();
  const going = new Map([['a', new Set([one, other])]]);
  const marked = await mark(registry.reader, repositories, going);
  assert.ok(marked.has(one), 'repository b has it');
  assert.ok(marked.has(digestOf('layer of one')));
  assert.not.ok(marked.has(other));
  assert.not.ok(marked.has(digestOf('layer of other')));
});

check('users are named with their tags', async (registry) => {
  const image = registry.image('a', 'image', { tag: 'v1' });
  registry.image('a', 'other');
  const repositories = await registry.reader.snapshot();
  const layer = digestOf('layer of image');
  const users = await usersOf(registry.reader, repositories, new Set([layer]));
  assert.equal(
    users.map(({ conflict }) => conflict),
    [{ blob: layer, image: `a@${image} (v1)` }],
  );
});

check('it stops when told to', async ({ volume }) => {
  const error = await new Reader(volume).snapshot(AbortSignal.abort(new Error('enough'))).catch(String);
  assert.match(String(error), 'enough');
});

check('repositories that lack everything else are seen', async (registry) => {
  const image = registry.blob('{}');
  registry.write(manifestLink('a', image), image);
  assert.not.ok(registry.has(layersFolder('a')));
  assert.equal(await names(registry), ['a']);
});

test.run();
