/** Garbage collection by the overlay's own CronJob: the protocol step by step. */
import { readFileSync, renameSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { pushImage, pushIndex } from '../../support/cluster/push.js';
import { blobsOf, isOpen, testsOn } from './collecting.js';

const registries = [
  { image: 'registry:2.8.2', program: 'docker-registry' },
  { image: 'registry:3.1.2', program: 'registry' },
];

for (const { image, program } of registries) {
  const test = suite(`collecting, ${image}`);
  const withCluster = testsOn(test, image, program);

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
        const before = blobsOf(cluster);

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
        assert.ok(blobsOf(cluster) < before, job.log());
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

  test.run();
}
