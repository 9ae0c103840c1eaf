/** Garbage collection by the overlay's own CronJob: the protocol step by step, and what becomes of it when something is in the way. */
import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync, renameSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { LocalCluster } from '../../support/cluster/cluster.js';
import { Client } from '../../support/cluster/client.js';
import { pushImage, pushIndex } from '../../support/cluster/push.js';
import { until } from '../../support/processes.js';
import { findProgram, testWith } from '../../support/tools.js';

const registries = [
  { image: 'registry:2.8.2', program: 'docker-registry' },
  { image: 'registry:3.1.2', program: 'registry' },
];
/** A pause that takes its time: as on a network's file system, before anything is looked at. */
const SLOW = ['--settle', '30'];
const CONFIG = (image: string, redis: string): string =>
  `image: ${image}\nhost: registry.example.com\ngc:\n  deleteUntagged: true\noverlays:\n  it:\n    redis:\n      type: ${redis}\n`;

for (const { image, program } of registries) {
  const test = suite(`collecting, ${image}`);
  const path = findProgram(program);
  const tools = path !== undefined && findProgram('redis-server') !== undefined;
  const withCluster = (
    name: string,
    redis: 'sidecar' | 'statefulset',
    check: (cluster: LocalCluster, client: Client) => Promise<void>,
  ): void =>
    testWith(test, `${program} or redis-server`, tools, `${name} (${redis})`, async () => {
      const cluster = new LocalCluster(CONFIG(image, redis), path!);
      const client = new Client(() => cluster.next());
      try {
        await cluster.start();
        await check(cluster, client);
      } finally {
        client.close();
        await cluster.stop();
      }
    });
  const isOpen = (cluster: LocalCluster): Promise<void> =>
    until('the registry takes writes', () => cluster.isOpen, 15_000);
  const isCollecting = async (cluster: LocalCluster, log: () => string): Promise<void> => {
    await until('it collects', () => log().includes('collecting'), 20_000, log);
    assert.ok(cluster.isClosed);
  };
  /** A layer that no image uses: without garbage, a collection refuses nothing. */
  const pushGarbage = (client: Client): Promise<void> => client.pushBlob('team/garbage', Buffer.from(randomUUID()));
  const blobs = (cluster: LocalCluster): number =>
    readdirSync(join(cluster.deployment.volume, 'data/docker/registry/v2/blobs/sha256'), { recursive: true }).filter(
      (name) => String(name).endsWith('/data'),
    ).length;

  for (const redis of ['sidecar', 'statefulset'] as const) {
    withCluster(
      'refuses writes while pulls go on, collects, flushes, takes writes again, and what was deleted can be pushed again',
      redis,
      async (cluster, client) => {
        const kept = await pushImage(client, 'team/kept', '1');
        const gone = await pushImage(client, 'team/gone', 'gone', '');
        const index = await pushIndex(client, 'team/multi', '1');
        // What is in a cache when the collection begins is what used to lose the next push.
        await client.pull(gone);
        const before = blobs(cluster);

        const job = cluster.startJob('registry-gc');
        let pulls = 0;
        let refusals = 0;
        let over = false;
        void job.exited.then(() => (over = true));
        while (!over) {
          await client.pull(kept);
          pulls++;
          const { status } = await client.send('POST', '/v2/team/kept/blobs/uploads/', Buffer.alloc(0));
          if (status === 405) refusals++;
          else assert.is(status, 202);
        }
        assert.is(await job.exited, 0, job.log());
        assert.ok(pulls > 10 && refusals > 5, `${pulls} pulls, ${refusals} refusals`);
        assert.ok(blobs(cluster) < before, job.log());
        assert.match(job.log(), /writes are refused[^]*the cache is empty: collecting[^]*writes are accepted again/);
        assert.not(
          cluster.calls.some((call) => / 4(?!09)\d\d$/.test(call)),
          'it asks only for what its Role allows',
        );

        await isOpen(cluster);
        assert.is((await client.send('GET', `/v2/team/gone/manifests/${gone.digest}`)).status, 404);
        const again = await pushImage(client, 'team/gone', 'gone', '');
        assert.is(again.digest, gone.digest, 'the same image');
        for (const image of [kept, again, index]) await client.pull(image);
      },
    );
  }

  withCluster('an empty registry is nothing to fail on', 'sidecar', async (cluster) => {
    const job = cluster.startJob('registry-gc');
    assert.is(await job.exited, 0, job.log());
    assert.match(job.log(), 'there is nothing to remove: no write is refused');
    assert.not.match(job.log(), 'writes are refused');
  });

  withCluster(
    'a broken repository fails the collection and is named, and one without the folder for layers is given it',
    'sidecar',
    async (cluster, client) => {
      const kept = await pushImage(client, 'team/kept', '1');
      const link = join(
        cluster.deployment.volume,
        'data/docker/registry/v2/repositories/team/kept/_manifests/revisions/sha256',
        kept.digest.slice(7),
        'link',
      );
      const text = readFileSync(link);
      writeFileSync(link, '');
      const job = cluster.startJob('registry-gc');
      assert.is(await job.exited, 1, job.log());
      assert.match(job.log(), /team\/kept/);
      assert.ok(cluster.isOpen, 'it was not closed');
      writeFileSync(link, text);
      const layers = join(cluster.deployment.volume, 'data/docker/registry/v2/repositories/team/kept/_layers');
      renameSync(layers, `${layers}.gone`);
      const again = cluster.startJob('registry-gc');
      assert.is(await again.exited, 0, again.log());
      rmdirSync(layers);
      renameSync(`${layers}.gone`, layers);
      assert.is(await cluster.startJob('registry-gc').exited, 0);
      await client.pull(kept);
    },
  );

  // What follows is the collector's doing, whatever the registry.
  if (program !== 'registry') {
    test.run();
    continue;
  }

  withCluster(
    'killed while it collects: nobody opens the registry before it is dead, then recover does, or the next try',
    'statefulset',
    async (cluster, client) => {
      await pushGarbage(client);
      const first = cluster.startJob('registry-gc', { options: SLOW });
      await isCollecting(cluster, first.log);
      const early = cluster.startJob('registry-gc-recover');
      assert.is(await early.exited, 0, early.log());
      assert.ok(cluster.isClosed, 'the collection is alive');
      cluster.processes.kill(first.child);
      const recover = cluster.startJob('registry-gc-recover');
      assert.is(await recover.exited, 0, recover.log());
      await isOpen(cluster);

      const second = cluster.startJob('registry-gc', { options: SLOW });
      await isCollecting(cluster, second.log);
      cluster.processes.kill(second.child);
      const retry = cluster.startJob('registry-gc');
      assert.is(await retry.exited, 0, retry.log());
      assert.match(retry.log(), 'left the registry read-only');
      await isOpen(cluster);
      await client.pull(await pushImage(client, 'team/new', '1'));
      const idle = cluster.startJob('registry-gc-recover');
      assert.is(await idle.exited, 0);
      assert.is(idle.log(), '', 'there is nothing to recover');
    },
  );

  withCluster(
    'past its deadline, or told to stop, it lets the registry take writes again',
    'sidecar',
    async (cluster, client) => {
      await pushGarbage(client);
      const late = cluster.startJob('registry-gc', { options: [...SLOW, '--deadline', '3'] });
      await isCollecting(cluster, late.log);
      assert.is(await late.exited, 1);
      assert.match(late.log(), 'not done within 3 s');
      await isOpen(cluster);
      const stopped = cluster.startJob('registry-gc', { options: SLOW });
      await isCollecting(cluster, stopped.log);
      stopped.child.kill('SIGTERM');
      assert.is(await stopped.exited, 1);
      assert.match(stopped.log(), 'stopped by a signal');
      await isOpen(cluster);
    },
  );

  withCluster('two at once: the second ends, the first goes on', 'sidecar', async (cluster, client) => {
    await pushGarbage(client);
    const first = cluster.startJob('registry-gc', { options: ['--settle', '3'] });
    await isCollecting(cluster, first.log);
    const second = cluster.startJob('registry-gc');
    assert.is(await second.exited, 3, second.log());
    assert.match(second.log(), 'a collection is under way');
    assert.is(await first.exited, 0, first.log());
    await isOpen(cluster);
  });

  withCluster(
    'someone makes the registry take writes: the collector is dead before a pod does',
    'sidecar',
    async (cluster, client) => {
      await pushGarbage(client);
      const job = cluster.startJob('registry-gc', { options: SLOW });
      await isCollecting(cluster, job.log);
      cluster.setEnv([]);
      assert.is(await job.exited, 1);
      assert.match(job.log(), 'was changed to accept writes');
      await isOpen(cluster);
      await client.pull(await pushImage(client, 'team/new', '1'));
    },
  );

  withCluster('without an API server it stops by itself, and is recovered from', 'sidecar', async (cluster, client) => {
    await pushGarbage(client);
    const job = cluster.startJob('registry-gc', { options: SLOW });
    await isCollecting(cluster, job.log);
    cluster.isApiAway = true;
    await sleep(2000);
    assert.ok(cluster.isClosed);
    cluster.isApiAway = false;
    assert.is(await job.exited, 1, 'it opens the registry as soon as it can');
    await isOpen(cluster);
  });

  withCluster('a Redis that cannot be flushed: nothing is collected', 'statefulset', async (cluster, client) => {
    const kept = await pushImage(client, 'team/kept', '1');
    assert.is((await client.send('DELETE', `/v2/team/kept/manifests/${kept.digest}`)).status, 202);
    const before = blobs(cluster);
    const port = cluster.deployment.redisPorts.at(-1)!;
    cluster.isRedisAway = true;
    await cluster.deployment.redisPods!.kill(cluster.deployment.redisPorts.length - 1, ['redis']);
    const job = cluster.startJob('registry-gc');
    assert.is(await job.exited, 1);
    assert.match(job.log(), `Redis at 127.0.0.1:${port}`);
    await isOpen(cluster);
    assert.is(blobs(cluster), before);
  });

  withCluster(
    'a pod that takes writes and does not go away: nothing is collected',
    'sidecar',
    async (cluster, client) => {
      await pushGarbage(client);
      cluster.graceMilliseconds = 8000;
      const [pod] = cluster.pods;
      process.kill(pod!.child!.pid!, 'SIGSTOP');
      const job = cluster.startJob('registry-gc', { options: ['--deadline', '6'] });
      assert.is(await job.exited, 1);
      assert.match(job.log(), `pods that accept writes: ${pod!.name}`);
      assert.not.match(job.log(), 'collecting');
      await isOpen(cluster);
    },
  );

  test('is called wrongly: says how, and changes nothing', async () => {
    const cluster = new LocalCluster(CONFIG(image, 'none'), program);
    try {
      const { exited, log } = cluster.processes.start(process.execPath, [
        join(import.meta.dirname, '../../../generator/generated/collector/main.mjs'),
        'collect',
        '--deployment',
        'x',
      ]);
      assert.is(await exited, 2);
      assert.match(log(), 'usage: main.mjs');
    } finally {
      await cluster.stop();
    }
  });
  test.run();
}
