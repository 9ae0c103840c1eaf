/** The registry's metrics, on the real registry and Redis: they show the cache, and the registry's own port shows none of them. */
import { createHash } from 'node:crypto';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { LocalDeployment, PASSWORD, USER } from '../../support/cluster/deployment.js';
import { freePort, until } from '../../support/processes.js';
import { findProgram, testWith } from '../../support/tools.js';

const headers = { authorization: `Basic ${Buffer.from(`${USER}:${PASSWORD}`).toString('base64')}` };
const LAYER = 'layer';
const DIGEST = `sha256:${createHash('sha256').update(LAYER).digest('hex')}`;

/** The series that count the cache's lookups, and those that found something. Registry 2.8 has none before the first lookup. */
const registries = [
  {
    image: 'registry:2.8.2',
    program: 'docker-registry',
    lookups: 'registry_storage_cache_total{type="Request"}',
    hits: 'registry_storage_cache_total{type="Hit"}',
  },
  {
    image: 'registry:3.1.2',
    program: 'registry',
    lookups: 'registry_storage_cache_requests_total',
    hits: 'registry_storage_cache_hits_total',
  },
];

for (const { image, program, lookups, hits } of registries) {
  const path = findProgram(program);
  for (const form of ['sidecar', 'statefulset']) {
    const test = suite(`metrics of ${image}, Redis: ${form}`);
    const yaml = `image: ${image}\nmetrics:\n  enabled: true\noverlays:\n  it:\n    redis:\n      type: ${form}\n`;
    const withDeployment = (
      name: string,
      check: (deployment: LocalDeployment, registry: string, debugServer: string) => Promise<void>,
    ): void =>
      testWith(
        test,
        `${program} or redis-server`,
        path !== undefined && findProgram('redis-server') !== undefined,
        name,
        async () => {
          const deployment = new LocalDeployment(yaml, path!);
          try {
            await deployment.start(1);
            await check(deployment, `http://${deployment.replicas[0]}`, `http://${deployment.debugServers[0]}`);
          } finally {
            await deployment.stop();
          }
        },
      );

    withDeployment(
      'a blob asked for twice is a cache hit, and a miss once Redis has forgotten it',
      async (deployment, registry, debugServer) => {
        const cache = async (): Promise<{ hits: number; misses: number }> => {
          const text = await (await fetch(`${debugServer}/metrics`)).text();
          const valueOf = (series: string): number =>
            Number(
              text
                .split('\n')
                .find((line) => line.startsWith(`${series} `))
                ?.slice(series.length) ?? 0,
            );
          return { hits: valueOf(hits), misses: valueOf(lookups) - valueOf(hits) };
        };
        const ask = async (method: string): Promise<void> =>
          assert.is((await fetch(`${registry}/v2/one/blobs/${DIGEST}`, { method, headers })).status, 200);

        const begun = await fetch(`${registry}/v2/one/blobs/uploads/`, { method: 'POST', headers });
        const ended = await fetch(`${registry}${begun.headers.get('location')}&digest=${DIGEST}`, {
          method: 'PUT',
          headers,
          body: LAYER,
        });
        assert.is(ended.status, 201);
        await ask('HEAD');
        let before = await cache();
        for (const method of ['HEAD', 'GET']) {
          await ask(method);
          const now = await cache();
          assert.ok(
            now.hits > before.hits && now.misses === before.misses,
            `${method}: ${JSON.stringify({ before, now })}`,
          );
          before = now;
        }
        deployment.redis(deployment.redisPorts[0]!, 'flushall');
        await ask('HEAD');
        assert.ok((await cache()).misses > before.misses, 'the cache that is counted is Redis');
      },
    );

    withDeployment(
      'metrics, variables, profiles and health are on the debug server only',
      async (_, registry, debugServer) => {
        for (const path of ['/metrics', '/debug/vars', '/debug/pprof/', '/debug/health']) {
          assert.is((await fetch(debugServer + path)).status, 200, `${path} is there`);
          for (const request of [{}, { headers }]) {
            const { status } = await fetch(registry + path, request);
            assert.ok(status === 404 || status === 401, `${path} on the registry's port: ${status}`);
          }
        }
      },
    );

    withDeployment(
      'the sidecar passes on the metrics, and not the passwords that the debug server shows',
      async (deployment, _, debugServer) => {
        const shown = await (await fetch(`${debugServer}/debug/vars`)).text();
        // Registry 3 shows all settings, but none of them where one cannot be written as JSON, as with our Redis.
        assert.is(
          shown.includes(deployment.secret['redis-password']!),
          image === 'registry:2.8.2' && form === 'statefulset',
          'the debug server shows the password of Redis',
        );
        const port = await freePort();
        const [command, ...args] = deployment.pod.initContainers!.find(({ name }) => name === 'metrics')!.command!;
        const addressed = args.map((arg) =>
          arg.replace('http://127.0.0.1:5002', debugServer).replace('listen(5001)', `listen(${port}, '127.0.0.1')`),
        );
        const { child, exited, log } = deployment.processes.start(command!, addressed);
        const ask = (path: string, method = 'GET'): Promise<Response> =>
          fetch(`http://127.0.0.1:${port}${path}`, { method });
        await until('the sidecar answers', async () => (await ask('/metrics')).ok, 10_000, log);
        assert.match(await (await ask('/metrics')).text(), 'process_cpu_seconds_total');
        for (const path of [
          '/',
          '/debug/vars',
          '/debug/pprof/',
          '/debug/health',
          '/metrics/../debug/vars',
          '//metrics',
          '/metrics%2f..%2fdebug/vars',
        ]) {
          const answer = await ask(path);
          assert.equal([answer.status, await answer.text()], [404, ''], path);
        }
        assert.is((await ask('/metrics', 'POST')).status, 404);
        child.kill('SIGTERM');
        assert.is(await exited, 0, 'it goes when it is asked to');
      },
    );
    test.run();
  }
}
