/** What the real registry does where Redis is gone, slow, full or of another password, and where its primary is lost. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { LocalDeployment } from '../../support/cluster/deployment.js';
import { type Image, ImageClient } from '../../support/cluster/images.js';
import { until } from '../../support/processes.js';
import { findProgram, testWith } from '../../support/tools.js';
import { prepare } from '../../support/hooks.js';

const hasRedis = findProgram('redis-server') !== undefined;
const redisYaml = (image: string, redis: string): string =>
  `image: ${image}\nhost: registry.example.com\n# A password costs 70 ms a request.\nauth:\n  type: none\noverlays:\n  it:\n    redis:\n      type: statefulset\n      ${redis}\n`;
/** With REPORT_LATENCY=true the slowest answers are printed. */
const reports = process.env['REPORT_LATENCY'] === 'true';

const registries = [
  { image: 'registry:2.8.2', program: 'docker-registry' },
  { image: 'registry:3.1.2', program: 'registry' },
];

for (const { image, program } of registries) {
  const test = suite(`${image}, faults of Redis`);
  const path = findProgram(program);
  const tools = path !== undefined && hasRedis;
  let deployment: LocalDeployment;
  let client: ImageClient;
  const acknowledged: Image[] = [];

  /** Pushes and pulls one image. @returns the longest that a request took, in milliseconds */
  const pushAndPull = async (what: string, layerCount?: number): Promise<number> => {
    const before = client.answers.length;
    const pushed = await client.push(layerCount);
    acknowledged.push(pushed);
    await client.pull(pushed);
    const answers = client.answers.slice(before);
    if (reports)
      console.log(
        `${image}, ${what}: ${answers.map(({ request, milliseconds }) => `${request} ${Math.round(milliseconds)} ms`).join(', ')}`,
      );
    return Math.max(...answers.map(({ milliseconds }) => milliseconds));
  };
  const keys = (): number => Number(deployment.redis(deployment.redisPorts[0]!, 'dbsize'));
  /** The registry fills the cache: a dead connection is found out when it is used. */
  const cachesAgain = (): Promise<void> =>
    until(
      'the registry fills the cache',
      async () => {
        await pushAndPull('back');
        return keys() > 0;
      },
      10_000,
    );

  const check = (name: string, run: () => Promise<void>): void =>
    testWith(test, `${program} or redis-server`, tools, name, run);

  if (tools) {
    prepare(test, async () => {
      deployment = new LocalDeployment(redisYaml(image, 'replicas: 1'), path);
      await deployment.start(1, false);
      client = new ImageClient(deployment.replicas[0]!);
    });
    test.after(() => deployment.stop());
  }

  check(
    'gone from the start: pushes and pulls go on without waiting, and the cache is used once it is there',
    async () => {
      assert.ok((await pushAndPull('gone from the start')) < 2000);
      await deployment.redisPods!.start();
      await cachesAgain();
    },
  );

  check('gone later: pushes and pulls go on; a deletion is made, or refused and not made', async () => {
    await deployment.redisPods!.kill(0);
    assert.ok((await pushAndPull('gone later')) < 2000);
    const [blob] = acknowledged.at(-1)!.blobs.keys();
    assert.is((await client.request('DELETE', `/blobs/${blob}`)).status, 500);
    await client.pull(acknowledged.at(-1)!);
  });

  check('back: starts empty, and is used', async () => {
    await deployment.redisPods!.start(0);
    assert.is(keys(), 0);
    await cachesAgain();
  });

  check('slow: pushes and pulls go on, each lookup half a second later, and what was deleted stays so', async () => {
    const deleted = await client.push();
    await client.pull(deleted);
    deployment.redisPods!.process(0).kill('SIGSTOP');
    const slowest = await pushAndPull('stopped', 0).finally(() => deployment.redisPods!.process(0).kill('SIGCONT'));
    assert.ok(slowest > 400 && slowest < 15_000, `${slowest} ms`);
    deployment.redisPods!.process(0).kill('SIGSTOP');
    const { status } = await client
      .request('DELETE', `/manifests/${deleted.digest}`)
      .finally(() => deployment.redisPods!.process(0).kill('SIGCONT'));
    await until('Redis goes on', () => keys() > 0, 5000);
    if (status === 202) assert.is((await client.request('GET', `/manifests/${deleted.digest}`)).status, 404);
    else {
      assert.is(status, 500);
      await client.pull(deleted);
    }
  });

  check('full: evicts; and where it refuses writes, pushes and pulls go on all the same', async () => {
    const [port] = deployment.redisPorts as [number];
    const ask = (...command: string[]): string => deployment.redis(port, ...command);
    const fill = 'for i = 1, 20000 do redis.call("SET", KEYS[1] .. i, string.rep("x", 100)) end';
    ask('config', 'set', 'maxmemory', '3mb');
    for (let round = 0; round < 3; round++) ask('eval', fill, '1', `filler-${round}-`);
    assert.match(ask('info', 'stats'), /evicted_keys:[1-9]/);
    assert.ok((await pushAndPull('full, evicts')) < 2000);
    ask('config', 'set', 'maxmemory-policy', 'noeviction');
    ask('config', 'set', 'maxmemory', '1mb');
    assert.match(ask('set', 'one', 'more'), 'OOM');
    assert.ok((await pushAndPull('full, refuses')) < 2000);
    await deployment.redisPods!.kill(0);
    await deployment.redisPods!.start(0);
    assert.match(ask('config', 'get', 'maxmemory-policy'), 'allkeys-lru');
  });

  check('another password: pushes and pulls go on', async () => {
    const password = deployment.secret['redis-password']!;
    await deployment.redisPods!.kill(0);
    deployment.secret['redis-password'] = 'another';
    await deployment.redisPods!.start(0);
    assert.ok((await pushAndPull('another password')) < 2000);
    assert.is(keys(), 0, 'the registry is not let in');
    assert.match(deployment.logs[0]!(), /WRONGPASS|invalid username-password|NOAUTH/);
    await deployment.redisPods!.kill(0);
    deployment.secret['redis-password'] = password;
    await deployment.redisPods!.start(0);
    await cachesAgain();
  });

  check("a replica starts empty too, in the folder in which it got the primary's keys", async () => {
    const [primary, replica] = deployment.redisPorts as [number, number];
    await until(
      'the replica has the keys',
      () => deployment.redis(replica, 'dbsize') === deployment.redis(primary, 'dbsize') && keys() > 0,
      10_000,
    );
    await deployment.redisPods!.kill(0);
    await deployment.redisPods!.kill(1);
    await deployment.redisPods!.start(1);
    assert.is(deployment.redis(replica, 'dbsize').trim(), '0');
    await deployment.redisPods!.start(0);
  });

  check('every image that was acknowledged can be pulled', async () => {
    assert.ok(acknowledged.length >= 6);
    for (const one of acknowledged) await client.pull(one);
  });
  test.run();
}

