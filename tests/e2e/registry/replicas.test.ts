/** Two replicas behind a Service: what a client sees when one dies, and when both are replaced. */
import { createHash } from 'node:crypto';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { LocalCluster } from '../../support/cluster/cluster.js';
import { Client, digestOf } from '../../support/cluster/client.js';
import { Load } from '../../support/cluster/load.js';
import { until } from '../../support/processes.js';
import { findProgram, testWith } from '../../support/tools.js';

const test = suite('two replicas');

for (const { image, program } of [
  { image: 'registry:2.8.2', program: 'docker-registry' },
  { image: 'registry:3.1.2', program: 'registry' },
]) {
  const path = findProgram(program);
  const tools = path !== undefined && findProgram('redis-server') !== undefined;
  const withCluster = (name: string, check: (cluster: LocalCluster) => Promise<void>): void =>
    testWith(test, `${program} or redis-server`, tools, `${name}: ${image}`, async () => {
      const cluster = new LocalCluster(
        `image: ${image}\nhost: registry.example.com\noverlays:\n  it:\n    redis:\n      type: statefulset\n`,
        path!,
      );
      try {
        await cluster.start();
        await check(cluster);
      } finally {
        await cluster.stop();
      }
    });

  withCluster(
    'one is killed in the middle of an upload in chunks, and the client ends it through the other',
    async (cluster) => {
      const [first, second] = cluster.pods;
      let address = first!.address!;
      const client = new Client(() => address);
      try {
        const content = Buffer.concat(
          Array.from({ length: 4096 }, (_, part) => createHash('sha512').update(`${image} ${part}`).digest()),
        );
        const chunks = [0, 1, 2, 3].map((part) =>
          content.subarray((part * content.length) / 4, ((part + 1) * content.length) / 4),
        );
        let { headers } = await client.send('POST', '/v2/team/app/blobs/uploads/', Buffer.alloc(0));
        for (const chunk of chunks.slice(0, 2))
          ({ headers } = await client.send('PATCH', String(headers['location']), chunk));
        // In the middle of the third chunk: its answer never comes, and the client asks how far it got.
        const place = String(headers['location']);
        const cut = client.send('PATCH', place, chunks[2]).catch(() => undefined);
        cluster.processes.kill(first!.child!);
        await cut;
        address = second!.address!;
        const known = await client.send('GET', place);
        assert.is(known.status, 204);
        const received = Number(/-(\d+)$/.exec(String(known.headers['range']))![1]) + 1;
        assert.ok(
          received >= content.length / 2 && received <= (content.length * 3) / 4,
          `${received} of ${content.length}`,
        );
        const rest = await client.send('PATCH', String(known.headers['location']), content.subarray(received));
        assert.is(rest.status, 202, rest.body.toString());
        const digest = digestOf(content);
        const ended = await client.send('PUT', `${String(rest.headers['location'])}&digest=${digest}`, Buffer.alloc(0));
        assert.is(ended.status, 201, ended.body.toString());
        assert.is(digestOf((await client.send('GET', `/v2/team/app/blobs/${digest}`)).body), digest);
      } finally {
        client.close();
      }
    },
  );

  withCluster('both are replaced under load, twice: no pull fails, nothing is lost', async (cluster) => {
    const load = new Load(() => cluster.next());
    try {
      load.start();
      await until('there is something to pull', () => load.books.pushed > 20, 30_000);
      for (let times = 0; times < 2; times++) {
        const { pulled, pushed } = load.books;
        await cluster.roll();
        await until(
          'pulls and pushes went on',
          () => load.books.pulled > pulled + 20 && load.books.pushed > pushed + 10,
          30_000,
        );
      }
      await load.stop();
      assert.equal(load.books.failedPulls, []);
      assert.equal(await load.lost(), []);
    } finally {
      load.close();
    }
  });
}
test.run();
