/** Argo CD's own controllers sync the generated delivery from a git server to a real node: whatever they do, the images stay. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { collect, hasCollected, pushGarbage } from '../../support/node/collections.js';
import { hasArgoCd } from '../../support/node/argo-cd.js';
import { Load } from '../../support/cluster/load.js';
import { hasNode } from '../../support/node/registry.js';
import { SyncedRegistry } from '../../support/node/synced-registry.js';
import { testWith } from '../../support/tools.js';
import { prepare } from '../../support/hooks.js';

const test = suite('Argo CD on a real node');
const canRun = hasNode && hasArgoCd;
const check = (name: string, run: () => unknown): void =>
  testWith(test, 'root, kubectl, the parts of a node or Argo CD', canRun, name, run);

let synced: SyncedRegistry;
let load: Load;
/** Where the clients reach the registry, whose Service may be made anew. */
let address: string;

const kubectl = (...args: string[]): string => synced.registry.kubectl(...args);

/** @returns the objects of the tree of some kinds */
const namesOf = (kinds: string): string[] =>
  kubectl('get', kinds, '--output=name', '--selector=app.kubernetes.io/instance=registry').split('\n').filter(Boolean);

const configurations = (): string[] => namesOf('configmaps').filter((name) => name.includes('registry-config-'));

const podNames = (): string[] => namesOf('pods').filter((name) => !name.includes('-gc-'));

const phaseOfClaim = (): string =>
  kubectl('get', 'persistentvolumeclaim/registry-data', '--output=jsonpath={.status.phase}');

const isReadOnly = (): boolean =>
  kubectl('get', 'deployment/registry', '--output=yaml').includes('REGISTRY_STORAGE_MAINTENANCE_READONLY');

/** Does something in the middle of a collection, which is not undone by it and ends well. */
async function whileCollecting(name: string, act: () => Promise<void>): Promise<void> {
  const { registry } = synced;
  await pushGarbage(registry);
  const job = collect(registry, name);
  await registry.until('writes are refused', () => registry.logs(job).includes('writes are refused'), 120);
  await act();
  assert.not(hasCollected(registry, job), 'it was in the middle');
  assert.ok(isReadOnly());
  await registry.until('it is complete', () => hasCollected(registry, job), 300);
  await synced.isWell();
  assert.not(isReadOnly());
  await synced.registry.pushesGoOn(load);
}

prepare(test, async () => {
  if (!canRun) return;
  synced = new SyncedRegistry();
  await synced.start();
});
test.after(async () => {
  load?.close();
  await synced?.stop();
});

check('the first sync makes all pods ready, and the Application is Synced and Healthy', async () => {
  synced.pushFirst();
  synced.applyDelivery();
  await synced.arrives();
  address = await synced.registry.address();
  load = new Load(() => address);
  load.start({ pushers: 2, pullers: 1, deleters: 1 });
  await synced.registry.pushesGoOn(load);
});

check('every object is Healthy whose health Argo CD judges, the claim and the CronJobs among them', () => {
  const judged = synced.application().status!.resources!.filter(({ health }) => health);
  assert.equal(
    judged.filter(({ health }) => health!.status !== 'Healthy'),
    [],
  );
  const kinds = ['CronJob', 'Deployment', 'PersistentVolumeClaim', 'PodDisruptionBudget', 'Service', 'StatefulSet'];
  assert.equal([...new Set(judged.map(({ kind }) => kind))].sort(), kinds);
});

check('what is changed or deleted by hand is put back', async () => {
  kubectl('scale', 'deployment/registry', '--replicas=1');
  kubectl('delete', 'cronjob/registry-gc', 'networkpolicy/registry', 'statefulset/registry-redis');
  await synced.registry.until('it is as in git', () => synced.isAsInGit(), 120);
  await synced.isWell();
});

check('a commit arrives and is rolled out, and the configuration of old goes', async () => {
  const [old] = configurations();
  synced.change('replicas: 2\n', 'replicas: 3\ndrainSeconds: 30\n');
  await synced.arrives();
  assert.is(synced.registry.pods('registry').length, 3);
  assert.is(configurations().length, 1);
  assert.is.not(configurations()[0], old);
});

check('a sync in the middle of a collection does not end it, and the Application is Synced all along', async () => {
  const states = synced.watchStates();
  await whileCollecting('synced', () => synced.syncAgain());
  assert.ok(states().length > 1, 'it was Progressing meanwhile');
  assert.equal(
    states().filter((state) => !state.startsWith('Synced ')),
    [],
  );
});

check('a commit in the middle of a collection is rolled out to pods that refuse writes', async () => {
  const mounted = (): string =>
    kubectl('get', 'deployment/registry', '--output=jsonpath={.spec.template.spec.volumes}');
  const before = mounted();
  await whileCollecting('committed', async () => {
    synced.change('drainSeconds: 30', 'drainSeconds: 45');
    await synced.isApplied();
    await synced.registry.until('the Deployment has it', () => mounted() !== before, 60);
  });
});

check('what leaves git is pruned', async () => {
  assert.is(namesOf('cronjobs').length, 2);
  synced.change('\ngc:\n', '\ngc:\n  enabled: false\n');
  await synced.arrives();
  assert.equal(namesOf('cronjobs,roles,rolebindings'), []);
  synced.applyDelivery();
  await synced.arrives();
});

check('a claim that leaves git stays, and the Application is Synced', async () => {
  synced.removeLine('base/kustomization.yaml', '  - data-persistentvolumeclaim.yaml');
  await synced.arrives();
  assert.is(phaseOfClaim(), 'Bound');
  synced.revert();
  await synced.arrives();
});

check('where the Application is deleted the registry runs on, and another takes it up without a restart', async () => {
  const pods = podNames();
  await synced.delete({ cascade: false });
  await synced.registry.pushesGoOn(load);
  synced.applyDelivery();
  await synced.arrives();
  assert.equal(podNames(), pods);
});

check('where its finalizer deletes all of it the namespace and the claim stay, and it comes back', async () => {
  await load.stop();
  await synced.delete({ cascade: true });
  assert.equal(namesOf('deployments,statefulsets,services,configmaps,networkpolicies'), []);
  assert.is(phaseOfClaim(), 'Bound');
  synced.applyDelivery();
  await synced.arrives();
  address = await synced.registry.address();
});

check('no image is lost by all of that', () => synced.registry.noneLost(load));

test.run();
