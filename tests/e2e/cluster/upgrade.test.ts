/** What an administrator does to a registry in use, on a real node: upgrades of the registry in place, and an eviction as by a drain. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Load } from '../../support/cluster/load.js';
import { CACHES_APART } from '../../support/node/collections.js';
import { hasNode, NAMESPACE, NodeRegistry, onNode } from '../../support/node/registry.js';
import { shipped } from '../../support/config.js';
import { prepare } from '../../support/hooks.js';

const test = suite('upgrades on a real node');
const check = onNode(test);
/** The oldest first; 2.8 knows no Sentinels, so the overlay is the one with a Redis in each pod. */
const IMAGES = ['registry:2.8.2', 'registry:3.1.1', 'registry:3.1.2'];
const OVERLAY = 'sidecar-redis';

let registry: NodeRegistry;
let load: Load;

/** Applies the shipped registry.yaml with another image. */
async function applyImage(image: string): Promise<void> {
  await registry.applyYaml(shipped.replace('image: registry:3.1.2', `image: ${image}`), OVERLAY);
  const [pod] = registry.pods('registry');
  const containers = ['get', 'pod', pod!.metadata.name, '--output=jsonpath={.spec.containers}'];
  assert.match(registry.kubectl(...containers), `"${image}"`);
}

prepare(test, async () => {
  if (!hasNode) return;
  registry = new NodeRegistry();
  await registry.start();
});
test.after(async () => {
  load?.close();
  await registry?.stop();
});

check(`${IMAGES[0]} is ready, and gets images`, async () => {
  await applyImage(IMAGES[0]!);
  load = await registry.startLoad({ pushers: 2, pullers: 2 }, CACHES_APART);
  await registry.until('there are images', () => load.books.pushed > 50, 60);
});

for (const image of IMAGES.slice(1)) {
  check(`it is upgraded to ${image} while it is used`, async () => {
    const { pushed, pulled } = load.books;
    await applyImage(image);
    await registry.until('it is used', () => load.books.pushed > pushed + 50 && load.books.pulled > pulled + 50, 60);
  });
}

check('no image is lost by that, and no pull was answered wrongly', async () => {
  await load.stop();
  assert.equal(await load.lost(), []);
  // A connection that is idle may be closed at the moment at which a client uses it again, and the client tries again.
  const answered = load.books.failedPulls.filter((failure) => !/socket hang up|ECONNRESET/.test(failure));
  assert.equal(answered, []);
});

check('an eviction takes one pod, and no second one before the first has its successor', async () => {
  const evict = (name: string): string => {
    const eviction = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name, namespace: NAMESPACE } };
    return registry.node.create(`/api/v1/namespaces/${NAMESPACE}/pods/${name}/eviction`, eviction).err;
  };
  registry.node.must('cordon', 'node');
  const [first, second] = registry.pods('registry').map(({ metadata }) => metadata.name);
  assert.is(evict(first!), '');
  assert.match(evict(second!), "violate the pod's disruption budget");
  registry.node.must('uncordon', 'node');
  await registry.until('its successor is ready', () => registry.isRolledOut('deployment/registry'), 120);
  assert.is(evict(second!), '');
  await registry.until('both are replaced', () => registry.isRolledOut('deployment/registry'), 120);
});

test.run();
