/**
 * The promise: nothing that was acknowledged is lost. Images of every shape are pushed, deleted and pulled through two replicas
 * while garbage is collected again and again, by the protocol and, to see that this test can fail, as upstream's documentation does it.
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Client } from '../../support/cluster/client.js';
import { LocalCluster } from '../../support/cluster/cluster.js';
import { Load, type Rules } from '../../support/cluster/load.js';
import { manyTags, shapesFor } from '../../support/cluster/shapes.js';
import { until } from '../../support/processes.js';
import { findProgram, testWith } from '../../support/tools.js';
import { missingFor, openStorage, type StorageKind, STORAGES, type TestStorage } from './storages.js';

const registries = [
  { image: 'registry:2.8.2', program: 'docker-registry' },
  { image: 'registry:3.1.2', program: 'registry' },
];
const SOAK = process.env['SOAK'] === 'true';
/** For each registry with each form of Redis and each storage: the eight of them make 5,000 pushes and 100 collections in the nightly run. */
const [PUSHES, COLLECTIONS] = SOAK ? [640, 13] : [130, 4];
/** On one image. 2.8 lists the folder of each tag at each collection: of a bucket that is a request each. */
const TAGS: Record<StorageKind, number> = SOAK ? { volume: 1500, bucket: 200 } : { volume: 60, bucket: 60 };
/** Otherwise a bucket is tried with one form of Redis. */
const BUCKET_REDIS: Record<string, string> = { 'registry:2.8.2': 'statefulset', 'registry:3.1.2': 'sidecar' };
const KEEP_NEWEST = 3;

const test = suite('what was acknowledged');

for (const { image, program } of registries) {
  const path = findProgram(program);
  const withLoad = (
    name: string,
    { redis, kind, rules }: { redis: string; kind: StorageKind; rules: Rules },
    check: (cluster: LocalCluster, load: Load, storage: TestStorage) => Promise<void>,
  ): void => {
    const found = path !== undefined && findProgram('redis-server') !== undefined && missingFor(kind).length === 0;
    const needed = [program, 'redis-server', ...(kind === 'bucket' ? ['versitygw'] : [])];
    testWith(test, needed.join(' or '), found, `${name}: ${image}, Redis: ${redis}, ${kind}`, async () => {
      const storage = await openStorage(kind);
      const yaml = `image: ${image}
host: registry.example.com
gc:
  deleteUntagged: ${rules.deleteUntagged ?? false}
  graceSeconds: 0
  retention: { dryRun: false, rules: [{ repositories: [team/kept], keepNewest: ${KEEP_NEWEST} }] }
overlays:
  it:
    redis: { type: ${redis} }
    checks: { ignore: { delete-cache: Who pulls what is being deleted is no concern here. } }
${storage.yaml}`;
      try {
        const cluster = new LocalCluster(yaml, path!, storage.environment);
        const load = new Load(() => cluster.next(), rules);
        try {
          await cluster.start();
          await check(cluster, load, storage);
        } finally {
          load.close();
          await cluster.stop();
        }
      } finally {
        await storage.close();
      }
    });
  };

  for (const redis of ['sidecar', 'statefulset'])
    for (const kind of STORAGES.filter((kind) => SOAK || kind === 'volume' || BUCKET_REDIS[image] === redis))
      withLoad(
        `${PUSHES} pushes, ${COLLECTIONS} collections, 0 lost`,
        {
          redis,
          kind,
          rules: {
            // Each version both ways, where nothing is deleted always: there would be no garbage.
            deleteUntagged: redis === 'sidecar' || (kind === 'bucket') === image.startsWith('registry:2.'),
            keepNewest: KEEP_NEWEST,
            shapes: shapesFor(image, kind === 'bucket'),
            deletes: redis !== 'sidecar',
          },
        },
        losesNothing,
      );

  // An empty index keeps 3.1 from collecting at all.
  const shapes = shapesFor(image, false).filter((shape) => shape !== 'emptyIndex');
  withLoad(
    "the same load with upstream's collector alone loses some",
    { redis: 'statefulset', kind: 'volume', rules: { shapes } },
    async (cluster, load) => {
      const { books } = load;
      load.start();
      const [collector, ...args] = cluster.collectorCommand();
      let lost: string[] = [];
      // Images of no special shape are lost by what is in the caches, at any moment.
      const plain = (): string[] => lost.filter((line) => /^[^:]+:t\d+: /.test(line));
      for (let count = 1; count <= 20 && plain().length === 0; count++) {
        for (let times = 0; times < 4; times++) {
          await until('images are pushed', () => books.pushed >= (count * 4 + times) * 10, 60_000);
          await cluster.processes.start(collector!, args, { OTEL_TRACES_EXPORTER: 'none' }).exited;
        }
        lost = await load.lost();
        // What is deleted while it is looked at is not lost.
        lost = lost.filter((line) => books.live.has(line.split(': ')[0]!));
      }
      await load.stop();
      lost = await load.lost();
      assert.ok(plain().length > 0, `${books.pushed} pushed, none lost of no special shape; lost: ${lost.join('\n')}`);
      console.log(
        `${image}, upstream's collector alone: ${books.pushed} pushed, ${books.deleted} deleted: ${lost.length} lost, ${books.failedPulls.length} failed pulls`,
      );
    },
  );
}
test.run();

