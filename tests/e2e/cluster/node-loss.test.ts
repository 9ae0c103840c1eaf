/** A registry on three real nodes of which one is cut off, loses its power, or takes most of Redis with it. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Client } from '../../support/cluster/client.js';
import { pushImage } from '../../support/cluster/push.js';
import type { Load } from '../../support/cluster/load.js';
import { collect, COLLECTS_AT_ONCE, hasCollected, pushGarbage } from '../../support/node/collections.js';
import { hasNode, onNode } from '../../support/node/registry.js';
import { SeveralNodes } from '../../support/node/several-nodes.js';
import { prepare } from '../../support/hooks.js';

const test = suite('a real node that is lost');
const check = onNode(test);
/** Seconds until a node that says nothing is not ready, and from then on until its pods are to go; 50 and 300 by default. */
const GRACE = 25;
const TOLERATION = 10;
/** Whoever gives it says that nothing runs on the node any more. */
const OUT_OF_SERVICE = 'node.kubernetes.io/out-of-service';

let nodes: SeveralNodes;
let client: Client;
let load: Load;

prepare(test, async () => {
  if (!hasNode) return;
  const tolerations = ['not-ready', 'unreachable'].map((what) => `--default-${what}-toleration-seconds=${TOLERATION}`);
  nodes = new SeveralNodes({ apiserver: tolerations, manager: [`--node-monitor-grace-period=${GRACE}s`] });
  const { registry } = nodes;
  await registry.start();
  await registry.applyWith(COLLECTS_AT_ONCE, 'statefulset-redis');
  load = await registry.startLoad({ pushers: 2, pullers: 1, deleters: 1 });
  const address = await registry.address();
  client = new Client(() => address);
});
test.after(async () => {
  client?.close();
  load?.close();
  await nodes?.registry.stop();
});

/** Waits until Redis has a primary, and the registry is complete, without a node that was just lost. */
async function doneWithout(node: string): Promise<void> {
  const { registry, redis } = nodes;
  const began = Date.now();
  const took: Record<string, string> = {};
  const until = async (what: string, holds: () => boolean, seconds: number): Promise<void> => {
    await registry.until(what, holds, seconds);
    took[what] = `${((Date.now() - began) / 1000).toFixed(1)} s`;
  };
  await until('another primary', () => redis.primary(2) !== undefined, 30);
  const { pushed } = load.books;
  await until('20 pushes', () => load.books.pushed > pushed + 20, 90);
  await until('the node is not ready', () => !nodes.isReady(node), 90);
  await until('the registry is complete', () => registry.isRolledOut('deployment/registry'), 120);
  console.log(`${node} lost:`, took);
  assert.not(nodes.nodesOf('registry').includes(node));
  await nodes.registry.pushesGoOn(load, 90);
}

/** Waits until nothing is missing. */
async function isComplete(): Promise<void> {
  await nodes.rolledOut();
  await nodes.registry.until('all agree', () => nodes.redis.primary() !== undefined, 60);
  await nodes.registry.pushesGoOn(load, 90);
}

function lose(node: string): void {
  nodes.redis.setLost(node, true);
}

async function found(node: string): Promise<void> {
  await nodes.registry.until('the node is ready', () => nodes.isReady(node), 90);
  nodes.redis.setLost(node, false);
}

check('a node that is cut off is done without, and its pods follow the others once it is back', async () => {
  await nodes.restart();
  const node = await nodes.nodeOfPrimary();
  nodes.registry.node.setConnected(node, false);
  lose(node);
  await doneWithout(node);
  nodes.registry.node.setConnected(node, true);
  await found(node);
  await isComplete();
});

check(
  'a node that is off is done without, and once it is said to be off, its pods are replaced and garbage is collected',
  async () => {
    const { registry, redis } = nodes;
    await nodes.restart();
    const node = await nodes.nodeOfPrimary();
    await registry.node.powerOff(node);
    lose(node);
    await doneWithout(node);
    assert.is(redis.pods().length, 2, 'nobody knows whether the third one runs');
    registry.node.must('taint', 'node', node, `${OUT_OF_SERVICE}=nodeshutdown:NoExecute`);
    await isComplete();
    await pushGarbage(registry);
    const job = collect(registry, 'without-a-node');
    await registry.until('it is complete', () => hasCollected(registry, job), 300);
    await registry.node.powerOn(node);
    registry.node.must('taint', 'node', node, `${OUT_OF_SERVICE}-`);
    await found(node);
    await isComplete();
  },
);

/** Has two pods of Redis on node-2, and the third one on node-3. */
async function mostOfRedisOnNode2(): Promise<void> {
  const { registry, redis } = nodes;
  registry.node.must('cordon', 'node', 'node-3');
  registry.kubectl('rollout', 'restart', 'statefulset/registry-redis');
  await isComplete();
  registry.node.must('uncordon', 'node-3');
  const kept = await redis.agreed('on one node');
  const moved = redis.pods().find(({ metadata }) => metadata.name !== kept)!.metadata.name;
  registry.kubectl('delete', 'pod', moved, '--wait=false');
  await isComplete();
  assert.equal(nodes.nodesOf('redis'), ['node-2', 'node-2', 'node-3']);
}

check(
  'where most of Redis is lost with a node, the registry does without until the node is said to be off',
  async () => {
    const { registry, redis } = nodes;
    await mostOfRedisOnNode2();
    await registry.node.powerOff('node-2');
    lose('node-2');
    await registry.until('the node is not ready', () => !nodes.isReady('node-2'), 90);
    await registry.until('the registry is complete', () => registry.isRolledOut('deployment/registry'), 120);
    await nodes.registry.pushesGoOn(load, 90);
    const began = Date.now();
    const image = await pushImage(client, 'team/lost', 'majority');
    const pushed = Date.now();
    await client.pull(image);
    console.log(`most of Redis lost: a push took ${pushed - began} ms, a pull ${Date.now() - pushed} ms`);
    const path = `/v2/team/lost/manifests/${image.digest}`;
    assert.is((await client.send('DELETE', path)).status, 500);
    assert.is(redis.primary(1), undefined);

    registry.node.must('taint', 'node', 'node-2', `${OUT_OF_SERVICE}=nodeshutdown:NoExecute`);
    await isComplete();
    await registry.until('deletions are made', async () => (await client.send('DELETE', path)).status === 202, 30);
  },
);

check('nothing that was acknowledged meanwhile is lost', async () => {
  await load.stop();
  await nodes.registry.noneLost(load);
});

test.run();
