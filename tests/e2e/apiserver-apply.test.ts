/** What is written is what the API server keeps, letter for letter: who applies it again, or compares texts, sees no drift. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { canonicalQuantity } from '../../generator/config/index.js';
import type { KubernetesObject } from '../../generator/model/index.js';
import { buildVariant, makePlan, variantNames } from '../../generator/plan/index.js';
import { crdDocuments, PROJECTS } from '../../scripts/schemas/crds.js';
import { ApiServer } from '../support/cluster/apiserver.js';
import { bytesOf, configOf, shipped } from '../support/config.js';
import { withFolder, writeFiles } from '../support/folder.js';
import { appliedTrees } from '../support/objects/applied-trees.js';
import { notKept } from '../support/objects/kept.js';
import { findProgram, testWith } from '../support/tools.js';
import { prepare } from '../support/hooks.js';

const test = suite('what is applied, and a real API server');
const [etcd, apiserver, kubectl, go] = ['etcd', 'kube-apiserver', 'kubectl', 'go'].map(findProgram);
const api = new ApiServer();
const withServer = (name: string, run: () => Promise<void>): void =>
  testWith(test, 'etcd, kube-apiserver, kubectl or go', Boolean(etcd && apiserver && kubectl && go), name, run);

/** How kubectl applies, and how Flux does. */
const WAYS = {
  'client-side': [],
  'server-side': ['--server-side', '--field-manager', 'kustomize-controller'],
};

/** Projects whose kinds the generator writes: with fewer CRDs kubectl and the API server have less to read. */
const WRITTEN = new Set(['argo-cd', 'flux-source', 'flux-kustomize', 'prometheus-operator']);

/** Google publishes no definitions of these: their objects are kept as they are. */
const GKE = [
  ['networking.gke.io', 'v1', 'ManagedCertificate'],
  ['networking.gke.io', 'v1beta1', 'FrontendConfig'],
  ['cloud.google.com', 'v1', 'BackendConfig'],
].map(([group, version, kind]) => {
  const plural = `${kind!.toLowerCase()}s`;
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: {
      name: `${plural}.${group}`,
      annotations: { 'api-approved.kubernetes.io': 'unapproved, for tests' },
    },
    spec: {
      group,
      scope: 'Namespaced',
      names: { kind, plural },
      versions: [
        {
          name: version,
          served: true,
          storage: true,
          schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
        },
      ],
    },
  };
});

interface Run {
  code: number | null;
  out: string;
  err: string;
}