/** Collects while the load goes on. */
async function losesNothing(cluster: LocalCluster, load: Load, storage: TestStorage): Promise<void> {
  const { books } = load;
  const client = new Client(() => cluster.next());
  let removed = 0;
  // Hundreds of images in a bucket take half a minute to look through. A shorter collection must not go by between two pushes.
  const isSlow = SOAK && storage.kind === 'bucket';
  const collect = async (): Promise<void> => {
    const before = storage.blobs(cluster.deployment);
    const job = cluster.startJob('registry-gc');
    const code = await job.exited;
    // 4: it kept what upstream's own would have removed.
    assert.ok(code === 0 || code === 4, job.log());
    const after = storage.blobs(cluster.deployment);
    removed += [...before].filter((digest) => !after.has(digest)).length;
    await until('the registry takes writes', () => cluster.isOpen, 15_000);
  };
  try {
    load.add(await manyTags(TAGS[storage.kind])(client, { repository: 'team/tags', name: 'v1' }));
    load.start();
    for (let count = 1; count < COLLECTIONS; count++) {
      // Each collection falls among pushes, and some come after it.
      if (isSlow) load.paceFrom((count * PUSHES) / COLLECTIONS);
      await until('images are pushed', () => books.pushed >= (count * PUSHES) / COLLECTIONS - 10, 120_000);
      await collect();
    }
    load.paceFrom(Infinity);
    await until('images are pushed', () => books.pushed >= PUSHES, 120_000);
    await load.stop();
    // What the load has ended with is collected too.
    await collect();
    assert.equal(await load.lost(), []);
    assert.equal(books.failedPulls, []);
    // No tags where all of them were deleted.
    const { tags } = JSON.parse((await client.send('GET', '/v2/team/kept/tags/list')).body.toString()) as {
      tags?: string[] | null;
    };
    assert.ok((tags ?? []).length <= KEEP_NEWEST, `retention: ${tags?.join(' ')} stayed`);
    const { live, failedPulls: _, ...counts } = books;
    const figures = JSON.stringify({ ...counts, live: live.size, removed });
    // Without deletions there is little garbage: what retention retires, and what has no tag.
    assert.ok(removed > (load.deletes ? PUSHES / 10 : 0), figures);
    for (const count of [...(load.deletes ? [books.deleted] : []), books.pulled])
      assert.ok(count > PUSHES / 10, figures);
    assert.ok(books.refused > COLLECTIONS && books.retired > 0, figures);
    assert.equal(Object.keys(books.shapes).sort(), [...load.shapes].sort(), 'each shape was pushed');
    console.log(`${COLLECTIONS} collections, 0 lost, 0 failed pulls: ${figures}`);
  } finally {
    client.close();
  }
}
