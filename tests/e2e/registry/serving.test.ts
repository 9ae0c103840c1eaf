/** The generated configuration on the real registry and Redis. */
import { execFileSync } from 'node:child_process';
import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { AUTHORIZATION as login, LocalDeployment, PASSWORD, USER } from '../../support/cluster/deployment.js';
import { digestOf } from '../../support/cluster/client.js';
import { until } from '../../support/processes.js';
import { findProgram, testWith } from '../../support/tools.js';

const registries = [
  { image: 'registry:2.8.2', program: 'docker-registry' },
  { image: 'registry:3.1.2', program: 'registry' },
];
const redisForms = ['none', 'sidecar', 'statefulset'];

for (const { image, program } of registries) {
  for (const form of redisForms) {
    const test = suite(`${image}, Redis: ${form}`);
    const path = findProgram(program);
    const tools = path !== undefined && findProgram('redis-server') !== undefined && findProgram('crane') !== undefined;
    // With a Redis in each pod only a single replica takes deletions.
    const yamlOf = (replicas: number): string =>
      `image: ${image}\nhost: registry.example.com\nreplicas: ${replicas}\ngc:\n  dryRun: true\n  graceSeconds: 0\noverlays:\n  it:\n    redis:\n      type: ${form}\n`;
    const withDeployment = (
      name: string,
      replicas: number,
      check: (deployment: LocalDeployment) => Promise<void>,
    ): void =>
      testWith(test, `${program}, redis-server or crane`, tools, name, async () => {
        const deployment = new LocalDeployment(yamlOf(replicas), path!);
        try {
          await deployment.start(replicas);
          await check(deployment);
        } finally {
          await deployment.stop();
        }
      });

    if (form !== 'none') {
      withDeployment(
        'logs in, uploads in chunks through two replicas, caches, and collects dry',
        2,
        async (deployment) => {
          const [a, b] = deployment.replicas.map((address) => `http://${address}`) as [string, string];
          const status = async (url: string, authorization?: string) =>
            (await fetch(url, { headers: authorization ? { authorization } : {} })).status;
          assert.is(await status(`${a}/`), 200, 'probes need no login');
          assert.is(await status(`${a}/v2/`), 401);
          assert.is(await status(`${a}/v2/`, `Basic ${btoa(`${USER}:wrong`)}`), 401);
          assert.is(await status(`${a}/v2/`, login), 200, 'our own htpasswd works');

          // A load balancer sends each request of one upload to another replica.
          const headers = {
            authorization: login,
            'x-forwarded-proto': 'https',
            'x-forwarded-host': 'elsewhere.example.com',
          };
          const begun = await fetch(`${a}/v2/one/blobs/uploads/`, { method: 'POST', headers });
          const first = begun.headers.get('location')!;
          assert.match(first, /^\/v2\/one\/blobs\/uploads\//, 'relative, so it leads back the way the client came');
          const sent = await fetch(b + first, {
            method: 'PATCH',
            headers: { ...headers, 'content-type': 'application/octet-stream' },
            body: 'layer',
          });
          assert.is(sent.status, 202, 'the replicas share the HTTP secret');
          const ended = await fetch(`${a}${sent.headers.get('location')}&digest=${digestOf('layer')}`, {
            method: 'PUT',
            headers,
          });
          assert.is(ended.status, 201);
          const read = await fetch(`${b}/v2/one/blobs/${digestOf('layer')}`, { headers });
          assert.is(await read.text(), 'layer');

          const keys = deployment.redis(deployment.redisPorts[0]!, 'keys', '*');
          assert.match(keys, `blobs::${digestOf('layer')}`, 'the registry reached Redis, password included');
          assert.match(deployment.redis(deployment.redisPorts[0]!, 'config', 'get', 'maxmemory-policy'), 'allkeys-lru');
          assert.match(
            deployment.redis(deployment.redisPorts[0]!, 'config', 'get', 'maxmemory'),
            // Half of the memory limit of 256Mi where replicas copy the data, else three quarters.
            String((form === 'statefulset' ? 128 : 192) * 2 ** 20),
          );

          const { code, output } = await deployment.collect();
          assert.is(code, 0, output);
          assert.match(output, /garbage: 1 blobs?, 5 bytes; /);
          assert.is(await status(`${a}/v2/one/blobs/${digestOf('layer')}`, login), 200, 'a dry run removes nothing');
        },
      );

      withDeployment('a real client logs in, pushes, pulls, lists and deletes', 1, async (deployment) => {
        const [address] = deployment.replicas;
        const home = join(deployment.folder, 'home');
        const env = { PATH: process.env['PATH']!, DOCKER_CONFIG: home };
        const crane = (...args: string[]) =>
          execFileSync('crane', args, { env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
        crane('auth', 'login', address!, '-u', USER, '-p', PASSWORD);
        writeFileSync(join(deployment.folder, 'file'), 'hello');
        execFileSync('tar', ['cf', join(deployment.folder, 'layer.tar'), '-C', deployment.folder, 'file']);
        crane('append', '--insecure', '-f', join(deployment.folder, 'layer.tar'), '-t', `${address}/app:1`);
        assert.match(crane('ls', '--insecure', `${address}/app`), '1');
        crane('pull', '--insecure', `${address}/app:1`, join(deployment.folder, 'pulled.tar'));
        assert.match(crane('export', '--insecure', `${address}/app:1`, '-'), 'hello');
        crane('copy', '--insecure', `${address}/app:1`, `${address}/team/other:2`);
        assert.equal(crane('catalog', '--insecure', address!).trim().split('\n'), ['app', 'team/other']);
        crane('delete', '--insecure', `${address}/app@${crane('digest', '--insecure', `${address}/app:1`).trim()}`);
        assert.throws(
          () => crane('pull', '--insecure', `${address}/app:1`, join(deployment.folder, 'deleted.tar')),
          /MANIFEST_UNKNOWN/,
        );
        crane('pull', '--insecure', `${address}/team/other:2`, join(deployment.folder, 'other.tar'));
        crane('auth', 'login', address!, '-u', USER, '-p', 'wrong');
        assert.throws(() => crane('ls', '--insecure', `${address}/app`), /UNAUTHORIZED|401/);
      });
    }

    if (form === 'statefulset') {
      withDeployment('the replica follows the primary, and neither lets in a wrong password', 1, async (deployment) => {
        const [primary, replica] = deployment.redisPorts as [number, number];
        assert.match(deployment.redis(primary, 'set', 'k', 'v'), 'OK');
        await until('the replica has the key', () => deployment.redis(replica, 'get', 'k').trim() === 'v', 10_000);
        assert.match(deployment.redis(replica, 'role'), 'slave');
        for (const port of [primary, replica]) assert.not(deployment.probeRedis(port, 'wrong'));
      });
    }

    if (form === 'none') {
      withDeployment('storage out of reach turns / to 503, so the pod leaves the Service', 1, async (deployment) => {
        const [address] = deployment.replicas;
        // A file where the volume was mounted: looking into it fails, as with a broken mount.
        renameSync(deployment.volume, `${deployment.volume}.gone`);
        writeFileSync(deployment.volume, '');
        await until('/ answers 503', async () => (await fetch(`http://${address}/`)).status === 503, 60_000);
      });
    }
    test.run();
  }
}
