/** The account that Flux applies an overlay with, on a real API server: it may make, change and prune the tree, and nothing else. */
import { spawnSync } from 'node:child_process';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { buildVariant, makePlan } from '../../generator/plan/index.js';
import { ApiServer } from '../support/cluster/apiserver.js';
import { bytesOf } from '../support/config.js';
import { delivered } from '../support/delivery.js';
import { findProgram, testWith } from '../support/tools.js';
import { prepare } from '../support/hooks.js';

const test = suite('the account of Flux on a real API server');
const [etcd, apiserver, kubectl] = ['etcd', 'kube-apiserver', 'kubectl'].map(findProgram);
const api = new ApiServer();
const withServer = (name: string, run: () => unknown): void =>
  testWith(test, 'etcd, kube-apiserver or kubectl', Boolean(etcd && apiserver && kubectl), name, run);

const text = delivered(
  'flux: { overlays: [shared-redis], secrets: { path: secrets, sopsSecret: sops-age } }',
  'storage: { storageClass: "", static: { nfs: { server: nfs.example.com, path: /exports } } }',
);
const plan = await makePlan(bytesOf(text), 'registry.yaml');
const tree = buildVariant(plan.config, 'shared-redis', 'registry.yaml');
const [folder] = plan.delivery;

/** Runs kubectl with the rights of an account. */
function as(account: string, args: string[], input: object = {}): { code: number | null; err: string } {
  const options = [
    '--kubeconfig',
    api.kubeconfig(),
    '--as',
    `system:serviceaccount:registry:${account}`,
    '--namespace',
    'registry',
  ];
  const { status, stderr } = spawnSync(kubectl!, [...options, ...args], {
    input: JSON.stringify(input),
    encoding: 'utf8',
  });
  return { code: status, err: stderr };
}

const apply = ['apply', '--server-side', '--force-conflicts', '--field-manager', 'kustomize-controller', '-f', '-'];
const list = (items: object[]): object => ({ apiVersion: 'v1', kind: 'List', items });
const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'registry-secrets', namespace: 'registry' } };

prepare(test, async () => {
  if (!etcd || !apiserver || !kubectl) return;
  await api.start({ etcd, apiserver });
  // What an administrator applies; Flux' own kinds are not served here.
  for (const { object } of folder!.objects)
    if (!object.apiVersion.includes('toolkit.fluxcd.io')) await api.apply(object);
});
test.after(() => api.stop());

withServer('it tries the whole tree as a dry run before anything of it is there, as Flux does', () => {
  assert.equal(as('registry-shared-redis', [...apply, '--dry-run=server'], list(tree)), { code: 0, err: '' });
});

withServer('it applies the whole tree, the roles in it included, and applies it again', () => {
  for (let time = 0; time < 2; time++)
    assert.equal(as('registry-shared-redis', apply, list(tree)), { code: 0, err: '' });
});

withServer('it prunes what leaves the tree, and neither claim, volume nor namespace', () => {
  const deletes = tree.map(
    ({ kind, metadata }) =>
      [
        `${kind}/${metadata.name}`,
        as('registry-shared-redis', ['delete', kind, metadata.name, '--dry-run=server']).code,
      ] as const,
  );
  assert.equal(
    deletes
      .filter(([, code]) => code !== 0)
      .map(([name]) => name)
      .sort(),
    ['Namespace/registry', 'PersistentVolume/registry-registry-data', 'PersistentVolumeClaim/registry-data'],
  );
});

withServer('it touches no Secret, no other namespace and no pod, and grants no right that it has not', () => {
  const rights = (rules: object[]): object => ({
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'Role',
    metadata: { name: 'more', namespace: 'registry' },
    rules,
  });
  const refused = [
    as('registry-shared-redis', apply, secret),
    as('registry-shared-redis', ['get', 'secrets']),
    as('registry-shared-redis', ['--namespace', 'kube-system', 'get', 'deployments']),
    as('registry-shared-redis', ['create', 'namespace', 'other']),
    as('registry-shared-redis', ['delete', 'pod', 'one']),
    as('registry-shared-redis', apply, rights([{ apiGroups: [''], resources: ['secrets'], verbs: ['get'] }])),
  ];
  for (const [index, { code, err }] of refused.entries())
    assert.ok(code !== 0 && /forbidden/i.test(err), `${index}: ${code} ${err}`);
});

withServer('the account of the Secrets applies those, and nothing else', () => {
  assert.is(as('registry-shared-redis-secrets', apply, secret).code, 0);
  assert.match(as('registry-shared-redis-secrets', ['get', 'deployments']).err, /forbidden/);
  assert.match(as('registry-shared-redis-secrets', ['delete', 'secret', 'registry-secrets']).err, /forbidden/);
});

test.run();
