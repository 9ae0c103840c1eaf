/**
 * Two replicas, each with a cache of its own, as upstream runs them: what one deletes is still known to the other, which tells a
 * client so, and the image that is pushed then lacks it. A test of upstream that fails says that upstream has mended it. The
 * overlay's answer is that such a registry takes no deletions.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Client, digestOf, expectStatus } from '../../support/cluster/client.js';
import { LocalDeployment } from '../../support/cluster/deployment.js';
import { configOf, pushContents, pushImage } from '../../support/cluster/push.js';
import { findProgram, testWith } from '../../support/tools.js';

const registries = [
  { image: 'registry:2.8.2', program: 'docker-registry' },
  { image: 'registry:3.1.2', program: 'registry' },
];

const test = suite('a cache for each replica');

for (const { image, program } of registries) {
  const path = findProgram(program);
  const tools = path !== undefined && findProgram('redis-server') !== undefined;
  /** Two replicas of the overlay, each with its sidecar. */
  const withReplicas = (
    name: string,
    variables: Record<string, string>,
    check: (a: Client, b: Client) => Promise<void>,
  ): void =>
    testWith(test, `${program} or redis-server`, tools, `${image}: ${name}`, async () => {
      const yaml = `image: ${image}\nhost: registry.example.com\nreplicas: 2\noverlays:\n  it:\n    redis: { type: sidecar }\n`;
      const deployment = new LocalDeployment(yaml, path!);
      const clients: Client[] = [];
      try {
        for (const index of [0, 1]) {
          const folder = join(deployment.folder, `replica-${index}`);
          mkdirSync(folder);
          const redis = deployment.makeRedis(folder);
          await redis.reserve();
          await redis.start();
          const { address } = await deployment.startRegistry(index, variables, redis);
          clients.push(new Client(() => address));
        }
        await check(clients[0]!, clients[1]!);
      } finally {
        for (const client of clients) client.close();
        await deployment.stop();
      }
    });

  withReplicas(
    'upstream acknowledges, and loses, a layer that the other replica has deleted',
    { REGISTRY_STORAGE_DELETE_ENABLED: 'true' },
    async (a, b) => {
      const layer = Buffer.from('known to both');
      const contents = { config: configOf('v1'), layers: [layer] };
      const pushed = await pushContents(a, 'team/app', 'v1', contents);
      await b.pull(pushed);
      const place = `/v2/team/app/blobs/${digestOf(layer)}`;
      expectStatus(await a.send('DELETE', `/v2/team/app/manifests/${pushed.digest}`), 202, 'DELETE manifest');
      expectStatus(await a.send('DELETE', place), 202, 'DELETE blob');
      const again = await pushContents(b, 'team/app', 'v2', { ...contents, config: configOf('v2') });
      // It was acknowledged, and the registry as such does not have it.
      await a.pull(again).then(
        () => assert.unreachable('mended'),
        (error: Error) => assert.match(error.message, `GET ${place}: 404`),
      );
      // Nor does a client that pushes it once more mend it.
      await pushContents(b, 'team/app', 'v2', { ...contents, config: configOf('v2') });
      assert.is((await a.send('GET', place)).status, 404);
    },
  );

  withReplicas('the overlay takes no deletions, and says so', {}, async (a, b) => {
    const pushed = await pushImage(a, 'team/app', 'v1');
    const { layers } = JSON.parse(
      (
        await a.send('GET', `/v2/team/app/manifests/${pushed.digest}`, undefined, undefined, pushed.mediaType)
      ).body.toString(),
    ) as { layers: { digest: string }[] };
    for (const place of [`manifests/${pushed.digest}`, `blobs/${layers[0]!.digest}`])
      assert.is((await a.send('DELETE', `/v2/team/app/${place}`)).status, 405, place);
    await b.pull(pushed);
  });
}
test.run();
