/** Every shipped overlay on a real node, one applied over the other, with NetworkPolicies and the restricted standard enforced. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { blobFile } from '../../../generator/collector/layout.mjs';
import { Client, type Image } from '../../support/cluster/client.js';
import { pushImage, pushIndex } from '../../support/cluster/push.js';
import { collect, COLLECTS_AT_ONCE, hasCollected } from '../../support/node/collections.js';
import { hasNode, NAMESPACE, NodeRegistry, onNode, UID } from '../../support/node/registry.js';
import { prepare } from '../../support/hooks.js';

const test = suite('overlays on a real node');
const check = onNode(test);
let registry: NodeRegistry;
let client: Client;

prepare(test, async () => {
  if (!hasNode) return;
  registry = new NodeRegistry();
  await registry.start();
});
test.after(async () => {
  client?.close();
  await registry?.stop();
});

/** Replaces the client, as its connections lead to pods that may be gone. @returns the address of the registry */
async function newClient(): Promise<string> {
  const address = await registry.address();
  client?.close();
  client = new Client(() => address);
  return address;
}

for (const overlay of ['sidecar-redis', 'statefulset-redis', 'no-tls', 'tls']) {
  check(`${overlay} is ready as generated, and is what was applied`, async () => {
    // GKE reads the class of an Ingress from there alone.
    const warnings = registry.apply(overlay).replace(/^Warning: annotation "kubernetes.io\/ingress.class" .*\n/m, '');
    assert.is(warnings, '', 'kubectl has nothing to warn of');
    const { code, out } = registry.node.kubectl('diff', '--kustomize', join('overlays', overlay));
    assert.is(code, 0, out);
  });

  check(`${overlay}: images are pushed and pulled, and deleted where that is taken`, async () => {
    const address = await newClient();
    assert.is(
      (
        await fetch(`http://${address}/v2/`, {
          headers: { connection: 'close' },
          signal: AbortSignal.timeout(10_000),
        })
      ).status,
      401,
    );
    const kept = await pushIndex(client, 'team/kept', overlay);
    const deleted = await pushImage(client, 'team/gone', overlay);
    await client.pull(deleted);
    const { status } = await client.send('DELETE', `/v2/team/gone/manifests/${deleted.digest}`);
    // Pods with a cache each take no deletions: one pod would not know what another one has deleted.
    const isApart = overlay === 'sidecar-redis';
    assert.is(status, isApart ? 405 : 202);
    assert.is((await client.send('GET', `/v2/team/gone/manifests/${deleted.digest}`)).status, isApart ? 200 : 404);
    await client.pull(kept);
    const restarts = registry
      .pods('registry')
      .flatMap(({ status: { containerStatuses = [] } }) => containerStatuses.map(({ restartCount }) => restartCount));
    assert.ok(restarts.length >= 2 && restarts.every((count) => count === 0), String(restarts));
  });
}

check('a collection removes what was deleted, and nothing else', async () => {
  await registry.applyWith(COLLECTS_AT_ONCE, 'tls');
  await newClient();
  const image = await pushImage(client, 'team/collected', 'gone');
  const kept = await pushIndex(client, 'team/collected', 'kept');
  assert.is((await client.send('DELETE', `/v2/team/collected/manifests/${image.digest}`)).status, 202);
  const isThere = ({ digest }: Image): boolean =>
    existsSync(join(registry.images(), 'docker/registry/v2', blobFile(digest)));
  assert.ok(isThere(image));
  const job = collect(registry, 'by-hand');
  await registry.until('it is complete', () => hasCollected(registry, job), 300);
  assert.match(
    registry.logs(job),
    /writes are refused[^]* collecting[^]*removed \d+ blobs[^]*writes are accepted again/,
  );
  assert.equal([isThere(image), isThere(kept)], [false, true]);
  // With the pods that were read-only their connections went.
  registry.rolledOut('deployment/registry');
  await newClient();
  await client.pull(kept);
  // A pod that refuses writes serves on for some seconds, until all know that it goes.
  await registry.until(
    'a push is accepted',
    async () => Boolean(await pushImage(client, 'team/collected', 'after')),
    60,
  );
});

check('no pod reaches what its NetworkPolicy does not name', async () => {
  const [redis] = registry.pods('redis');
  const connect = `for port in 5000 6379; do nc -w 2 "$0" $port </dev/null >/dev/null 2>&1 && echo $port; done; true`;
  const asked = (from: string, container: string, to: string): string[] =>
    registry
      .kubectl('exec', from, `--container=${container}`, '--', 'sh', '-c', connect, to)
      .split('\n')
      .filter(Boolean);
  const [pod] = registry.pods('registry');
  assert.equal(asked(pod!.metadata.name, 'registry', redis!.status.podIP!), ['6379']);
  assert.equal(asked(redis!.metadata.name, 'redis', pod!.status.podIP!), []);
  const other = registry.node.kubectl(
    '--namespace',
    'kube-system',
    'run',
    'other',
    '--image=redis:7.2.16-alpine',
    '--image-pull-policy=Never',
    '--restart=Never',
    '--',
    'sleep',
    '600',
  );
  assert.is(other.code, 0, other.err);
  registry.node.must('--namespace', 'kube-system', 'wait', 'pod/other', '--for=condition=Ready', '--timeout=60s');
  const outside = registry.node.must(
    '--namespace',
    'kube-system',
    'exec',
    'other',
    '--',
    'sh',
    '-c',
    connect,
    redis!.status.podIP!,
  );
  assert.is(outside, '', `${NAMESPACE}'s Redis is for the registry's pods`);
});

check('a volume that cannot be written keeps pods from starting, and the message says what to do', async () => {
  const give = (owner: string): void => void execFileSync('chown', ['-R', owner, registry.images()]);
  give('0:0');
  registry.kubectl('delete', 'pods', '--selector=app.kubernetes.io/component=registry');
  const said = (): string =>
    registry.node.kubectl('--namespace', NAMESPACE, 'logs', 'deployment/registry', '--container=check-storage').out;
  await registry.until('the message', () => said().includes('cannot write'), 60);
  assert.not(registry.isRolledOut('deployment/registry'));
  assert.match(said(), 'chown');
  give(`${UID}:${UID}`);
  await registry.until('the pods are ready', () => registry.isRolledOut('deployment/registry'), 120);
});

test.run();
