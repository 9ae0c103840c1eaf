/**
 * What upstream's own collector loses with nobody pushing, and what the collection of an overlay makes of the same: it keeps
 * every image, and removes what is garbage. A test of upstream that fails says that upstream has mended something.
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Client, type Image } from '../../support/cluster/client.js';
import { LocalCluster } from '../../support/cluster/cluster.js';
import { LocalDeployment } from '../../support/cluster/deployment.js';
import { pushImage } from '../../support/cluster/push.js';
import { type Kept, SHAPES, type ShapeName, shapesFor } from '../../support/cluster/shapes.js';
import { until } from '../../support/processes.js';
import { findProgram, testWith } from '../../support/tools.js';
import { missingFor, openStorage, type StorageKind, STORAGES, type TestStorage } from './storages.js';

/** What upstream's collector does to one push, in a registry of nothing else. */
interface Fault {
  title: string;
  shape: ShapeName;
  /** Of upstream's collector. */
  flags?: string[];
  /** Upstream's collector's exit code, and what it says then. */
  ends: Record<string, { code: number; says?: RegExp }>;
  /** Versions that lose nothing but collect nothing either. */
  stopped?: string[];
  /** The overlay's collection's exit code: 4 where it kept what upstream's collector would have removed. */
  own: number;
}

const [V2, V311, V312] = ['registry:2.8.2', 'registry:3.1.1', 'registry:3.1.2'] as const;
const registries = [
  { image: V2, program: 'docker-registry' },
  { image: V311, program: 'registry-3.1.1' },
  { image: V312, program: 'registry' },
];
const UNTAGGED = ['--delete-untagged'];
/** Of the overlay's collector: what was pushed just now may go too. */
const AT_ONCE = ['--grace', '0'];
const fine = { [V2]: { code: 0 }, [V311]: { code: 0 }, [V312]: { code: 0 } };
const layerLink = { code: 1, says: /failed to delete layer link/ };
const noLayers = { code: 1, says: /failed to mark: .*Path not found: .*_layers/ };

const faults: Fault[] = [
  {
    title: 'an index in two repositories, of which one lost an architecture',
    shape: 'brokenElsewhere',
    flags: UNTAGGED,
    ends: fine,
    own: 0,
  },
  {
    title: 'an artifact that has a manifest as a layer',
    shape: 'manifestAsLayer',
    flags: UNTAGGED,
    ends: fine,
    own: 0,
  },
  { title: 'referrers that nothing lists', shape: 'unlistedReferrers', flags: UNTAGGED, ends: fine, own: 0 },
  {
    title: 'layers named by sha512',
    shape: 'sha512',
    ends: { ...fine, [V311]: layerLink, [V312]: layerLink },
    own: 4,
  },
  {
    title: 'an empty index in a new repository',
    shape: 'emptyIndex',
    ends: { ...fine, [V311]: noLayers, [V312]: noLayers },
    stopped: [V311, V312],
    own: 0,
  },
];

for (const { image, program } of registries) {
  const test = suite(`upstream's faults, ${image}`);
  const path = findProgram(program);
  const yaml = (redis: string, { yaml }: TestStorage): string =>
    `image: ${image}\nhost: registry.example.com\noverlays:\n  it:\n    redis: { type: ${redis} }\n    checks: { ignore: { delete-cache: One image is deleted at a time here. } }\n${yaml}`;
  const withStorage = (name: string, kind: StorageKind, run: (storage: TestStorage) => Promise<void>): void => {
    const needed = [program, 'redis-server', ...(kind === 'bucket' ? ['versitygw'] : [])];
    const found = path !== undefined && findProgram('redis-server') !== undefined && missingFor(kind).length === 0;
    testWith(test, needed.join(' or '), found, name, async () => {
      const storage = await openStorage(kind);
      try {
        await run(storage);
      } finally {
        await storage.close();
      }
    });
  };
  const withCluster = (
    name: string,
    kind: StorageKind,
    check: (cluster: LocalCluster, client: Client, storage: TestStorage) => Promise<void>,
  ): void =>
    withStorage(name, kind, async (storage) => {
      const cluster = new LocalCluster(yaml('statefulset', storage), path!, storage.environment);
      const client = new Client(() => cluster.next());
      try {
        await cluster.start();
        await check(cluster, client, storage);
      } finally {
        client.close();
        await cluster.stop();
      }
    });

  for (const { title, shape, flags = [], ends, stopped = [], own } of faults) {
    const { code, says } = ends[image]!;
    const isStopped = stopped.includes(image);
    withStorage(`upstream ${isStopped ? 'collects nothing' : 'loses'}: ${title}`, 'volume', async (storage) => {
      const deployment = new LocalDeployment(yaml('none', storage), path!);
      const client = new Client(() => deployment.replicas[0]!);
      try {
        await deployment.start(1);
        const { images } = await SHAPES[shape](client, { repository: 'team/app', name: 'v1' });
        const gone = await pushGone(client);
        assert.equal(await wrongOf(client, images), []);
        const collector = deployment.processes.start(
          deployment.program,
          ['garbage-collect', ...flags, deployment.configFile(-1, '127.0.0.1:1')],
          deployment.environment(deployment.pod.containers[0]!),
        );
        assert.is(await collector.exited, code, collector.log());
        if (says) assert.match(collector.log(), says);
        const wrong = await wrongOf(client, images);
        if (isStopped) {
          assert.equal(wrong, []);
          assert.ok(storage.blobs(deployment).has(hex(gone)), 'it removes nothing at all');
        } else assert.ok(wrong.length > 0, `mended: ${collector.log()}`);
      } finally {
        client.close();
        await deployment.stop();
      }
    });

    withCluster(`a collection keeps: ${title}`, 'volume', async (cluster, client, storage) => {
      const { images, loose } = await SHAPES[shape](client, { repository: 'team/app', name: 'v1' });
      const gone = await pushGone(client);
      const job = cluster.startJob('registry-gc', { options: flags.length > 0 ? [...AT_ONCE, ...UNTAGGED] : AT_ONCE });
      assert.is(await job.exited, own, job.log());
      if (own === 4) assert.match(job.log(), images[0]!.repository, 'it names the image');
      await isOpen(cluster);
      assert.equal(await wrongOf(client, [...images, ...loose]), []);
      assert.not(storage.blobs(cluster.deployment).has(hex(gone)), 'garbage is removed all the same');
    });
  }

  /** Version 3.1.1 differs from 3.1.2 in what it loses, if at all. */
  for (const kind of image === V311 ? [] : STORAGES) {
    for (const deleteUntagged of [false, true]) {
      withCluster(
        `every shape stays, by a collection with ${deleteUntagged ? 'no' : 'all'} untagged manifests (${kind})`,
        kind,
        (cluster, client, storage) =>
          keepsEveryShape(cluster, client, storage, { deleteUntagged, shapes: shapesFor(image, kind === 'bucket') }),
      );
    }
  }
  test.run();
}

