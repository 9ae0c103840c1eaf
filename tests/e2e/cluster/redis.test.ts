/** Redis on a real node with NetworkPolicies enforced: whatever restarts, one primary that all know, and no wrong answer. */
import { setTimeout as sleep } from 'node:timers/promises';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { DNS_ADDRESS } from '../../../scripts/cluster/settings.js';
import { Client } from '../../support/cluster/client.js';
import { pushImage } from '../../support/cluster/push.js';
import type { Load } from '../../support/cluster/load.js';
import { NodeRedis, primaryOf } from '../../support/node/redis.js';
import { containerOf } from '../../support/node/pods.js';
import { hasNode, NAMESPACE, NodeRegistry, onNode } from '../../support/node/registry.js';
import { prepare } from '../../support/hooks.js';

const test = suite('Redis on a real node');
const check = onNode(test);
const isLong = process.env['SOAK'] === 'true';
/** How often each disturbance is tried. */
const ROUNDS = isLong ? 20 : 2;
/** The same, of those that take a minute. */
const LONG_ROUNDS = isLong ? 5 : 2;
/** Milliseconds for which the DNS of this cluster, as that of most, answers again that there is no such name. */
const REMEMBERED = 30_000;
/** Milliseconds within which the registry finds a new primary. */
const FOUND = 30_000;
const REDIS = 'statefulset/registry-redis';
const REGISTRY = 'deployment/registry';

let registry: NodeRegistry;
let redis: NodeRedis;
let client: Client;
let load: Load;
/** Statuses of all deletions. */
const deletions: number[] = [];

/** Deletes a manifest. While the registry finds the new primary it may answer 500, which clients try again; no answer may be wrong. */
async function deletes(name: string): Promise<void> {
  const image = await pushImage(client, 'team/deleted', name);
  const path = `/v2/team/deleted/manifests/${image.digest}`;
  const statuses: number[] = [];
  const end = Date.now() + FOUND;
  do statuses.push((await client.send('DELETE', path)).status);
  while (statuses.at(-1) === 500 && Date.now() < end);
  assert.ok(
    statuses.at(-1) === 202 || (statuses.length > 1 && statuses.at(-1) === 404),
    `DELETE: ${statuses.join(', ')}`,
  );
  assert.is((await client.send('GET', path)).status, 404);
  deletions.push(...statuses);
}

/** Has DNS remember that there are no pods of Redis, as where one of them looks for the others too early. */
function askForMissingPods(): void {
  for (const index of [0, 1, 2]) {
    const name = `registry-redis-${index}.registry-redis.${NAMESPACE}.svc.cluster.local`;
    assert.match(registry.node.run('busybox', 'nslookup', '-type=a', name, DNS_ADDRESS).out, 'NXDOMAIN');
  }
}

prepare(test, async () => {
  if (!hasNode) return;
  registry = new NodeRegistry();
  await registry.start();
  askForMissingPods();
  registry.apply('statefulset-redis');
  redis = new NodeRedis(registry);
  const address = await registry.address();
  client = new Client(() => address);
  load = await registry.startLoad({ pushers: 2, pullers: 1, deleters: 0 });
});
test.after(async () => {
  client?.close();
  load?.close();
  await registry?.stop();
});

check('where DNS remembers that the pods do not exist, all agree soon after it forgets that', async () => {
  await redis.agreed('the first start', { within: REMEMBERED + 15_000 });
  console.log(`first start: agreed ${(redis.longest / 1000).toFixed(1)} s after it at most`);
  redis.longest = 0;
});

const restart = (workload: string): void => void registry.kubectl('rollout', 'restart', workload);
const restarted = (workload: string): Promise<void> =>
  registry.until(`${workload} is restarted`, () => registry.isRolledOut(workload), 180);
const deletePod = (name: string, ...how: string[]): void => void registry.kubectl('delete', 'pod', name, ...how);

/** Restarts all pods of Redis, and of the registry. */
const ORDERS: Record<string, () => Promise<void>> = {
  'Redis, then the registry': async () => {
    for (const workload of [REDIS, REGISTRY]) {
      restart(workload);
      await restarted(workload);
    }
  },
  'the registry, then Redis': async () => {
    for (const workload of [REGISTRY, REDIS]) {
      restart(workload);
      await restarted(workload);
    }
  },
  'both at once': async () => {
    for (const workload of [REGISTRY, REDIS]) restart(workload);
    for (const workload of [REGISTRY, REDIS]) await restarted(workload);
  },
  'the first pod of Redis first': async () => {
    for (const { metadata } of redis.pods()) {
      deletePod(metadata.name);
      await restarted(REDIS);
    }
  },
  'all pods of Redis at once': async () => {
    registry.kubectl('delete', 'pods', '--selector=app.kubernetes.io/component=redis');
    await restarted(REDIS);
  },
};

