/** A volume of a real node that is full, grows, and is asked to shrink, under a registry in use. */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { parse, stringify } from 'yaml';
import { merge } from '../../../generator/config/index.js';
import { run } from '../../support/cli.js';
import { Client } from '../../support/cluster/client.js';
import { pushImage } from '../../support/cluster/push.js';
import type { Load } from '../../support/cluster/load.js';
import { collect, COLLECTS_AT_ONCE, hasCollected } from '../../support/node/collections.js';
import { hasNode, NodeRegistry, onNode } from '../../support/node/registry.js';
import { growingClass, startDriver } from '../../support/node/volumes.js';
import { shipped } from '../../support/config.js';
import { withFolder, writeFiles } from '../../support/folder.js';
import { prepare } from '../../support/hooks.js';

const test = suite('volumes of a real node');
const check = onNode(test);
const CLASS = 'growing';
const OVERLAY = 'statefulset-redis';
type Fields = Record<string, unknown>;
const MIB = 2 ** 20;
/** What is left when nothing more fits. */
const LITTLE = 64 * 1024;

let registry: NodeRegistry;
let client: Client;
let load: Load;
/** How many layers filled the volume. */
let filling = 0;

/** Runs with the tree of the shipped registry.yaml on a volume of a size. */
const withSize = (size: string, use: (folder: string) => void | Promise<void>): Promise<void> =>
  withFolder(async (folder) => {
    const storage = { size, storageClass: CLASS };
    writeFiles(folder, [
      ['registry.yaml', stringify(merge(parse(shipped) as Fields, { ...COLLECTS_AT_ONCE, storage }))],
    ]);
    const { code, err } = run(folder, ['generate']);
    assert.is(code, 0, err);
    await use(folder);
  });

const claim = (path: string): string =>
  registry.kubectl('get', 'persistentvolumeclaim/registry-data', `--output=jsonpath={${path}}`);

/** @returns names of the pods, with how often their containers were restarted */
const podsOf = (): string[] =>
  ['registry', 'redis'].flatMap((component) =>
    registry
      .pods(component)
      .map(
        ({ metadata, status }) =>
          `${metadata.name} ${status.containerStatuses?.map(({ restartCount }) => restartCount).join()}`,
      ),
  );

/** Pushes layers, from large to small ones, until none fits. @returns what the last push was answered */
async function fill(): Promise<string> {
  let refusal = '';
  for (let size = 8 * MIB; size >= LITTLE;) {
    try {
      await client.pushBlob('team/full', randomBytes(size));
      filling++;
    } catch (error) {
      refusal = (error as Error).message;
      size /= 8;
    }
  }
  return refusal;
}

/** @returns whether a push of an image is acknowledged */
const pushes = (name: string): Promise<boolean> =>
  pushImage(client, 'team/again', name).then(
    () => true,
    () => false,
  );

prepare(test, async () => {
  if (!hasNode) return;
  registry = new NodeRegistry();
  await registry.startEmpty();
  await startDriver(registry.node);
  registry.node.apply([growingClass(CLASS)]);
  registry.node.must('apply', '--filename', 'base/namespace.yaml');
  registry.node.apply([registry.secret()]);
});
test.after(async () => {
  client?.close();
  load?.close();
  await registry?.stop();
});

check('a claim of a class is given its volume, which the pods can write', () =>
  withSize('64Mi', async (folder) => {
    registry.apply(OVERLAY, folder);
    assert.is(claim('.status.capacity.storage'), '64Mi');
    const address = await registry.address();
    client = new Client(() => address);
    load = await registry.startLoad({ pushers: 1, pullers: 1, deleters: 0 });
    await registry.until('there are images', () => load.books.pushed >= 40, 60);
    await load.stop();
  }),
);

check('a full volume answers pushes with 500 and loses nothing, and pulls and deletions go on', async () => {
  const gone = await pushImage(client, 'team/full', 'gone');
  assert.match(await fill(), /: 500 .*UNKNOWN/);
  assert.match(
    registry.kubectl('logs', '--selector=app.kubernetes.io/component=registry', '--container=registry', '--tail=-1'),
    'no space left on device',
  );
  assert.equal(await load.lost(), []);
  assert.is((await client.send('DELETE', `/v2/team/full/manifests/${gone.digest}`)).status, 202);
});

check('pods start on a full volume', async () => {
  registry.kubectl('rollout', 'restart', 'deployment/registry');
  await registry.until('they are ready', () => registry.isRolledOut('deployment/registry'), 180);
  assert.equal(await load.lost(), []);
});

check('a collection frees the space of a full volume, and pushes are accepted again', async () => {
  const job = collect(registry, 'full');
  await registry.until('it is complete', () => hasCollected(registry, job), 300);
  const [, removed] = /removed (\d+) blobs/.exec(registry.logs(job)) ?? [];
  assert.ok(Number(removed) > filling, registry.logs(job));
  registry.rolledOut('deployment/registry');
  await registry.until('a push is accepted', () => pushes('collected'), 60);
  assert.equal(await load.lost(), []);
});

check('a full volume grows while it is used: no pod is replaced, and pushes are accepted', async () => {
  assert.match(await fill(), /: 500 /);
  const pods = podsOf();
  await withSize('128Mi', async (folder) => {
    const { code, out } = registry.program(folder, 'diff', '--live', '--overlay', OVERLAY);
    assert.is(code, 0, `a larger claim is safe:\n${out}`);
    const started = performance.now();
    registry.apply(OVERLAY, folder);
    await registry.until('the claim has grown', () => claim('.status.capacity.storage') === '128Mi', 120);
    await registry.until('a push is accepted', () => pushes('grown'), 60);
    console.log(`grown and accepted ${((performance.now() - started) / 1000).toFixed(1)} s after it was applied`);
  });
  assert.equal(podsOf(), pods);
  assert.equal(await load.lost(), []);
});

check(
  'a smaller claim is announced as one to be made anew, the API server refuses it, and nothing happens',
  async () => {
    const pods = podsOf();
    await withSize('32Mi', (folder) => {
      const { code, out } = registry.program(folder, 'diff', '--live', '--overlay', OVERLAY);
      assert.is(code, 12, out);
      assert.match(out, /cannot become smaller|can not be less than/);
      const refused = registry.node.kubectl('apply', '--kustomize', join(folder, 'overlays', OVERLAY));
      assert.is(refused.code, 1);
      assert.match(refused.err, 'field can not be less than');
    });
    assert.is(claim('.spec.resources.requests.storage'), '128Mi');
    assert.equal(podsOf(), pods);
    assert.ok(await pushes('refused'));
  },
);

check('a class that does not let volumes grow has a larger claim refused, which `diff` says before', async () => {
  registry.node.must('patch', 'storageclass', CLASS, '--patch={"allowVolumeExpansion":false}');
  await withSize('256Mi', (folder) => {
    const { code, out } = registry.program(folder, 'diff', '--live', '--overlay', OVERLAY);
    assert.is(code, 12, out);
    assert.match(out, 'must support resize');
    assert.is(registry.node.kubectl('apply', '--kustomize', join(folder, 'overlays', OVERLAY)).code, 1);
  });
  assert.ok(await pushes('not-grown'));
  assert.equal(await load.lost(), []);
});

test.run();
