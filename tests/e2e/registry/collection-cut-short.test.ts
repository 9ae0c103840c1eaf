/** What becomes of a collection when something is in its way: killed, too late, opened by others, without its API server or Redis. */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { LocalCluster } from '../../support/cluster/cluster.js';
import { Client } from '../../support/cluster/client.js';
import { pushImage } from '../../support/cluster/push.js';
import { until } from '../../support/processes.js';
import { blobsOf, configOf, isOpen, testsOn } from './collecting.js';

// It is the collector's doing, whatever the registry.
const image = 'registry:3.1.2';
const program = 'registry';
/** A pause that takes its time: as on a network's file system, before anything is looked at. */
const SLOW = ['--settle', '30'];

const test = suite('a collection that is cut short');
const withCluster = testsOn(test, image, program);
const isCollecting = async (cluster: LocalCluster, log: () => string): Promise<void> => {
  await until('it collects', () => log().includes('collecting'), 20_000, log);
  assert.ok(cluster.isClosed);
};
/** A layer that no image uses: without garbage, a collection refuses nothing. */
const pushGarbage = (client: Client): Promise<void> => client.pushBlob('team/garbage', Buffer.from(randomUUID()));

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

withCluster(
  'someone makes the registry take writes while it waits for the pods: it stops, and the lock is free',
  'sidecar',
  async (cluster, client) => {
    await pushGarbage(client);
    cluster.graceMilliseconds = 8000;
    process.kill(cluster.pods[0]!.child!.pid!, 'SIGSTOP');
    const job = cluster.startJob('registry-gc');
    await until('it waits', () => job.log().includes('writes are refused from now on'), 20_000, job.log);
    const start = performance.now();
    cluster.setEnv([]);
    assert.is(await job.exited, 1, job.log());
    assert.ok(performance.now() - start < 3000, 'it need not wait for half of its deadline');
    assert.match(job.log(), 'was changed to accept writes');
    assert.is(cluster.lockHolder, '');
  },
);

withCluster('an API server that is away at the start is waited for', 'sidecar', async (cluster) => {
  cluster.isApiAway = true;
  const job = cluster.startJob('registry-gc', { options: ['--silence', '10'] });
  await sleep(3000);
  cluster.isApiAway = false;
  assert.is(await job.exited, 0, job.log());
});

withCluster(
  'what another machine may not see is waited for, before it looks and after it has removed something',
  'sidecar',
  async (cluster, client) => {
    await pushGarbage(client);
    const job = cluster.startJob('registry-gc', { options: ['--settle', '2'] });
    assert.is(await job.exited, 0, job.log());
    const at = (text: string, from = 0): number => {
      const line = job
        .log()
        .slice(from)
        .split('\n')
        .find((one) => one.includes(text));
      return Date.parse(line!.split(' ')[0]!);
    };
    const pause = job.log().indexOf('the cache is empty: collecting');
    const looked = at('looked at', pause);
    assert.ok(looked - at('the cache is empty: collecting') >= 2000, job.log());
    assert.ok(at('writes are accepted again') - at('removed 1 blob') >= 2000, job.log());
  },
);

withCluster('what is not removed in time is left to the next collection', 'sidecar', async (cluster, client) => {
  await pushGarbage(client);
  const before = blobsOf(cluster);
  const first = cluster.startJob('registry-gc', { options: ['--sweep', '0'] });
  assert.is(await first.exited, 0, first.log());
  assert.match(first.log(), 'left to the next collection, as 0 s are over: 1 blob');
  assert.is(blobsOf(cluster), before);
  assert.is(await cluster.startJob('registry-gc').exited, 0);
  assert.is(blobsOf(cluster), before - 1);
  await isOpen(cluster);
});

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
  const before = blobsOf(cluster);
  const port = cluster.deployment.redisPorts.at(-1)!;
  cluster.isRedisAway = true;
  await cluster.deployment.redisPods!.kill(cluster.deployment.redisPorts.length - 1, ['redis']);
  const job = cluster.startJob('registry-gc');
  assert.is(await job.exited, 1);
  assert.match(job.log(), `Redis at 127.0.0.1:${port}`);
  await isOpen(cluster);
  assert.is(blobsOf(cluster), before);
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
  const cluster = new LocalCluster(configOf(image, 'none'), program);
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