/** Pushes every shape, some garbage, and half of a layer, and collects. */
async function keepsEveryShape(
  cluster: LocalCluster,
  client: Client,
  storage: TestStorage,
  { deleteUntagged, shapes }: { deleteUntagged: boolean; shapes: ShapeName[] },
): Promise<void> {
  const kept: Kept = { images: [], loose: [] };
  for (const shape of shapes) {
    const { images, loose } = await SHAPES[shape](client, { repository: `team/${shape.toLowerCase()}`, name: 'v1' });
    kept.images.push(...images);
    kept.loose.push(...loose);
  }
  // A signature goes with its image, which has lost its tag to another one.
  const [image] = (await SHAPES.signed(client, { repository: 'team/moved', name: 'moved' })).images;
  kept.images.push(await pushImage(client, 'team/moved', 'another', 'moved'));
  kept.loose.push({ ...image!, tag: image!.digest, companions: [] }, ...image!.companions!);
  const gone = [await pushGone(client)];
  assert.equal(await wrongOf(client, [...kept.images, ...kept.loose]), []);
  const began = await client.beginUpload('team/resumed', Buffer.from('begun before, ended after'));
  const before = storage.blobs(cluster.deployment);
  const options = deleteUntagged ? [...AT_ONCE, ...UNTAGGED] : AT_ONCE;

  const job = cluster.startJob('registry-gc', { options });
  // One of them has its layers by sha512.
  assert.is(await job.exited, 4, job.log());
  await isOpen(cluster);
  assert.equal(await wrongOf(client, kept.images), [], job.log());
  const looseGone = await wrongOf(client, kept.loose);
  assert.is(looseGone.length, deleteUntagged ? kept.loose.length : 0, looseGone.join('\n'));
  if (deleteUntagged) gone.push(...kept.loose);
  await client.finishUpload(began);
  await client.pull(await pushImage(client, 'team/resumed', 'v1'));

  // What was left to the next collection, if anything.
  const again = cluster.startJob('registry-gc', { options });
  assert.is(await again.exited, 4, again.log());
  await isOpen(cluster);
  assert.equal(await wrongOf(client, kept.images), [], again.log());
  const after = storage.blobs(cluster.deployment);
  for (const image of gone) {
    assert.ok(before.has(hex(image)));
    assert.not(after.has(hex(image)), `${image.repository}@${image.digest} is garbage`);
  }
}

/** Pushes an image and deletes it. @returns it */
async function pushGone(client: Client): Promise<Image> {
  const image = await pushImage(client, 'team/gone', 'gone');
  expectDeleted(await client.send('DELETE', `/v2/team/gone/manifests/${image.digest}`));
  return image;
}

function expectDeleted({ status }: { status: number }): void {
  assert.is(status, 202);
}

/** @returns what is wrong with those that cannot be pulled whole. */
async function wrongOf(client: Client, images: Image[]): Promise<string[]> {
  const wrong: string[] = [];
  for (const image of images)
    await client.pull(image).catch((error: Error) => wrong.push(`${image.repository}:${image.tag}: ${error.message}`));
  return wrong;
}

function isOpen(cluster: LocalCluster): Promise<void> {
  return until('the registry takes writes', () => cluster.isOpen, 15_000);
}

function hex({ digest }: Image): string {
  return digest.split(':')[1]!;
}
