/** The collector's way to the registry's storage in a bucket, on a real S3 server. */
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { BUCKET, KEYS } from './bucket.js';
import { keyOf, type Opened, testWithBucket } from './collector-bucket.js';

const test = suite('collector, images in a bucket');
const REPOSITORY = 'repositories/team/app';
const TAGS = `${REPOSITORY}/_manifests/tags`;
const LAYERS = `${REPOSITORY}/_layers/sha256`;
/** Names that a listing, XML or a URL may take for something else. */
const ODD = ['a+b', 'a&b', '<a>', 'a b', 'ä€𝄞', "it's", '"', '%2B', '#?*()!', 'a%'];

const withBucket = (name: string, check: (opened: Opened) => Promise<void>): void => testWithBucket(test, name, check);

function hex(number: number): string {
  return createHash('sha256').update(String(number)).digest('hex');
}

async function namesOf(links: Promise<{ name: string }[]>): Promise<string[]> {
  return (await links).map(({ name }) => name).sort();
}

async function messageOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => 'nothing was thrown',
    (error: Error) => error.message,
  );
}

withBucket('folders, links, files and what is in them', async ({ bucket, write }) => {
  const before = Date.now();
  await write([
    `${TAGS}/1/current/link`,
    `${TAGS}/1/index/sha256/${hex(1)}/link`,
    `${TAGS}/current/current/link`,
    `${TAGS}/old/index/sha256/${hex(1)}/link`,
    `${LAYERS}/${hex(1)}/link`,
    `${LAYERS}/${hex(1)}/signatures/sha256/${hex(2)}/link`,
    `${LAYERS}/${hex(3)}/file`,
    `${REPOSITORY}/_manifests/revisions/sha256/${hex(1)}/link`,
    'repositories/team/app-2/_layers/sha256/0/link',
  ]);
  assert.equal(await bucket.folders('repositories'), ['team']);
  assert.equal((await bucket.folders('repositories/team')).sort(), ['app', 'app-2']);
  assert.equal(await bucket.folders(REPOSITORY), ['_layers', '_manifests']);
  assert.equal((await bucket.folders(LAYERS)).sort(), [hex(1), hex(3)].sort());
  assert.equal(await bucket.folders(`${TAGS}/1/current`), [], 'files are none');
  assert.equal(await namesOf(bucket.links(TAGS, 'current/link')), ['1', 'current']);
  assert.equal(await namesOf(bucket.links(LAYERS, 'link')), [hex(1)]);
  assert.is(String(await bucket.read(`${LAYERS}/${hex(1)}/link`)), 'sha256:0');

  const { bytes, time } = (await bucket.stat(`${LAYERS}/${hex(1)}/link`))!;
  assert.is(bytes, 8);
  assert.ok(time > before - 2000 && time < Date.now() + 2000, new Date(time).toISOString());
  const [old] = await bucket.links(LAYERS, 'link');
  assert.ok(Math.abs(old!.time - time) < 1000, 'a listing has the same time');
  await write([`${LAYERS}/${hex(1)}/link`], 'sha256:1');
  const [changed] = await bucket.links(LAYERS, 'link');
  assert.is.not(changed!.version, old!.version);
  await write([`${LAYERS}/${hex(1)}/link`]);
  assert.is((await bucket.links(LAYERS, 'link'))[0]!.version, old!.version, 'the same contents');
});

withBucket('what is not there is no error', async ({ bucket, gateway, write }) => {
  await write([`${LAYERS}/${hex(1)}/link`]);
  assert.equal(await bucket.folders('repositories/none'), []);
  assert.equal(await bucket.links(TAGS, 'current/link'), []);
  assert.is(await bucket.read('none'), undefined);
  assert.is(await bucket.stat('none'), undefined);
  assert.is(await bucket.read(LAYERS), undefined, 'a folder is no file');
  await bucket.remove([]);
  await bucket.remove(['none', `${LAYERS}/${hex(2)}/link`]);
  await bucket.removeFolder('none');
  assert.is(gateway.keys.length, 1);
});

