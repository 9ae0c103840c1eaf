/** Redis on a real node with NetworkPolicies enforced: whatever restarts, one primary that all know, and no wrong answer. */
import { setTimeout as sleep } from 'node:timers/promises';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Client, type Load, pushImage } from '../../support/cluster/load.js';
import { hasNode, NodeRegistry, onNode, type Pod } from '../../support/cluster/node-registry.js';

const test = suite('Redis on a real node');
const check = onNode(test);
/** How often each disturbance is tried. */
const ROUNDS = process.env['SOAK'] === 'true' ? 20 : 2;
/** Milliseconds after the last pod's start within which all agree. */
const AGREED = 15_000;
const LOOK = [
  'redis-cli -p 6379 role | head -n 3 | tr "\\n" " "',
  'echo',
  'redis-cli -p 26379 sentinel get-master-addr-by-name registry | head -n 1',
].join('; ');

let registry: NodeRegistry;
let client: Client;
let load: Load;

/** What the containers of a pod say. */
interface View {
  pod: string;
  role: string;
  named: string;
}

const redisPods = (): Pod[] => registry.pods('redis');

function views(): View[] {
  return redisPods().map(({ metadata: { name: pod } }) => {
    const { out } = registry.node.kubectl(
      '--namespace',
      'registry',
      'exec',
      pod,
      '--container=sentinel',
      '--',
      'sh',
      '-c',
      LOOK,
    );
    const [role = '', named = ''] = out.split('\n');
    return { pod, role: role.trim(), named: named.trim() };
  });
}

/** @returns the pod that is the primary, that all others follow and all Sentinels name; undefined where that is not so */
function primary(seen: View[]): string | undefined {
  const found = seen.filter(({ role }) => role.startsWith('master'));
  if (seen.length !== 3 || found.length !== 1) return undefined;
  const host = `${found[0]!.pod}.registry-redis`;
  const isAgreed = seen.every(
    ({ role, named }) => named === host && (role.startsWith('master') || role === `slave ${host} 6379`),
  );
  return isAgreed ? found[0]!.pod : undefined;
}

/** @returns when the container that started last did so; undefined while one of the pods does not run */
function lastStart(): number | undefined {
  const statuses = redisPods().flatMap(({ status }) => status.containerStatuses ?? []);
  const starts = statuses.flatMap(({ state }) => (state.running ? [Date.parse(state.running.startedAt)] : []));
  return starts.length === 6 ? Math.max(...starts) : undefined;
}

/** @returns the primary, once all agree @throws AssertionError where that takes too long after the last start of a container */
async function agreed(what: string): Promise<string> {
  for (let seen = views(), start = lastStart(); ; seen = views(), start = lastStart()) {
    const found = primary(seen);
    if (found && start !== undefined) return found;
    assert.ok(start === undefined || Date.now() - start < AGREED, `${what}: ${JSON.stringify(seen)}`);
    await sleep(500);
  }
}

/** Deletes a manifest. A connection to a Redis that is gone may answer with 500 once, which clients try again; no answer may be wrong. */
async function deletes(name: string): Promise<void> {
  const image = await pushImage(client, 'team/deleted', name);
  const path = `/v2/team/deleted/manifests/${image.digest}`;
  const statuses: number[] = [];
  do statuses.push((await client.send('DELETE', path)).status);
  while (statuses.at(-1) === 500 && statuses.length < 3);
  assert.ok(
    statuses.at(-1) === 202 || (statuses.length > 1 && statuses.at(-1) === 404),
    `DELETE: ${statuses.join(', ')}`,
  );
  assert.is((await client.send('GET', path)).status, 404);
}

test.before(async () => {
  if (!hasNode) return;
  registry = new NodeRegistry();
  await registry.start();
  registry.apply('statefulset-redis');
  const address = await registry.address();
  client = new Client(() => address);
  load = await registry.startLoad({ pushers: 2, pullers: 1, deleters: 0 });
});
test.after(async () => {
  client?.close();
  load?.close();
  await registry?.stop();
});

const disturbances: Record<string, (name: string) => void> = {
  'a rolling restart of all': () => {
    registry.kubectl('rollout', 'restart', 'statefulset/registry-redis');
    registry.rolledOut('statefulset/registry-redis');
  },
  'a primary that is killed': (name) =>
    registry.killContainer(
      redisPods().find(({ metadata }) => metadata.name === name)!,
      'redis',
    ),
  'a primary whose pod is deleted': (name) => void registry.kubectl('delete', 'pod', name),
  'a primary whose pod is deleted by force': (name) =>
    void registry.kubectl('delete', 'pod', name, '--force', '--grace-period=0'),
};

for (const [what, disturb] of Object.entries(disturbances)) {
  check(`after ${what}, all agree on one primary, and deletions are answered as they are`, async () => {
    for (let round = 0; round < ROUNDS; round++) {
      disturb(await agreed(`before ${what} ${round}`));
      // Until it is seen that something was killed.
      await sleep(2000);
      await agreed(`${what} ${round}`);
      await deletes(`${what.replaceAll(' ', '-')}-${round}`);
    }
  });
}

check('nothing that was acknowledged meanwhile is lost', async () => {
  await load.stop();
  assert.ok(load.books.pushed > 0);
  assert.equal(await load.lost(), []);
});

test.run();
