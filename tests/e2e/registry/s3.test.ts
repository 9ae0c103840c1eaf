/** The generated configuration on the real registries, with the images in a bucket of a real S3 server. */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { LocalCluster } from '../../support/cluster/cluster.js';
import { AUTHORIZATION, LocalDeployment, PASSWORD, USER } from '../../support/cluster/deployment.js';
import { Client } from '../../support/cluster/client.js';
import { pushImage } from '../../support/cluster/push.js';
import { until } from '../../support/processes.js';
import { findProgram, testWith } from '../../support/tools.js';
import { Bucket, BUCKET, KEYS, ROOT } from './bucket.js';

const login = { authorization: AUTHORIZATION };

const registries = [
  {
    image: 'registry:2.8.2',
    program: 'docker-registry',
  },
  {
    image: 'registry:3.1.2',
    program: 'registry',
  },
];

for (const { image, program } of registries) {
  const test = suite(`${image}, images in a bucket`);
  const path = findProgram(program);
  const tools = path !== undefined && findProgram('versitygw') !== undefined && findProgram('crane') !== undefined;
  const yaml = ({ endpoint }: Bucket, { redirect = false, dryRun = false }): string => `image: ${image}
gc: { dryRun: ${dryRun} }
overlays:
  it:
    storage:
      type: s3
      s3: { bucket: ${BUCKET}, region: us-east-1, endpoint: "${endpoint}", rootDirectory: ${ROOT}, redirect: ${redirect} }
`;
  const withBucket = (name: string, run: (bucket: Bucket) => Promise<void>): void =>
    testWith(test, `${program}, versitygw or crane`, tools, name, async () => {
      const bucket = new Bucket();
      try {
        await bucket.start();
        await run(bucket);
      } finally {
        await bucket.stop();
      }
    });
  const withDeployment = (
    name: string,
    options: { redirect?: boolean; dryRun?: boolean },
    check: (deployment: LocalDeployment, url: string) => Promise<void>,
  ): void =>
    withBucket(name, async (bucket) => {
      const deployment = new LocalDeployment(yaml(bucket, options), path!, KEYS);
      try {
        await deployment.start(1);
        await check(deployment, `http://${deployment.replicas[0]}`);
      } finally {
        await deployment.stop();
      }
    });

  withBucket('pushes, pulls, deletes, collects by the protocol, and pushes again', async (bucket) => {
    const cluster = new LocalCluster(yaml(bucket, {}), path!, KEYS);
    const client = new Client(() => cluster.next());
    try {
      await cluster.start();
      const empty = cluster.startJob('registry-gc');
      assert.is(await empty.exited, 0, `an empty bucket is nothing to fail on: ${empty.log()}`);
      await until('the registry takes writes', () => cluster.isOpen, 15_000);

      const kept = await pushImage(client, 'team/kept', '1');
      const gone = await pushImage(client, 'team/gone', '1');
      for (const one of [kept, gone]) await client.pull(one);
      const before = bucket.blobs().length;
      assert.is((await client.send('DELETE', `/v2/team/gone/manifests/${gone.digest}`)).status, 202);
      assert.is(bucket.blobs().length, before, 'deleting a manifest leaves the blobs to the collector');

      const job = cluster.startJob('registry-gc');
      assert.is(await job.exited, 0, job.log());
      assert.match(job.log(), /removed [1-9]\d* blobs/);
      assert.equal(bucket.blobs(gone.digest), []);
      assert.ok(bucket.blobs().length < before, 'layers too');
      assert.is(bucket.blobs(kept.digest).length, 1, 'what is in use stays');
      await until('the registry takes writes', () => cluster.isOpen, 15_000);
      assert.is((await client.send('GET', `/v2/team/gone/manifests/${gone.digest}`)).status, 404);

      assert.is((await pushImage(client, 'team/gone', '1')).digest, gone.digest);
      for (const one of [kept, gone]) await client.pull(one);
      assert.is(bucket.blobs().length, before);
      assert.ok(
        bucket.keys.every((key) => key.startsWith(`${ROOT}/`)),
        'nothing outside the root directory',
      );
    } finally {
      client.close();
      await cluster.stop();
    }
  });

  for (const redirect of [false, true]) {
    withDeployment(
      redirect ? 'sends clients to the bucket where asked to' : 'passes layers on itself',
      { redirect },
      async (deployment, url) => {
        const env = { PATH: process.env['PATH']!, DOCKER_CONFIG: join(deployment.folder, 'home') };
        const crane = (...args: string[]): string =>
          execFileSync('crane', args, { env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], timeout: 20_000 });
        const [address] = deployment.replicas;
        crane('auth', 'login', address!, '-u', USER, '-p', PASSWORD);
        writeFileSync(join(deployment.folder, 'file'), 'hello');
        execFileSync('tar', ['cf', join(deployment.folder, 'layer.tar'), '-C', deployment.folder, 'file']);
        crane('append', '--insecure', '-f', join(deployment.folder, 'layer.tar'), '-t', `${address}/app:1`);
        assert.match(crane('export', '--insecure', `${address}/app:1`, '-'), 'hello');

        const { layers } = JSON.parse(crane('manifest', '--insecure', `${address}/app:1`)) as {
          layers: { digest: string }[];
        };
        const answer = await fetch(`${url}/v2/app/blobs/${layers[0]!.digest}`, { headers: login, redirect: 'manual' });
        assert.is(answer.status, redirect ? 307 : 200);
        if (!redirect) return;
        const location = answer.headers.get('location')!;
        assert.match(location, new RegExp(`^http://127\\.0\\.0\\.1:\\d+/${BUCKET}/${ROOT}/`), 'the bucket in the path');
        assert.is((await fetch(location)).status, 200, 'the URL lets in without a login');
      },
    );
  }

  withDeployment('in an empty bucket there is nothing to collect', { dryRun: true }, async (deployment) => {
    const { code, output } = await deployment.collect();
    assert.is(code, 0, output);
    assert.match(output, 'looked at 0 repositories');
  });

  withDeployment('refuses writes, and pulls on, while it is read-only', {}, async (deployment) => {
    const client = new Client(() => deployment.replicas[0]!);
    const image = await pushImage(client, 'app', '1');
    const closed = await deployment.startRegistry(1, { REGISTRY_STORAGE_MAINTENANCE_READONLY: '{"enabled":true}' });
    const reader = new Client(() => closed.address);
    for (const [method, resource] of [
      ['POST', 'blobs/uploads/'],
      ['PUT', 'manifests/1'],
      ['DELETE', `manifests/${image.digest}`],
    ] as const) {
      assert.is((await reader.send(method, `/v2/app/${resource}`, Buffer.from('{}'))).status, 405, method);
    }
    await reader.pull(image);
    for (const one of [client, reader]) one.close();
  });

  withDeployment(
    'a key that the service refuses turns / to 503, so the pod leaves the Service',
    {},
    async (deployment) => {
      const { address } = await deployment.startRegistry(1, { REGISTRY_STORAGE_S3_SECRETKEY: 'another' });
      await until('/ answers 503', async () => (await fetch(`http://${address}/`)).status === 503, 60_000);
    },
  );

  test.run();
}