withBucket('removes files, and folders with no other that begins alike', async ({ bucket, gateway, write }) => {
  const kept = ['repositories/app-2/_layers/sha256/0/link', `${TAGS}/1/current/link`];
  await write([...kept, 'repositories/app/_layers/sha256/0/link', 'repositories/app/sub/_layers/x', `${TAGS}/2/link`]);
  await bucket.makeFolder('repositories/app/_uploads');
  await bucket.removeFolder('repositories/app');
  await bucket.remove([`${TAGS}/2/link`]);
  assert.equal(gateway.keys.sort(), kept.map(keyOf).sort());
  assert.equal(await bucket.folders(TAGS), ['1']);
  for (const folder of ['', '/', 'repositories/'])
    assert.match(await messageOf(bucket.removeFolder(folder)), 'names no folder');
  assert.is(gateway.keys.length, 2);
});

withBucket('folders of more than 1,000 files', async ({ bucket, gateway }) => {
  const digests = Array.from({ length: 1101 }, (_, index) => hex(index)).sort();
  const tags = Array.from({ length: 1101 }, (_, index) => `v${index}`).sort();
  const links = digests.map((digest) => `${LAYERS}/${digest}/link`);
  // The gateway serves what is in its folder: so it is there sooner than by requests.
  for (const file of [...links, ...tags.map((tag) => `${TAGS}/${tag}/current/link`)]) {
    const path = join(gateway.folder, 'buckets', BUCKET, keyOf(file));
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, 'sha256:0');
  }
  assert.equal(await namesOf(bucket.links(LAYERS, 'link')), digests);
  assert.equal(await namesOf(bucket.links(TAGS, 'current/link')), tags);
  assert.equal((await bucket.folders(LAYERS)).sort(), digests);
  await bucket.remove(links.slice(0, 1001));
  assert.equal(await namesOf(bucket.links(LAYERS, 'link')), digests.slice(1001));
  await bucket.removeFolder(TAGS);
  assert.is(gateway.keys.length, 100);
});

withBucket('names that are odd', async ({ bucket, gateway, write }) => {
  const files = ODD.map((name) => `${TAGS}/${name}/current/link`);
  await write(files);
  assert.equal(gateway.keys.sort(), files.map(keyOf).sort());
  assert.equal(await namesOf(bucket.links(TAGS, 'current/link')), [...ODD].sort());
  assert.equal((await bucket.folders(TAGS)).sort(), [...ODD].sort());
  for (const name of ODD) {
    assert.is(String(await bucket.read(`${TAGS}/${name}/current/link`)), 'sha256:0', name);
    assert.is((await bucket.stat(`${TAGS}/${name}/current/link`))?.bytes, 8, name);
    assert.is((await bucket.links(`${TAGS}/${name}`, 'link')).length, 1, name);
  }
  await bucket.remove(files.slice(0, 5));
  assert.equal(await namesOf(bucket.links(TAGS, 'current/link')), ODD.slice(5).sort());
  await bucket.removeFolder(TAGS);
  assert.equal(gateway.keys, []);
});

withBucket('the root directory may be the top of the bucket', async ({ gateway, open }) => {
  for (const rootDirectory of ['', '/']) {
    const bucket = open({ rootDirectory });
    await bucket.makeFolder(LAYERS);
    assert.equal(gateway.keys, [`docker/registry/v2/${LAYERS}/.keep`]);
    await bucket.removeFolder('repositories');
  }
});

withBucket('a wrong key or bucket is said as the service says it', async ({ open }) => {
  const wrong = open({}, { ...KEYS, REGISTRY_STORAGE_S3_SECRETKEY: 'another' });
  assert.match(
    await messageOf(wrong.read('a')),
    /^GET team\/a\/docker\/registry\/v2\/a: 403 SignatureDoesNotMatch: The/,
  );
  assert.match(await messageOf(wrong.remove(['a'])), /^POST http.*\/images\?delete=: 403 SignatureDoesNotMatch/);
  assert.match(
    await messageOf(wrong.folders('repositories')),
    /^GET http.*\/images \(keys of team\/a\/docker\/registry\/v2\/repositories\/\): 403 SignatureDoesNotMatch/,
  );
  const none = open({ bucket: 'nothing-here' });
  for (const ask of [
    () => none.read('a'),
    () => none.stat('a'),
    () => none.folders('a'),
    () => none.links('a', 'link'),
    () => none.makeFolder('a'),
    () => none.remove(['a']),
    () => none.removeFolder('a'),
  ])
    assert.match(await messageOf(ask()), '404 NoSuchBucket', String(ask));
});

test.run();
