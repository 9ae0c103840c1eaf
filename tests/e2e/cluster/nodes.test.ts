/** A registry on three real nodes: where its pods go, and what becomes of it when nodes are drained. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { PAUSE } from '../../../scripts/cluster/names.js';
import { namesOf } from '../../../scripts/cluster/network.js';
import type { Load } from '../../support/cluster/load.js';
import { hasNode, onNode } from '../../support/node/registry.js';
import { NODES, SeveralNodes } from '../../support/node/several-nodes.js';
import { prepare } from '../../support/hooks.js';

const test = suite('several real nodes');
const check = onNode(test);

let nodes: SeveralNodes;
let load: Load;

/** Takes half of the processors of two nodes, so that the scheduler prefers the other one for what may be anywhere. */
const ballast = NODES.slice(1).map((nodeName) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: `ballast-${nodeName}`, namespace: 'default' },
  spec: { nodeName, containers: [{ name: 'pause', image: PAUSE, resources: { requests: { cpu: '1' } } }] },
}));

prepare(test, async () => {
  if (!hasNode) return;
  nodes = new SeveralNodes();
  await nodes.registry.start();
});
test.after(async () => {
  load?.close();
  await nodes?.registry.stop();
});

check('replicas go to different nodes, where no node is in a zone, and one has more room than the others', () => {
  nodes.registry.node.apply(ballast);
  nodes.registry.apply('statefulset-redis');
  assert.equal([nodes.nodesOf('redis'), new Set(nodes.nodesOf('registry')).size], [NODES, 2]);
});

check('replicas go to different zones', async () => {
  for (const [index, node] of NODES.entries())
    nodes.registry.node.must('label', 'node', node, `topology.kubernetes.io/zone=${index < 2 ? 'a' : 'b'}`);
  await nodes.restart();
  assert.equal(nodes.nodesOf('redis'), NODES);
  assert.ok(nodes.nodesOf('registry').includes('node-3'), String(nodes.nodesOf('registry')));
});

check('all start on the only node that takes pods, and apart again once there are others', async () => {
  nodes.registry.node.must('cordon', 'node', 'node-2');
  await nodes.restart();
  assert.equal([...new Set([...nodes.nodesOf('redis'), ...nodes.nodesOf('registry')])], ['node-3']);
  nodes.registry.node.must('uncordon', 'node', 'node-2');
  for (const { metadata } of ballast)
    nodes.registry.node.must('delete', 'pod', metadata.name, `--namespace=${metadata.namespace}`, '--wait=false');
  await nodes.restart();
  assert.equal([nodes.nodesOf('redis'), new Set(nodes.nodesOf('registry')).size], [NODES, 2]);
});

/** Drains a node as an administrator does, while the registry is used. */
async function drain(node: string): Promise<void> {
  const { registry, redis } = nodes;
  const flags = ['--ignore-daemonsets', '--delete-emptydir-data', '--timeout=240s'];
  const drained = registry.node.startKubectl('drain', node, ...flags);
  const pauses = await nodes.pausesUntil(drained, load);
  const { code, out, err } = await drained;
  assert.is(code, 0, `${out}${err}`);
  assert.not([...nodes.nodesOf('redis'), ...nodes.nodesOf('registry')].includes(node));
  console.log(`drain of ${node}: no primary for ${pauses.primary} ms, no push for ${pauses.pushes} ms at the most`);
  assert.ok(pauses.primary < 10_000);
  await nodes.rolledOut();
  await redis.agreed(`after the drain of ${node}`);
  registry.node.must('uncordon', node);
  await nodes.registry.pushesGoOn(load, 90);
}

check('drains of two nodes in use end by themselves, also where one has the primary of Redis', async () => {
  load = await nodes.registry.startLoad({ pushers: 2, pullers: 2, deleters: 1 });
  await nodes.registry.pushesGoOn(load, 90);
  const node = await nodes.nodeOfPrimary();
  await drain(node);
  await drain(NODES.slice(1).find((other) => other !== node)!);
});

check('no image is lost by that, and no pull was answered wrongly', async () => {
  await load.stop();
  assert.equal(await load.lost(), []);
  // A connection that is idle may be closed at the moment at which a client uses it again, and the client tries again.
  const answered = load.books.failedPulls.filter((failure) => !/socket hang up|ECONNRESET/.test(failure));
  assert.equal(answered, []);
  console.log(`${load.books.pushed} pushed, ${load.books.deleted} deleted, ${load.books.pulled} pulled`);
});

check('a node reaches pods of other nodes where allowFrom names its address, and not otherwise', async () => {
  const { registry } = nodes;
  const isReached = (): boolean[] =>
    registry
      .pods('registry')
      .filter(({ spec }) => spec.nodeName !== 'node')
      .map(({ status }) => {
        const connect = `exec 3<>/dev/tcp/${status.podIP}/5000`;
        return registry.node.run('timeout', '5', 'bash', '-c', connect).code === 0;
      });
  assert.equal(new Set(isReached()), new Set([false]));
  await registry.applyWith({ ingress: { allowFrom: [{ cidr: `${namesOf(0).address}/32` }] } }, 'statefulset-redis');
  await registry.until('it reaches them', () => !isReached().includes(false), 60);
});

test.run();
