/** A registry that Flux syncs from a git server, on a real node: what an engineer pushes arrives, and nothing that Flux does loses images. */
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { findFlux } from '../../../scripts/cluster/flux.js';
import { PARTS_FOLDER } from '../../../scripts/cluster/parts.js';
import { collect, hasCollected, pushGarbage } from '../../support/node/collections.js';
import { Engineer } from '../../support/node/engineer.js';
import { FluxNode } from '../../support/node/flux-node.js';
import { GitServer } from '../../support/node/git-server.js';
import { Client } from '../../support/cluster/client.js';
import { pushImage } from '../../support/cluster/push.js';
import { Load } from '../../support/cluster/load.js';
import { definitionOf } from '../../support/node/kinds.js';
import { hasNode, NAMESPACE, NodeRegistry } from '../../support/node/registry.js';
import { shipped } from '../../support/config.js';
import { testWith } from '../../support/tools.js';
import { prepare } from '../../support/hooks.js';

const test = suite('Flux on a real node');
const programs = findFlux(PARTS_FOLDER);
const canRun = hasNode && programs !== undefined;
const check = (name: string, run: () => unknown): void =>
  testWith(test, "root, kubectl, the parts of a node or Flux's", canRun, name, run);

const OVERLAY = 'tls';
const NAME = `registry-${OVERLAY}`;
const SECRETS = `${NAME}-secrets`;
/** Seconds within which Flux looks again by itself, with some room: every minute. */
const INTERVAL = 150;

let registry: NodeRegistry;
let server: GitServer;
let flux: FluxNode;
let engineer: Engineer;
let load: Load;
let address = '';

interface Settings {
  realm?: string;
  podMonitor?: boolean;
}

/** @returns the shipped registry.yaml with a delivery by Flux, with metrics, and with collections of what was pushed just now */
const registryYaml = ({ realm = 'Registry', podMonitor = true }: Settings): string =>
  `${shipped.replace('type: htpasswd', `type: htpasswd\n  realm: ${realm}`).replace('\ngc:\n', '\ngc:\n  graceSeconds: 0\n')}
metrics: { enabled: true, podMonitor: ${podMonitor} }
delivery:
  repository: ${server.url}
  flux: { overlays: [${OVERLAY}], interval: 1m, secrets: { path: secrets, sopsSecret: sops-age } }
`;

/** Changes registry.yaml, and pushes what it gives. @returns the commit */
const push = (settings: Settings): string => engineer.push(registryYaml(settings));

/** Applies what syncs the overlay, as the pages say. */
function applyDelivery(): void {
  const folder = join(engineer.folder, 'delivery/flux', OVERLAY);
  const { code, err } = registry.node.kubectl('apply', '--kustomize', folder);
  assert.is(code, 0, err);
  // Flux removes the annotation in which kubectl keeps what it has applied.
  assert.is(err.replace(/^Warning: resource namespaces\/registry is missing the .*\n/m, ''), '');
}

const get = (...args: string[]): string => registry.node.kubectl('--namespace', NAMESPACE, 'get', ...args).out;
const isThere = (object: string): boolean => get(object, '--ignore-not-found', '--output=name') !== '';
const field = (object: string, path: string): string => get(object, `--output=jsonpath={${path}}`);
const podNames = (): string[] =>
  ['registry', 'redis'].flatMap((component) => registry.pods(component).map(({ metadata }) => metadata.name)).sort();
const isReadOnly = (): boolean => field('deployment/registry', '.spec').includes('MAINTENANCE_READONLY');

/** Does what GKE does to a certificate, once it is issued. */
function activateCertificate(): void {
  const status = JSON.stringify({ status: { certificateStatus: 'Active' } });
  registry.kubectl('patch', 'managedcertificate/registry', '--field-manager=gke', '--type=merge', `--patch=${status}`);
}

/** Waits until a commit is applied and healthy; Flux hears of it by itself, or when it is told to look. */
const applied = (revision: string, seconds: number): Promise<void> =>
  flux.until(`${revision} is applied`, NAME, () => flux.hasApplied(NAME, revision), seconds);

prepare(test, async () => {
  if (!canRun) return;
  registry = new NodeRegistry();
  await registry.start();
  registry.node.apply([definitionOf({ apiVersion: 'monitoring.coreos.com/v1', kind: 'PodMonitor' })]);
  // The one of the other suites: here it comes from git.
  registry.kubectl('delete', 'secret', 'registry-secrets');
  server = new GitServer(registry.node);
  await server.start();
  engineer = new Engineer(server.clone('engineer'));
  push({});
  flux = new FluxNode(registry, programs);
  flux.start();
});
test.after(async () => {
  load?.close();
  await server?.stop();
  await registry?.stop();
});

check('without the key of its Secrets nothing is applied, and the status says what is waited for', async () => {
  const key = join(registry.node.data, 'age.agekey');
  engineer.pushSecret(programs!, OVERLAY, key);
  applyDelivery();
  await flux.until('it waits', NAME, () => flux.why(NAME).includes('DependencyNotReady'), 60);
  assert.match(flux.why(NAME), SECRETS);
  await flux.until('the key is missed', SECRETS, () => flux.why(SECRETS).includes('sops-age'), 60);
  assert.not(isThere('deployment/registry'));
  registry.kubectl('create', 'secret', 'generic', 'sops-age', `--from-file=age.agekey=${key}`);
  await flux.reconcile(SECRETS, NAME);
  assert.match(flux.why(SECRETS), /^True/);
});