const test = suite('registry:3.1.2, the primary is lost');
const registry = findProgram('registry');

testWith(
  test,
  'registry or redis-server',
  registry !== undefined && hasRedis,
  'the registry goes on, and uses the replica that the Sentinels choose; the old primary follows it',
  async () => {
    const deployment = new LocalDeployment(redisYaml('registry:3.1.2', 'replicas: 2'), registry!);
    try {
      await deployment.start(1);
      const pods = deployment.redisPods!;
      const role = (ordinal: number): string => deployment.redis(pods.ports[ordinal]!, 'role').split('\n')[0]!;
      const sentinel = (ordinal: number, ...command: string[]): string =>
        deployment.redis(pods.sentinelPorts[ordinal]!, 'sentinel', ...command);
      assert.equal([0, 1, 2].map(role), ['master', 'slave', 'slave']);
      // A Sentinel asks the primary for its replicas every ten seconds.
      for (const ordinal of [0, 1, 2])
        await until(
          'the Sentinels know all replicas and each other',
          () => /num-slaves\n2\nnum-other-sentinels\n2\n/.test(sentinel(ordinal, 'master', 'registry')),
          20_000,
        );
      const client = new ImageClient(deployment.replicas[0]!);
      const acknowledged = [await client.push()];
      deployment.redis(pods.ports[0]!, 'set', 'since deleted', 'x');
      for (const ordinal of [1, 2])
        await until(
          'the replicas have the keys',
          () => deployment.redis(pods.ports[ordinal]!, 'get', 'since deleted').trim() === 'x',
          5000,
        );

      const lost = performance.now();
      await pods.kill(0);
      const before = client.answers.length;
      let primary = 0;
      await until(
        'the registry fills the cache of a new primary',
        async () => {
          const image = await client.push();
          acknowledged.push(image);
          await client.pull(image);
          primary = [1, 2].find((ordinal) => role(ordinal) === 'master') ?? 0;
          return (
            primary > 0 && deployment.redis(pods.ports[primary]!, 'exists', `blobs::${image.digest}`).trim() === '1'
          );
        },
        25_000,
        () => pods.log(1, 'sentinel'),
      );
      const slowest = Math.max(...client.answers.slice(before).map(({ milliseconds }) => milliseconds));
      if (reports)
        console.log(
          `a new primary is used after ${Math.round(performance.now() - lost)} ms, ${acknowledged.length - 1} images later; slowest answer ${Math.round(slowest)} ms`,
        );
      assert.ok(slowest < 5000, `${slowest} ms`);

      deployment.redis(pods.ports[primary]!, 'del', 'since deleted');
      await pods.start(0);
      assert.is(role(0), 'slave', 'it asks the Sentinels before it starts');
      await until(
        'it has what the new primary has',
        () => deployment.redis(pods.ports[0]!, 'dbsize') === deployment.redis(pods.ports[primary]!, 'dbsize'),
        10_000,
      );
      assert.is(deployment.redis(pods.ports[0]!, 'exists', 'since deleted').trim(), '0');
      await until(
        'its Sentinel counts with the others, once',
        () => sentinel(primary, 'ckquorum', 'registry').startsWith('OK 3 usable'),
        10_000,
      );
      for (const image of acknowledged) await client.pull(image);

      deployment.secret['redis-password'] = 'another';
      for (const ordinal of [0, 1, 2]) await pods.kill(ordinal);
      await pods.start();
      await client.pull(await client.push());
      assert.match(deployment.logs[0]!(), 'WRONGPASS', 'the Sentinels do not let it in');
    } finally {
      await deployment.stop();
    }
  },
);
test.run();
