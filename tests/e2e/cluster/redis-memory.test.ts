/** Redis within its memory limit on a real node: a full cache under writes, whose replicas are replaced. */
import { setTimeout as sleep } from 'node:timers/promises';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { NodeRedis } from '../../support/node/redis.js';
import { hasNode, NodeRegistry, onNode } from '../../support/node/registry.js';
import { prepare } from '../../support/hooks.js';

const test = suite('memory of Redis on a real node');
const check = onNode(test);
/** How often a replica is replaced. */
const ROUNDS = process.env['SOAK'] === 'true' ? 10 : 2;
/** Blob descriptors a second. */
const RATE = 500;
let registry: NodeRegistry;
let redis: NodeRedis;
let written = 0;

prepare(test, async () => {
  if (!hasNode) return;
  registry = new NodeRegistry();
  await registry.start();
  registry.apply('statefulset-redis');
  redis = new NodeRedis(registry);
});
test.after(() => registry?.stop());

const info = (pod: string, section: string, field: string): string =>
  new RegExp(`^${field}:(\\S+)`, 'm').exec(redis.inSentinel(pod, `redis-cli -p 6379 info ${section}`))![1]!;

/** Writes blob descriptors as the registry does. */
function write(pod: string, count: number): void {
  const program = `BEGIN { for (i = ${written}; i < ${written + count}; i++) printf "HSET blobs::sha256:%064d digest sha256:%064d size %d mediatype application/octet-stream\\r\\n", i, i, i }`;
  redis.inSentinel(pod, `awk '${program}' </dev/null | redis-cli -p 6379 --pipe`);
  written += count;
}

check(
  `no container is killed while a cache is full, gets ${RATE} descriptors a second, and its replicas are replaced`,
  async () => {
    const pods = redis.pods().map(({ metadata }) => metadata.name);
    const primary = pods.find((pod) => info(pod, 'replication', 'role') === 'master')!;
    const started = registry.startOf(primary, 'redis');
    while (Number(info(primary, 'stats', 'evicted_keys')) === 0) write(primary, 50_000);
    for (let round = 0; round < ROUNDS; round++) {
      const replica = pods.filter((pod) => pod !== primary)[round % 2]!;
      registry.kubectl('delete', 'pod', replica, '--wait=false');
      for (
        const end = Date.now() + 20_000;
        Date.now() < end || !registry.isRolledOut('statefulset/registry-redis');
        await sleep(800)
      ) {
        write(primary, RATE);
        assert.ok(Date.now() < end + 120_000, 'the replica is ready again within two minutes');
      }
      assert.is(info(replica, 'replication', 'master_link_status'), 'up');
    }
    assert.is(registry.startOf(primary, 'redis'), started, 'the primary was not restarted');
    const killed = redis
      .pods()
      .flatMap(({ status }) => status.containerStatuses ?? [])
      .filter(({ restartCount, lastState }) => restartCount > 0 || lastState.terminated);
    assert.equal(killed, []);
    console.log(`${written} descriptors; used_memory_peak ${info(primary, 'memory', 'used_memory_peak_human')}`);
  },
);

test.run();
