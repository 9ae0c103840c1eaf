/** How often the registry asks a bucket, counted, is what docs/background/costs.md says. */
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { LocalDeployment } from '../../support/cluster/deployment.js';
import { Client, digestOf } from '../../support/cluster/client.js';
import { until } from '../../support/processes.js';
import { findProgram, testWith } from '../../support/tools.js';
import { Bucket, BUCKET, type Counted, CountingProxy, KEYS, ROOT } from './bucket.js';

const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const LAYER = Buffer.alloc(1000, 'a');
const LARGE = Buffer.alloc(100 * 2 ** 20, 'b');
const CONFIG = Buffer.from('{"architecture":"amd64","os":"linux"}');

type Step = [row: string, run: (client: Client) => Promise<unknown>];

/** What is done, one after the other, under the names of the rows on the page. */
const STEPS: Step[] = [
  ['push a new layer', (client) => push(client, LAYER)],
  ['push a layer of 100 MiB', (client) => push(client, LARGE)],
  ['push a layer that is there', (client) => push(client, LAYER)],
  ['push the manifest of an image of one layer', (client) => pushManifest(client, '1')],
  ['pull a manifest', (client) => client.send('GET', '/v2/app/manifests/1', undefined, undefined, MANIFEST)],
  ['pull a layer', (client) => client.send('GET', `/v2/app/blobs/${digestOf(LAYER)}`)],
  [
    'list the tags of a repository, for each 1,000 files of its tags',
    (client) => client.send('GET', '/v2/app/tags/list'),
  ],
  ['list the catalog, for each 1,000 files under `repositories/`', (client) => client.send('GET', '/v2/_catalog')],
];

async function push(client: Client, content: Buffer): Promise<void> {
  const digest = digestOf(content);
  if ((await client.send('HEAD', `/v2/app/blobs/${digest}`)).status === 200) return;
  const begun = await client.send('POST', '/v2/app/blobs/uploads/', Buffer.alloc(0));
  const sent = await client.send('PATCH', String(begun.headers['location']), content);
  const place = String(sent.headers['location']);
  const ended = await client.send('PUT', `${place}&digest=${encodeURIComponent(digest)}`, Buffer.alloc(0));
  assert.is(ended.status, 201);
}

async function pushManifest(client: Client, tag: string): Promise<void> {
  const part = (mediaType: string, content: Buffer) => ({ mediaType, size: content.length, digest: digestOf(content) });
  const manifest = {
    schemaVersion: 2,
    mediaType: MANIFEST,
    config: part('application/vnd.oci.image.config.v1+json', CONFIG),
    layers: [part('application/vnd.oci.image.layer.v1.tar', LAYER)],
    annotations: { tag },
  };
  await client.pushManifest('app', tag, Buffer.from(JSON.stringify(manifest)), MANIFEST);
}

/** @returns the rows of the page's table: name -> writes and lists, reads; without a cache, and with Redis */
function rowsOfPage(): Record<string, [none: Counted, redis: Counted]> {
  const page = readFileSync('docs/background/costs.md', 'utf8');
  return Object.fromEntries(
    [...page.matchAll(/^\| ([^|]+?) \| (\d+) \| (\d+) \| (\d+) \| (\d+) \|$/gm)].map(([, row, ...cells]) => {
      const [w1, r1, w2, r2] = cells.map(Number) as [number, number, number, number];
      return [
        row!,
        [
          { writesAndLists: w1, reads: r1 },
          { writesAndLists: w2, reads: r2 },
        ],
      ];
    }),
  );
}

const test = suite('requests to a bucket');
const registry = findProgram('registry');

/** Runs with a registry on a bucket, whose requests are counted. */
function withBucket(
  name: string,
  redis: string,
  check: (deployment: LocalDeployment, proxy: CountingProxy) => Promise<void>,
): void {
  const found =
    registry !== undefined &&
    findProgram('versitygw') !== undefined &&
    (redis === 'none' || findProgram('redis-server') !== undefined);
  testWith(test, 'registry, versitygw or redis-server', found, name, async () => {
    const bucket = new Bucket();
    const proxy = new CountingProxy();
    let deployment: LocalDeployment | undefined;
    try {
      await bucket.start();
      await proxy.start(bucket);
      deployment = new LocalDeployment(yaml(proxy.endpoint, redis), registry!, KEYS);
      await check(deployment, proxy);
    } finally {
      await deployment?.stop();
      proxy.stop();
      await bucket.stop();
    }
  });
}

for (const [column, redis] of ['none', 'statefulset'].entries()) {
  withBucket(`redis.type ${redis}: each row of the page is what is counted`, redis, async (deployment, proxy) => {
    await deployment.start(1);
    const client = new Client(() => deployment.replicas[0]!);
    const counted: Record<string, Counted> = {};
    const count = async (): Promise<Counted> => {
      // A cache is written after the answer.
      await sleep(200);
      return proxy.take();
    };
    await push(client, CONFIG);
    await count();
    for (const [row, run] of STEPS) {
      await run(client);
      counted[row] = await count();
    }
    const one = await collected(deployment, count);
    for (let tag = 2; tag <= 1 + MORE_IMAGES; tag++) await pushManifest(client, String(tag));
    await count();
    const many = await collected(deployment, count);
    counted['collect garbage, for each image more'] = {
      writesAndLists: (many.writesAndLists - one.writesAndLists) / MORE_IMAGES,
      reads: (many.reads - one.reads) / MORE_IMAGES,
    };
    const shown = Object.entries(rowsOfPage()).map(([row, columns]) => [row, columns[column]]);
    assert.equal(counted, Object.fromEntries(shown));
    client.close();
  });
}

const MORE_IMAGES = 10;

async function collected(deployment: LocalDeployment, count: () => Promise<Counted>): Promise<Counted> {
  const { code, output } = await deployment.collect();
  assert.is(code, 0, output);
  return count();
}

withBucket('a health check is one list and one read', 'none', async (deployment, proxy) => {
  await deployment.startRegistry(0, { REGISTRY_HEALTH_STORAGEDRIVER_INTERVAL: '100ms' });
  await until('there are health checks', () => proxy.healthChecks.reads > 5, 20_000);
  const { writesAndLists, reads } = proxy.healthChecks;
  // One may be under way.
  assert.ok(reads - writesAndLists <= 1 && reads >= writesAndLists, `${reads} reads, ${writesAndLists} lists`);
});

withBucket('a layer that is being pushed takes some 50 MiB of memory', 'none', async (deployment) => {
  const { child, address } = await deployment.startRegistry(0);
  const client = new Client(() => address);
  const memory = (): number =>
    Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))![1]) / 1024;
  const before = memory();
  const layers = Array.from({ length: 8 }, (_, index) => Buffer.alloc(50 * 2 ** 20, String(index)));
  await Promise.all(layers.map((layer) => push(client, layer)));
  const each = (memory() - before) / layers.length;
  assert.ok(each > 20 && each < 80, `${each} MiB`);
  client.close();
});

function yaml(endpoint: string, redis: string): string {
  return `gc: { dryRun: true }
overlays:
  it:
    redis: { type: ${redis}${redis === 'none' ? '' : ', replicas: 0'} }
    storage:
      type: s3
      s3: { bucket: ${BUCKET}, region: us-east-1, endpoint: "${endpoint}", rootDirectory: ${ROOT} }
`;
}

test.run();
