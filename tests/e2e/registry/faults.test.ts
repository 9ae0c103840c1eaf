/** Processes killed at random while images are pushed, deleted, pulled and collected: what was acknowledged is there afterwards. */
import type { ChildProcess } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { LocalCluster } from '../../support/cluster/cluster.js';
import { Load } from '../../support/cluster/load.js';
import { type Processes, until } from '../../support/processes.js';
import { findProgram, testWith } from '../../support/tools.js';

const registries = [
  { image: 'registry:2.8.2', program: 'docker-registry', redis: 'sidecar' },
  { image: 'registry:3.1.2', program: 'registry', redis: 'statefulset' },
];
/** For each registry: 50 in all, and in the nightly run twice as many. */
const ROUNDS = process.env['SOAK'] === 'true' ? 50 : 25;

const test = suite('kill -9');

for (const { image, program, redis } of registries) {
  const path = findProgram(program);
  const tools = path !== undefined && findProgram('redis-server') !== undefined;
  testWith(
    test,
    `${program} or redis-server`,
    tools,
    `${ROUNDS} processes at random, 0 lost: ${image}, Redis: ${redis}`,
    async () => {
      const yaml = `image: ${image}\nhost: registry.example.com\ngc: { deleteUntagged: true, graceSeconds: 0 }\noverlays:\n  it:\n    redis:\n      type: ${redis}\n    checks:\n      ignore:\n        delete-cache: Who pulls what is being deleted is no concern here.\n`;
      const cluster = new LocalCluster(yaml, path!);
      // Caches apart take no deletions: there, what has no tag is the garbage.
      const load = new Load(() => cluster.next(), { deleteUntagged: true, deletes: redis !== 'sidecar' });
      const hit: Record<string, number> = {};
      /** The collection that runs now; as soon as it ends, the CronJob's next. */
      let job: ReturnType<Processes['start']> | undefined;
      let over = false;
      let collections = 0;
      const collecting = async (): Promise<void> => {
        while (!over) {
          job = cluster.startJob('registry-gc');
          // 4: it kept what upstream's own would have removed, as some of the shapes always make it.
          if ([0, 4].includes((await job.exited) ?? 1)) collections++;
          await sleep(300);
        }
      };
      try {
        await cluster.start();
        load.start();
        const collector = collecting();
        for (let round = 0; round < ROUNDS; round++) {
          await sleep(Math.random() * 500);
          const victims: Record<string, ChildProcess[]> = {
            replica: cluster.pods.flatMap(({ child }) => child ?? []),
            collector: [job!.child],
          };
          for (const [name, child] of cluster.redisProcesses()) (victims[name] ??= []).push(child);
          // Each kind in its turn, one of them at random.
          const kinds = Object.keys(victims);
          const kind = kinds[round % kinds.length]!;
          const chosen = victims[kind]![Math.floor(Math.random() * victims[kind]!.length)];
          if (chosen) cluster.processes.kill(chosen);
          hit[kind] = (hit[kind] ?? 0) + 1;
          // However slow the machine: something was pushed between two kills.
          const { pushed } = load.books;
          await until('images are pushed', () => load.books.pushed > pushed + 1, 60_000);
        }
        // On a slow machine each of them was hit.
        await until('a collection comes to its end', () => collections > 0, 60_000);
        over = true;
        await collector;
        const recover = cluster.startJob('registry-gc-recover');
        assert.is(await recover.exited, 0, recover.log());
        await until('the registry takes writes', () => cluster.isOpen, 30_000);
        const { pushed } = load.books;
        await until('and images are pushed', () => load.books.pushed > pushed, 30_000);
        await load.stop();
        assert.equal(await load.lost(), []);
        assert.ok(
          ['replica', 'redis', 'collector'].every((victim) => hit[victim]! > 0) &&
            collections > 0 &&
            load.books.pushed > 100,
          JSON.stringify({ hit, collections, pushed: load.books.pushed }),
        );
        console.log(
          `${image}, ${redis}: killed ${JSON.stringify(hit)}, ${collections} collections came to their end, ${load.books.pushed} pushed, ${load.books.deleted} deleted: 0 lost`,
        );
      } finally {
        over = true;
        load.close();
        await cluster.stop();
      }
    },
  );
}
test.run();