const orders = Object.entries(ORDERS);
for (let round = 0; round < Math.max(ROUNDS, orders.length); round++) {
  const [order, restartAll] = orders[round % orders.length]!;
  check(
    `after restart ${round + 1} (${order}), all agree on one primary, and deletions are answered as they are`,
    async () => {
      await redis.agreed(`before ${order}`);
      await restartAll();
      await redis.agreed(order);
      await deletes(`restart-${round}`);
    },
  );
}

/** Has new pods where containers were restarted twice: each time, the kubelet waits longer before it restarts one. */
async function renewed(): Promise<void> {
  const restarts = redis.pods().map((pod) => containerOf(pod, 'redis').restartCount);
  if (Math.max(...restarts) < 2) return;
  restart(REDIS);
  await restarted(REDIS);
}

const LOSSES: Record<string, (primary: string) => void> = {
  'is killed': (primary) => registry.killContainer(redis.pod(primary), 'redis'),
  'loses its pod': (primary) => deletePod(primary),
  'loses its pod by force': (primary) => deletePod(primary, '--force', '--grace-period=0'),
};

for (const [what, lose] of Object.entries(LOSSES)) {
  check(`after the primary ${what}, all agree on one primary, and deletions are answered as they are`, async () => {
    for (let round = 0; round < ROUNDS; round++) {
      await renewed();
      lose(await redis.agreed(`before the primary ${what} ${round}`));
      // Until it is seen that something was killed.
      await sleep(2000);
      await redis.agreed(`the primary ${what} ${round}`);
      await deletes(`${what.replaceAll(' ', '-')}-${round}`);
    }
  });
}

check('while the primary is cut off, another one takes over; once it is back, all agree on that one', async () => {
  for (let round = 0; round < LONG_ROUNDS; round++) {
    const cutOff = await redis.agreed(`before cutting off ${round}`);
    const isReplaced = (): boolean =>
      redis.views([cutOff]).every(({ named }) => named !== '' && named !== `${cutOff}.registry-redis`);
    await redis.whileCutOff(cutOff, async () => {
      await registry.until('another primary is named', isReplaced, 60);
      await deletes(`cut-off-${round}`);
    });
    const primary = await redis.agreed(`cut off ${round}`, { since: Date.now() });
    assert.is.not(primary, cutOff, 'its writes are those that are lost');
    await deletes(`back-${round}`);
  }
});

check('a primary that was cut off while the others were replaced is not the primary again', async () => {
  const cutOff = await redis.agreed('before the others are replaced');
  const others = redis.pods().filter(({ metadata }) => metadata.name !== cutOff);
  const primary = (): string | undefined => primaryOf(redis.views([cutOff]));
  let chosen: string | undefined;
  await redis.whileCutOff(cutOff, async () => {
    registry.kubectl('delete', 'pods', ...others.map(({ metadata }) => metadata.name));
    await registry.until('one of the others is the primary', () => primary() !== undefined, 120);
    chosen = primary();
    await deletes('others-replaced');
  });
  assert.is(await redis.agreed('the others were replaced', { since: Date.now() }), chosen);
});

check('a primary that the kernel kills for its memory is replaced, and all agree on one primary', async () => {
  for (let round = 0; round < LONG_ROUNDS; round++) {
    await renewed();
    const primary = await redis.agreed(`before it is out of memory ${round}`);
    redis.inSentinel(
      primary,
      'redis-cli -p 6379 config set maxmemory 0; redis-benchmark -p 6379 -a "$REDISCLI_AUTH" -q -t set -d 1000000 -r 100000 -n 1000 || true',
    );
    const ended = (): string | undefined => registry.lastEnd(redis.pod(primary), 'redis');
    await registry.until('its end is known', () => ended() !== undefined, 30);
    assert.is(ended(), 'OOMKilled');
    await redis.agreed(`out of memory ${round}`);
    await deletes(`out-of-memory-${round}`);
  }
});

check('nothing that was acknowledged meanwhile is lost', async () => {
  await load.stop();
  assert.ok(load.books.pushed > 0);
  const repeated = deletions.filter((status) => status === 500).length;
  console.log(
    `agreed ${(redis.longest / 1000).toFixed(1)} s after the last start at most; ${deletions.length - repeated} manifests deleted, ${repeated} answers of 500 repeated; ${load.books.pushed} pushed`,
  );
  assert.equal(await load.lost(), []);
});

test.run();