check('the registry is up before its certificate is, and only with that the Kustomization is ready', async () => {
  await flux.until(
    'the registry is up',
    NAME,
    () => isThere('deployment/registry') && registry.isRolledOut('deployment/registry'),
    180,
  );
  await registry.until('Redis is up', () => registry.isRolledOut('statefulset/registry-redis'), 180);
  assert.match(flux.why(NAME), /^Unknown/);
  activateCertificate();
  await applied(engineer.head, 120);
  address = await registry.address();
  const client = new Client(() => address);
  await client.pull(await pushImage(client, 'team/first', 'one'));
  client.close();
  load = new Load(() => address);
  load.start({ pushers: 2, pullers: 1, deleters: 1 });
});

check('what is changed or deleted by hand is put back within the interval', async () => {
  registry.kubectl('set', 'image', 'deployment/registry', 'registry=registry:3.1.1');
  registry.kubectl('scale', 'deployment/registry', '--replicas=1');
  registry.kubectl('label', 'service/registry', 'app.kubernetes.io/part-of=other', '--overwrite');
  const deleted = ['networkpolicy/registry', 'cronjob/registry-gc', 'statefulset/registry-redis', 'role/registry-gc'];
  registry.kubectl('delete', ...deleted, '--wait=false');
  await flux.until('all is there', NAME, () => deleted.every(isThere), INTERVAL);
  const diff = (): { code: number | null; out: string } =>
    registry.node.kubectl(
      'diff',
      '--server-side',
      '--force-conflicts',
      '--field-manager=test',
      '--kustomize',
      join(engineer.folder, 'overlays', OVERLAY),
    );
  await registry.until('all is as in git', () => diff().code === 0, INTERVAL);
  await registry.until(
    'it is rolled out',
    () => ['deployment/registry', 'statefulset/registry-redis'].every((workload) => registry.isRolledOut(workload)),
    180,
  );
  await registry.pushesGoOn(load, 120);
});

check('a commit arrives by itself, is rolled out in use, and its old configuration is pruned', async () => {
  const before = get('configmaps', '--output=name');
  const started = Date.now();
  await applied(push({ realm: 'Second' }), INTERVAL + 120);
  console.log(`a commit is rolled out ${((Date.now() - started) / 1000).toFixed(0)} s after its push`);
  assert.ok(registry.isRolledOut('deployment/registry'));
  const answer = await fetch(`http://${address}/v2/`, { headers: { connection: 'close' } });
  assert.match(answer.headers.get('www-authenticate')!, 'Second');
  const configurations = (text: string): string[] => text.match(/registry-config-\w+/g)!;
  assert.is(configurations(get('configmaps', '--output=name')).length, 1);
  assert.not.equal(configurations(get('configmaps', '--output=name')), configurations(before));
  await registry.pushesGoOn(load, 120);
});

check('a collection is not undone by Flux, nor by a commit in the middle of it', async () => {
  const { refused } = load.books;
  await pushGarbage(registry);
  const job = collect(registry, 'under-flux');
  await registry.until('writes are refused', () => isReadOnly() && load.books.refused > refused, 120);
  const generation = field('deployment/registry', '.metadata.generation');
  for (let round = 0; round < 2; round++) await flux.reconcile(NAME);
  assert.ok(isReadOnly());
  assert.is(field('deployment/registry', '.metadata.generation'), generation, 'nothing was changed');
  assert.match(field('configmap/registry-gc-lock', '.data'), /"holder":"under-flux-/);
  const revision = push({ realm: 'Third' });
  await flux.reconcile(NAME);
  assert.not(hasCollected(registry, job), 'it was in the middle of the collection');
  assert.ok(isReadOnly());
  await registry.until('it is complete', () => hasCollected(registry, job), 300);
  assert.not(isReadOnly());
  await applied(revision, INTERVAL + 120);
  await registry.pushesGoOn(load, 120);
});

check('a kind leaves and enters the tree as the steps say', async () => {
  assert.ok(isThere('podmonitor/registry'));
  await applied(push({ realm: 'Third', podMonitor: false }), INTERVAL);
  assert.not(isThere('podmonitor/registry'));
  applyDelivery();
  await flux.reconcile(NAME);
  assert.match(flux.why(NAME), /^True/);
  const revision = push({ realm: 'Third' });
  await flux.until('the right is missed', NAME, () => flux.why(NAME).includes('podmonitors'), INTERVAL);
  applyDelivery();
  await applied(revision, INTERVAL + 60);
  assert.ok(isThere('podmonitor/registry'));
  await load.stop();
});

check('deleting the Kustomization leaves the registry as it is, and applying it again restarts nothing', async () => {
  const pods = podNames();
  registry.kubectl('delete', 'kustomization', NAME);
  applyDelivery();
  await applied(engineer.head, 120);
  assert.equal(podNames(), pods);
});

check('a Kustomization that deletes what it has applied leaves the claim, and so the images', async () => {
  const claim = field('persistentvolumeclaim/registry-data', '.metadata.uid');
  registry.kubectl('patch', 'kustomization', NAME, '--type=merge', '--patch={"spec":{"deletionPolicy":"Delete"}}');
  registry.kubectl('delete', 'kustomization', NAME);
  await registry.until('it is taken down', () => podNames().length === 0 && !isThere('service/registry'), 120);
  assert.is(field('persistentvolumeclaim/registry-data', '.metadata.uid'), claim);
  assert.ok(isThere('secret/registry-secrets'));
  applyDelivery();
  await flux.until('the certificate is asked for', NAME, () => isThere('managedcertificate/registry'), 120);
  activateCertificate();
  await applied(engineer.head, 300);
});

check('nothing that was acknowledged is lost by all of that', async () => {
  address = await registry.address();
  await registry.noneLost(load);
});

test.run();
