/** A registry in use on a real node is given another kind of cache, and back: nothing is lost, and what is left over is known. */
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readPage } from '../../docs/pages.js';
import type { Load } from '../../support/cluster/load.js';
import { CACHES_APART } from '../../support/node/collections.js';
import { hasNode, NodeRegistry, onNode } from '../../support/node/registry.js';
import { prepare } from '../../support/hooks.js';

const test = suite('another type of Redis on a real node');
const check = onNode(test);

let registry: NodeRegistry;
let load: Load;

/** Waits until the registry is used: pushes are acknowledged, and pulls answered. */
async function isUsed(): Promise<void> {
  const { pushed, pulled } = load.books;
  await registry.until('it is used', () => load.books.pushed > pushed + 30 && load.books.pulled > pulled + 30, 60);
}

/** Applies an overlay while clients go on. */
async function applyUnderLoad(overlay: string): Promise<void> {
  registry.node.must('apply', '--kustomize', join('overlays', overlay));
  await registry.until('it is ready', () => registry.isReady(overlay), 300);
}

/** @returns kind and name of what the cluster has and an overlay has not, as `diff --live` prints them */
function leftOver(overlay: string): string[] {
  const { out, err } = registry.program('.', 'diff', '--live', '--overlay', overlay, '--format', 'json');
  assert.ok(out, err);
  const { overlays } = JSON.parse(out) as {
    overlays: { objects: { kind: string; name: string; change: string }[] }[];
  };
  return overlays.flatMap(({ objects }) =>
    objects.filter(({ change }) => change === 'removed').map(({ kind, name }) => `${kind}/${name}`),
  );
}

prepare(test, async () => {
  if (!hasNode) return;
  registry = new NodeRegistry();
  await registry.start();
  registry.apply('sidecar-redis');
  load = await registry.startLoad({ pushers: 2, pullers: 1 }, CACHES_APART);
  await isUsed();
});
test.after(async () => {
  load?.close();
  await registry?.stop();
});

check('a Redis in each pod is replaced by one for all while the registry is used', async () => {
  await applyUnderLoad('statefulset-redis');
  // Who deletes is refused again on the way back, and tries again.
  load.start({ pushers: 0, pullers: 0, deleters: 1 });
  await registry.until('images are deleted', () => load.books.deleted > 0, 60);
  await isUsed();
  assert.equal(leftOver('statefulset-redis'), []);
});

check('the way back leaves the Redis for all, which `diff` lists', async () => {
  await applyUnderLoad('sidecar-redis');
  await isUsed();
  console.log(leftOver('sidecar-redis').join(' '));
});

check('the command of the documentation removes what is left over, and nothing else', async () => {
  const command = readPage('docs/how-to/redis.md').snippets.find(({ text }) =>
    text.includes('kubectl -n registry delete'),
  )!;
  const [, ...words] = command.text.trim().split(' ');
  registry.node.must(...words);
  assert.equal(leftOver('sidecar-redis'), []);
  await registry.until('it is ready', () => registry.isReady('sidecar-redis'), 60);
  await isUsed();
});

check('nothing that was acknowledged meanwhile is lost', async () => {
  await load.stop();
  console.log(`${load.books.pushed} pushed, ${load.books.deleted} deleted, ${load.books.live.size} live`);
  assert.equal(await load.lost(), []);
});

test.run();
