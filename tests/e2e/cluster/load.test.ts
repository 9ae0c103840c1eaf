/** A registry on a real node under load: whatever is restarted, killed or collected meanwhile, no acknowledged image is lost. */
import { setTimeout as sleep } from 'node:timers/promises';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Load } from '../../support/cluster/load.js';
import { collect, COLLECTS_AT_ONCE, hasCollected, pushGarbage } from '../../support/node/collections.js';
import { hasNode, NodeRegistry, onNode } from '../../support/node/registry.js';
import { prepare } from '../../support/hooks.js';

const test = suite('a registry on a real node under load');
const check = onNode(test);
/** How often the registry is restarted. */
const ROUNDS = process.env['SOAK'] === 'true' ? 20 : 2;

let registry: NodeRegistry;
let load: Load;

prepare(test, async () => {
  if (!hasNode) return;
  registry = new NodeRegistry();
  await registry.start();
  await registry.applyWith(COLLECTS_AT_ONCE, 'statefulset-redis');
  load = await registry.startLoad({ pushers: 3, pullers: 1, deleters: 1 });
});
test.after(async () => {
  load?.close();
  await registry?.stop();
});

check('the registry is restarted, one pod after the other', async () => {
  for (let round = 0; round < ROUNDS; round++) {
    await registry.pushesGoOn(load);
    registry.kubectl('rollout', 'restart', 'deployment/registry');
    await registry.until('it is restarted', () => registry.isRolledOut('deployment/registry'), 180);
  }
  await registry.pushesGoOn(load);
});

check('a collection refuses writes while it runs, and accepts them again', async () => {
  const { refused } = load.books;
  await pushGarbage(registry);
  const job = collect(registry, 'under-load');
  await registry.until('it is complete', () => hasCollected(registry, job), 300);
  assert.ok(load.books.refused > refused, 'writes were refused meanwhile');
  await registry.pushesGoOn(load);
});

check('a collector is killed in the middle, and another one ends its work', async () => {
  await pushGarbage(registry);
  const job = collect(registry, 'killed');
  await registry.until('it collects', () => registry.logs(job).includes('writes are refused'), 60);
  registry.kubectl('delete', 'pods', `--selector=job-name=${job}`, '--force', '--grace-period=0');
  await registry.until('it is complete', () => hasCollected(registry, job), 300);
  await registry.pushesGoOn(load);
});

check('the kubelet stops for a while, and a pod is lost meanwhile', async () => {
  await registry.node.stop('kubelet');
  const [pod] = registry.pods('registry');
  registry.killContainer(pod!, 'registry');
  await sleep(15_000);
  registry.node.start('kubelet');
  await registry.until('the registry is ready again', () => registry.isRolledOut('deployment/registry'), 120);
  await registry.pushesGoOn(load);
});

check('nothing that was acknowledged is lost', async () => {
  await load.stop();
  await registry.noneLost(load);
});

test.run();
