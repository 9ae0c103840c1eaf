/** A registry whose volume one node mounts, on two real nodes: its pods stay together, are replaced one by one, and a drain moves them all. */
import { chownSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Load } from '../../support/cluster/load.js';
import { CACHES_APART, collect, COLLECTS_AT_ONCE, hasCollected, pushGarbage } from '../../support/node/collections.js';
import { hasNode, NodeRegistry, onNode, UID } from '../../support/node/registry.js';
import { prepare } from '../../support/hooks.js';

const test = suite('a volume of one node, on two real nodes');
const check = onNode(test);
const CLASS = 'standard-rwo';

let registry: NodeRegistry;
let load: Load;

prepare(test, async () => {
  if (!hasNode) return;
  registry = new NodeRegistry({ nodes: 2 });
  await registry.start();
});
test.after(async () => {
  load?.close();
  await registry?.stop();
});

/** @returns a new folder that the registry can write, the same on all nodes */
function folder(name: string): string {
  const path = join(registry.node.data, name);
  mkdirSync(path);
  chownSync(path, UID, UID);
  return path;
}

/** Applies the shipped registry.yaml with another volume, which one node can mount. */
const applyVolume = (storage: object): Promise<string> =>
  registry.applyWith(
    { ...COLLECTS_AT_ONCE, storage: { size: '10Gi', accessMode: 'ReadWriteOnce', colocate: true, ...storage } },
    'sidecar-redis',
  );

/** @returns the nodes of all pods of a component, each once */
const nodesOf = (component: string): string[] => [
  ...new Set(registry.pods(component).map(({ spec }) => spec.nodeName ?? '')),
];

async function drain(): Promise<void> {
  const flags = ['--ignore-daemonsets', '--delete-emptydir-data', '--timeout=240s'];
  const { code, out, err } = await registry.node.startKubectl('drain', 'node-2', ...flags);
  assert.is(code, 0, `${out}${err}`);
}

check('all replicas are on one node, and are replaced there one by one', async () => {
  const hostPath = { path: folder('disk') };
  registry.node.apply([
    {
      apiVersion: 'v1',
      kind: 'PersistentVolume',
      metadata: { name: 'disk' },
      spec: { accessModes: ['ReadWriteOnce'], storageClassName: CLASS, capacity: { storage: '10Gi' }, hostPath },
    },
  ]);
  // The clients' pod is to stay on the other one.
  registry.node.must('cordon', 'node');
  await applyVolume({ storageClass: CLASS });
  registry.node.must('uncordon', 'node');
  assert.equal(nodesOf('registry'), ['node-2']);
  load = await registry.startLoad({ pushers: 2, pullers: 2 }, CACHES_APART);
  await registry.pushesGoOn(load, 90);
  registry.kubectl('rollout', 'restart', 'deployment/registry');
  await registry.until('they are replaced', () => registry.isRolledOut('deployment/registry'), 180);
  assert.equal(nodesOf('registry'), ['node-2']);
  await registry.pushesGoOn(load, 90);
});

check('the collector runs beside them', async () => {
  await pushGarbage(registry);
  const job = collect(registry, 'beside');
  await registry.until('it is complete', () => hasCollected(registry, job), 300);
  const node = registry.kubectl(
    'get',
    'pods',
    `--selector=job-name=${job}`,
    '--output=jsonpath={.items[*].spec.nodeName}',
  );
  assert.equal([node], nodesOf('registry'));
  await registry.pushesGoOn(load, 90);
  const answered = load.books.failedPulls.filter((failure) => !/socket hang up|ECONNRESET/.test(failure));
  assert.equal(answered, [], 'pulls went on all the time');
});

check('a drain of their node moves them all', async () => {
  const began = Date.now();
  await drain();
  const drained = Date.now();
  await registry.until('they are ready', () => registry.isRolledOut('deployment/registry'), 120);
  await registry.pushesGoOn(load, 90);
  console.log(`drained after ${drained - began} ms, 20 pushes after ${Date.now() - began} ms`);
  assert.equal(nodesOf('registry'), ['node']);
  registry.node.must('uncordon', 'node-2');
});

check('no image is lost by that', async () => {
  await load.stop();
  assert.equal(await load.lost(), []);
  load.close();
});

check('a folder of a node has all pods on that node, and a drain of it waits for nothing', async () => {
  registry.kubectl('delete', 'deployment/registry', 'persistentvolumeclaim/registry-data');
  await applyVolume({ storageClass: '', static: { hostPath: { path: folder('folder'), node: 'node-2' } } });
  assert.equal(nodesOf('registry'), ['node-2']);
  load = await registry.startLoad({ pushers: 1, pullers: 1 }, CACHES_APART);
  await registry.pushesGoOn(load, 90);
  await drain();
  assert.equal(nodesOf('registry'), [''], 'they wait for the node');
  registry.node.must('uncordon', 'node-2');
  await registry.until('they are ready', () => registry.isRolledOut('deployment/registry'), 120);
  assert.equal(nodesOf('registry'), ['node-2']);
  await registry.pushesGoOn(load, 90);
  await load.stop();
  assert.equal(await load.lost(), []);
});

test.run();