function run(args: string[], input?: string): Promise<Run> {
  return new Promise((resolve, reject) => {
    const config = api.kubeconfig();
    const child = spawn(kubectl!, ['--kubeconfig', config, '--cache-dir', `${config}.cache`, ...args]);
    const texts = { out: '', err: '' };
    child.stdout.setEncoding('utf8').on('data', (text: string) => (texts.out += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (texts.err += text));
    child.on('error', reject).on('close', (code) => resolve({ code, ...texts }));
    child.stdin.end(input ?? '');
  });
}

const id = ({ apiVersion, kind, metadata }: KubernetesObject): string =>
  `${apiVersion} ${kind} ${metadata.namespace ?? ''}/${metadata.name}`;

/**
 * The API server itself fills in a status that these are created with. So it stores them anew, the same to the letter,
 * when they are applied server-side for the second time, and not again.
 */
const WITH_STATUS = new Set(['PersistentVolumeClaim', 'GitRepository', 'OCIRepository', 'Kustomization']);

function comparable(object: KubernetesObject): object {
  if (!WITH_STATUS.has(object.kind)) return object;
  return { ...object, metadata: { ...object.metadata, resourceVersion: 'any' } };
}

/** Applies, compares and applies again. @param source where kubectl has the objects from. */
async function applyTwice(objects: KubernetesObject[], flags: string[], source: string[], input?: string) {
  const apply = async (): Promise<Map<string, KubernetesObject>> => {
    const { code, out, err } = await run(['apply', ...flags, '-o', 'json', '--show-managed-fields', ...source], input);
    assert.equal([code, err.replace(/^Warning: annotation "kubernetes.io\/ingress.class".*\n/gm, '')], [0, '']);
    const answer = JSON.parse(out);
    return new Map(((answer.items ?? [answer]) as KubernetesObject[]).map((object) => [id(object), object]));
  };
  const first = await apply();
  assert.equal([...first.keys()].sort(), objects.map(id).sort());
  const faults = objects.flatMap((object) =>
    notKept(object, first.get(id(object))).map((fault) => `${id(object)}: ${fault}`),
  );
  assert.ok(faults.length === 0, `the API server keeps ${faults.length} otherwise:\n${faults.slice(0, 20).join('\n')}`);
  const { code, out, err } = await run(['diff', '--concurrency=4', ...flags, ...source], input);
  assert.equal([code, out, err.replace(/^Warning: .*\n/gm, '')], [0, '', ''], 'kubectl diff shows nothing');
  const second = await apply();
  for (const [name, object] of second) assert.equal(comparable(object), comparable(first.get(name)!), name);
}

prepare(test, async () => {
  if (!etcd || !apiserver || !kubectl || !go) return;
  await api.start({ etcd, apiserver });
  const projects = PROJECTS.filter(({ name }) => WRITTEN.has(name));
  await api.install([...GKE, ...projects.flatMap((project) => crdDocuments(project).documents as object[])]);
});
test.after(() => api.stop());

/** Applies in both ways at once, each in namespaces of its own. */
async function inBothWays(apply: (prefix: string, flags: string[]) => Promise<void>): Promise<void> {
  const ways = Object.entries(WAYS);
  const results = await Promise.allSettled(ways.map(([way, flags]) => apply(way, flags)));
  const failed = results.flatMap((result, index) =>
    result.status === 'rejected' ? [`${ways[index]![0]}: ${(result.reason as Error).message}`] : [],
  );
  if (failed.length > 0) throw new Error(failed.join('\n'));
}

for (const name of variantNames(configOf(shipped))) {
  withServer(`${name} as it is shipped is kept as it is written, and nothing changes when it is applied again`, () =>
    inBothWays((prefix, flags) =>
      withFolder(async (folder) => {
        const namespace = `${prefix}-${name}`;
        const { config, files } = await makePlan(
          bytesOf(shipped.replace(/^namespace: .*$/m, `namespace: ${namespace}`)),
          'registry.yaml',
        );
        writeFiles(folder, files);
        const objects = buildVariant(config, name, 'registry.yaml');
        assert.ok(objects.every(({ kind, metadata }) => kind === 'Namespace' || metadata.namespace === namespace));
        await applyTwice(objects, flags, ['-k', join(folder, name === 'base' ? name : `overlays/${name}`)]);
      }),
    ),
  );
}

withServer('every feature is kept as it is written, and nothing changes when it is applied again', () =>
  inBothWays(async (prefix, flags) => {
    const trees = await appliedTrees(prefix, 10);
    const items = trees.flatMap(({ objects }) => objects);
    const made = new Set(items.filter(({ kind }) => kind === 'Namespace').map(({ metadata }) => metadata.name));
    for (const name of new Set(trees.map(({ namespace }) => namespace)))
      if (!made.has(name)) await api.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
    assert.ok(new Set(items.map(({ kind }) => kind)).size >= 20 && items.length >= 200, String(items.length));
    await applyTwice(items, flags, ['-f', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
    console.log(`${items.length} objects of ${trees.length} trees, applied ${prefix}`);
  }),
);

withServer('a quantity is kept as it is written, however registry.yaml has it', async () => {
  const amounts = ['1', '16', '999', '1000', '1024', '1536', '2048.5', '0.5', '.25', '1.0005', '1234567'];
  const texts = amounts.flatMap((amount) =>
    ['', 'm', 'k', 'M', 'G', 'Ki', 'Mi', 'Gi', 'Ti'].map((unit) => `${amount}${unit}`),
  );
  const kept = async (requests: string[]): Promise<string[]> => {
    const labels = { app: 'it' };
    const containers = requests.map((cpu, index) => ({
      name: `it-${index}`,
      image: 'it',
      resources: { requests: { cpu } },
    }));
    const spec = { selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { containers } } };
    const body = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'it' }, spec };
    const answer = await api.send('POST', '/apis/apps/v1/namespaces/default/deployments?dryRun=All', { body });
    assert.is(answer.status, 201, answer.body.message);
    return answer.body.spec.template.spec.containers.map(({ resources }: any) => resources.requests.cpu);
  };
  const written = texts.map(canonicalQuantity);
  assert.equal(await kept(texts), written);
  assert.equal(await kept(written), written);
});

test.run();
