/**
 * The promise: nothing that was acknowledged is lost. Images are pushed, deleted and pulled through two replicas while
 * garbage is collected again and again, by the protocol and, to see that this test can fail, without it.
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { LocalCluster } from '../../support/cluster/cluster.js';
import { Load } from '../../support/cluster/load.js';
import { until } from '../../support/processes.js';
import { findProgram, testWith } from '../../support/tools.js';

const registries = [
  { image: 'registry:2.8.2', program: 'docker-registry', deleteUntagged: false },
  { image: 'registry:3.1.2', program: 'registry', deleteUntagged: true },
];
/** For each registry with each form of Redis. The four of them make 1,000 pushes and 20 collections, and in the nightly run four times as many. */
const [PUSHES, COLLECTIONS] = process.env['SOAK'] === 'true' ? [1000, 20] : [260, 6];

const test = suite('what was acknowledged');

for (const { image, program, deleteUntagged } of registries) {
  const path = findProgram(program);
  const tools = path !== undefined && findProgram('redis-server') !== undefined;
  const withLoad = (name: string, redis: string, check: (cluster: LocalCluster, load: Load) => Promise<void>): void =>
    testWith(test, `${program} or redis-server`, tools, `${name}: ${image}, Redis: ${redis}`, async () => {
      const yaml = `image: ${image}\nhost: registry.example.com\ngc:\n  deleteUntagged: ${deleteUntagged}\noverlays:\n  it:\n    redis:\n      type: ${redis}\n    checks:\n      ignore:\n        delete-cache: Who pulls what is being deleted is no concern here.\n`;
      const cluster = new LocalCluster(yaml, path!);
      const load = new Load(() => cluster.next());
      try {
        await cluster.start();
        load.start();
        await check(cluster, load);
      } finally {
        load.close();
        await cluster.stop();
      }
    });

  for (const redis of ['sidecar', 'statefulset']) {
    withLoad(`${PUSHES} pushes, ${COLLECTIONS} collections, 0 lost`, redis, async (cluster, load) => {
      const { books } = load;
      let removed = 0;
      for (let count = 1; count <= COLLECTIONS; count++) {
        // Each collection falls among pushes, and some come after it.
        await until('images are pushed', () => books.pushed >= (count * PUSHES) / COLLECTIONS - 20, 60_000);
        const job = cluster.startJob('registry-gc');
        assert.is(await job.exited, 0, job.log());
        removed += job.log().split('blob eligible for deletion').length - 1;
        await until('the registry takes writes', () => cluster.isOpen, 15_000);
      }
      await until('images are pushed', () => books.pushed >= PUSHES, 60_000);
      await load.stop();
      assert.equal(await load.lost(), []);
      assert.equal(books.failedPulls, []);
      assert.ok(
        books.deleted > PUSHES / 10 &&
          removed > PUSHES / 10 &&
          books.pulled > PUSHES / 10 &&
          books.refused > COLLECTIONS,
        JSON.stringify({ ...books, live: books.live.size, removed }),
      );
      console.log(
        `${image}, ${redis}: ${books.pushed} pushed, ${books.deleted} deleted, ${books.pulled} pulled, ${books.refused} writes refused, ${COLLECTIONS} collections removed ${removed} blobs: 0 lost, 0 failed pulls`,
      );
    });
  }

  withLoad('the same load without the protocol loses some', 'statefulset', async (cluster, load) => {
    const { books } = load;
    let lost: string[] = [];
    const [collector, ...args] = cluster.collectorCommand();
    for (let count = 1; count <= 20 && lost.length === 0; count++) {
      for (let times = 0; times < 4; times++) {
        await until('images are pushed', () => books.pushed >= (count * 4 + times) * 10, 60_000);
        await cluster.processes.start(collector!, args, { OTEL_TRACES_EXPORTER: 'none' }).exited;
      }
      lost = await load.lost();
      // What is deleted while it is looked at is not lost.
      lost = lost.filter((line) => books.live.has(line.split(': ')[0]!));
    }
    await load.stop();
    lost = await load.lost();
    assert.ok(lost.length > 0, `${books.pushed} pushed, none lost`);
    console.log(
      `${image}, without the protocol: ${books.pushed} pushed, ${books.deleted} deleted: ${lost.length} lost, ${books.failedPulls.length} failed pulls`,
    );
  });
}
test.run();
