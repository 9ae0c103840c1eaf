/** One Redis is the primary, and all Sentinels know it, in whatever order pods come and go and whatever the network does meanwhile. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { LocalDeployment } from '../../support/cluster/deployment.js';
import { until } from '../../support/processes.js';
import { findProgram, testWith } from '../../support/tools.js';

const test = suite('roles of Redis');
const PODS = [0, 1, 2];
/** Milliseconds within which all agree, whatever happened. */
const AGREED = 15_000;
/** Milliseconds within which a lost primary has a successor: Sentinels wait twice the failover-timeout after the one before. */
const SUCCEEDED = 30_000;
/** Times that every pod is replaced. */
const ROUNDS = process.env['SOAK'] === 'true' ? 20 : 2;
let deployment: LocalDeployment;

const check = (name: string, run: () => Promise<void>): void =>
  testWith(test, 'redis-server', findProgram('redis-server') !== undefined, name, run);

const pods = () => deployment.redisPods!;
const role = (ordinal: number): string[] => deployment.redis(pods().ports[ordinal]!, 'role').trim().split('\n');
const sentinel = (ordinal: number, ...words: string[]): string =>
  deployment.redis(pods().sentinelPorts[ordinal]!, 'sentinel', ...words).trim();
const named = (ordinal: number): string =>
  sentinel(ordinal, 'get-master-addr-by-name', 'registry').split('\n')[1] ?? 'none';

function state(): string {
  return PODS.map(
    (ordinal) =>
      `${ordinal} (${pods().ports[ordinal]}): ${role(ordinal).slice(0, 4).join(' ')}; its Sentinel names ${named(ordinal)}\n${pods().log(ordinal, 'sentinel').slice(-800)}`,
  ).join('\n');
}

/** @returns the one pod that is the primary, and that all follow and know; undefined where that is not so */
function primary(): number | undefined {
  const found = PODS.filter((ordinal) => role(ordinal)[0] === 'master');
  const port = String(pods().ports[found[0] ?? 0]);
  const isKnown = PODS.every(
    (ordinal) => named(ordinal) === port && (ordinal === found[0] || role(ordinal)[2] === port),
  );
  return found.length === 1 && isKnown ? found[0] : undefined;
}

/** @returns the primary, once all agree on it and all pods are ready */
async function agreed(what: string): Promise<number> {
  await until(`${what}: one primary that all know`, () => primary() !== undefined, AGREED, state);
  const found = primary()!;
  await until(`${what}: all are ready`, () => PODS.every((ordinal) => pods().isReady(ordinal)), AGREED, state);
  return found;
}

check('at a first start, on one of which nothing is known', async () => {
  deployment = new LocalDeployment(
    'image: registry:3.1.2\noverlays:\n  it:\n    redis:\n      type: statefulset\n',
    '',
  );
  await deployment.start(0);
  assert.is(await agreed('first start'), 0);
});

check('at a first start of which one pod is missing', async () => {
  for (const ordinal of PODS) await pods().kill(ordinal);
  await Promise.all([1, 2].map((ordinal) => pods().replace(ordinal)));
  await until('pod 1 is the primary', () => role(1)[0] === 'master' && named(2) === String(pods().ports[1]), AGREED);
  await pods().replace(0);
  assert.is(await agreed('the third'), 1);
});

check('after rolling restarts in which a new pod reaches no other for a while', async () => {
  for (let round = 0; round < ROUNDS; round++)
    for (const ordinal of [2, 1, 0]) {
      await pods().replace(ordinal, round * 8000);
      await agreed(`pod ${ordinal} replaced, round ${round}`);
    }
});

check('where the Sentinels name a replica, and every Redis follows another', async () => {
  const now = await agreed('before');
  const other = PODS.find((ordinal) => ordinal !== now)!;
  for (const ordinal of PODS) {
    sentinel(ordinal, 'remove', 'registry');
    sentinel(ordinal, 'monitor', 'registry', '127.0.0.1', String(pods().ports[other]), '2');
    sentinel(ordinal, 'set', 'registry', 'auth-pass', deployment.secret['redis-password']!);
  }
  assert.is(primary(), undefined);
  assert.not(
    PODS.every((ordinal) => pods().isReady(ordinal)),
    'a pod of another role is not ready',
  );
  await agreed('Sentinels that name a replica');
});

check('where each Sentinel names another', async () => {
  for (const ordinal of PODS) {
    sentinel(ordinal, 'remove', 'registry');
    sentinel(ordinal, 'monitor', 'registry', '127.0.0.1', String(pods().ports[ordinal]), '2');
    sentinel(ordinal, 'set', 'registry', 'auth-pass', deployment.secret['redis-password']!);
    deployment.redis(pods().ports[ordinal]!, 'replicaof', 'no', 'one');
  }
  assert.is(primary(), undefined);
  await agreed('three primaries');
});

check('where a Sentinel was too slow for its settings, and has none but the primary', async () => {
  await agreed('before that');
  const settings = (): string => sentinel(1, 'master', 'registry');
  sentinel(1, 'remove', 'registry');
  sentinel(1, 'monitor', 'registry', '127.0.0.1', named(0), '2');
  assert.match(settings(), /^down-after-milliseconds\n30000$/m);
  await until('it has all of them', () => /^down-after-milliseconds\n5000$/m.test(settings()), AGREED, state);
  await agreed('all settings');
  const isKnown = (): boolean => sentinel(1, 'ckquorum', 'registry').startsWith('OK 3 usable');
  await until('it counts with the others', isKnown, AGREED, state);
});

check('where the primary is lost again and again', async () => {
  for (let round = 0; round < ROUNDS; round++) {
    const lost = await agreed(`before loss ${round}`);
    await pods().kill(lost);
    await until(
      'another is the primary',
      () => PODS.some((o) => o !== lost && role(o)[0] === 'master'),
      SUCCEEDED,
      () =>
        PODS.filter((o) => o !== lost)
          .map((o) => pods().log(o, 'sentinel').slice(-1500))
          .join('\n---\n'),
    );
    await pods().replace(lost, 3000);
    await agreed(`loss ${round}`);
  }
});

check('where a primary ends right after the one before: it hands its role on', async () => {
  const before = await agreed('before');
  await until('a failover begins', () => sentinel(before, 'failover', 'registry') === 'OK', SUCCEEDED, state);
  const promoted = (): number | undefined => PODS.find((pod) => pod !== before && role(pod)[0] === 'master');
  await until('another one', () => promoted() !== undefined, SUCCEEDED, state);
  const now = promoted()!;
  pods().leave(now);
  assert.is(role(now)[0], 'slave');
  await agreed('after');
});

check('after a rolling restart with another password', async () => {
  deployment.secret['redis-password'] = 'another';
  for (const ordinal of [2, 1, 0]) {
    await pods().replace(ordinal, 3000);
    await until('it is not waited for in vain', () => role(ordinal)[0] !== '', AGREED, state);
  }
  await agreed('another password');
});

test.after(() => deployment?.stop());
test.run();
