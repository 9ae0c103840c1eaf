/** Objects of Argo CD and Flux. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { parse } from 'yaml';
import { delivered, REPOSITORY } from '../support/delivery.js';
import { planOf, folderOf, object } from './delivered.js';

const test = suite('what syncs the tree');

const applications = (text: string): string => delivered(`argoCd:\n    applications:${text}`);

test('there is no delivery unless it is asked for', async () => {
  const { files, delivery } = await planOf(delivered(''));
  assert.equal([delivery, [...files.keys()].filter((path) => path.startsWith('delivery/'))], [[], []]);
});

test('one cluster gives an Application, several an ApplicationSet; of each overlay its own path and namespace', async () => {
  const plan = await planOf(
    applications('\n      - { overlay: tls }\n      - { overlay: eu, clusters: [eu-1, eu-2] }'),
  );
  assert.equal(
    folderOf(plan, 'delivery/argo-cd').objects.map(({ file }) => file),
    ['appproject.yaml', 'tls-application.yaml', 'eu-applicationset.yaml'],
  );
  const application = object(plan, 'delivery/argo-cd', 'tls-application.yaml');
  assert.equal(application.spec.source, {
    repoURL: REPOSITORY,
    targetRevision: 'main',
    path: 'registries/main/overlays/tls',
  });
  assert.equal(application.spec.destination, { name: 'in-cluster', namespace: 'registry' });
  const set = object(plan, 'delivery/argo-cd', 'eu-applicationset.yaml');
  assert.equal(set.spec.generators[0].list.elements, [{ cluster: 'eu-1' }, { cluster: 'eu-2' }]);
  assert.equal(set.spec.template.spec.destination, { name: '{{ .cluster }}', namespace: 'registry-eu' });
});

test('Argo CD prunes and heals, and no deletion of its objects deletes a registry', async () => {
  const plan = await planOf(
    applications('\n      - { overlay: tls }\n      - { overlay: eu, clusters: [eu-1, eu-2] }'),
  );
  const application = object(plan, 'delivery/argo-cd', 'tls-application.yaml');
  assert.equal(application.spec.syncPolicy.automated, { prune: true, selfHeal: true });
  assert.is(application.metadata.finalizers, undefined);
  const { spec } = object(plan, 'delivery/argo-cd', 'eu-applicationset.yaml');
  assert.equal([spec.syncPolicy.preserveResourcesOnDeletion, spec.template.metadata.finalizers], [true, undefined]);
});

test('the AppProject allows what the overlays hold, there and from there, and nothing else', async () => {
  const { spec } = object(
    await planOf(applications('\n      - { overlay: tls }\n      - { overlay: eu, clusters: [eu-1] }')),
    'delivery/argo-cd',
    'appproject.yaml',
  );
  assert.equal(spec.sourceRepos, [REPOSITORY]);
  assert.equal(spec.destinations, [
    { name: 'eu-1', namespace: 'registry-eu' },
    { name: 'in-cluster', namespace: 'registry' },
  ]);
  assert.equal(spec.clusterResourceWhitelist, [
    { group: '', kind: 'Namespace', name: 'registry' },
    { group: '', kind: 'Namespace', name: 'registry-eu' },
  ]);
  const kinds = new Set(
    spec.namespaceResourceWhitelist.map(({ group, kind }: Record<string, string>) => `${group}/${kind}`),
  );
  assert.ok(kinds.has('networking.gke.io/ManagedCertificate'));
  assert.not(kinds.has('/Secret'));
  const small = object(
    await planOf(
      delivered('argoCd: { applications: [{ overlay: base }] }', 'gc: { enabled: false }\ncreateNamespace: false'),
    ),
    'delivery/argo-cd',
    'appproject.yaml',
  ).spec;
  assert.equal(small.clusterResourceWhitelist, []);
  assert.equal(
    small.namespaceResourceWhitelist.map(({ kind }: { kind: string }) => kind),
    [
      'ConfigMap',
      'PersistentVolumeClaim',
      'Service',
      'ServiceAccount',
      'Deployment',
      'NetworkPolicy',
      'PodDisruptionBudget',
    ],
  );
});

test('differences are ignored only where garbage is collected, and in what a collection owns', async () => {
  const ignored = async (more: string): Promise<unknown> =>
    object(
      await planOf(delivered('argoCd: { applications: [{ overlay: base }] }', more)),
      'delivery/argo-cd',
      'base-application.yaml',
    ).spec.ignoreDifferences;
  assert.is(await ignored('gc: { enabled: false }'), undefined);
  assert.is(await ignored('gc: { dryRun: true }'), undefined);
  assert.equal(
    ((await ignored('')) as { kind: string; name: string }[]).map(({ kind, name }) => `${kind}/${name}`),
    ['Deployment/registry', 'ConfigMap/registry-gc-lock'],
  );
});

test('a volume of its own gets the health that Argo CD cannot tell, as a patch that kubectl is given apart', async () => {
  const without = folderOf(await planOf(applications('\n      - { overlay: tls }')), 'delivery/argo-cd');
  assert.equal(without.patches, []);
  const plan = await planOf(
    delivered(
      'argoCd: { applications: [{ overlay: base }] }',
      'storage: { storageClass: "", static: { nfs: { server: nfs.example.com, path: /exports } } }',
    ),
  );
  const [patch] = folderOf(plan, 'delivery/argo-cd').patches;
  assert.equal(Object.keys((patch!.patch as { data: object }).data), [
    'resource.customizations.health.PersistentVolume',
  ]);
  const { resources } = parse(plan.files.get('delivery/argo-cd/kustomization.yaml')!) as { resources: string[] };
  assert.not(resources.includes(patch!.file));
});

test('Flux prunes, waits for what serves, and deletes nothing where its Kustomization is deleted', async () => {
  const plan = await planOf(delivered('flux: { overlays: [tls, base] }'));
  const { spec, metadata } = object(plan, 'delivery/flux/tls', 'flux-kustomization.yaml');
  assert.equal([metadata.name, metadata.namespace], ['registry-tls', 'registry']);
  assert.equal(
    [spec.path, spec.prune, spec.deletionPolicy, spec.serviceAccountName, spec.dependsOn],
    ['./registries/main/overlays/tls', true, 'Orphan', 'registry-tls', undefined],
  );
  assert.equal(
    spec.healthChecks.map(({ kind, name }: Record<string, string>) => `${kind}/${name}`),
    ['Deployment/registry', 'StatefulSet/registry-redis', 'ManagedCertificate/registry'],
  );
  assert.is(spec.healthCheckExprs.length, 1);
  assert.is(object(plan, 'delivery/flux/base', 'flux-kustomization.yaml').spec.healthCheckExprs, undefined);
  assert.equal(object(plan, 'delivery/flux/tls', 'gitrepository.yaml').spec, {
    interval: '10m',
    url: REPOSITORY,
    ref: { branch: 'main' },
  });
});

test('an artifact takes the place of the repository', async () => {
  const plan = await planOf(
    delivered(
      'flux: { overlays: [base], sourceSecret: pull, oci: { url: "oci://registry.example.com/tree", tag: stable } }',
    ).replace(/ +repository:.*\n/, ''),
  );
  const { spec, kind } = object(plan, 'delivery/flux/base', 'ocirepository.yaml');
  assert.equal(
    [kind, spec],
    [
      'OCIRepository',
      { interval: '10m', url: 'oci://registry.example.com/tree', ref: { tag: 'stable' }, secretRef: { name: 'pull' } },
    ],
  );
  assert.is(object(plan, 'delivery/flux/base', 'flux-kustomization.yaml').spec.sourceRef.kind, 'OCIRepository');
});

test('Secrets in git come first, are decrypted by an account of their own, and are not pruned', async () => {
  const plan = await planOf(delivered('flux: { overlays: [base], secrets: { path: secrets, sopsSecret: sops-age } }'));
  assert.equal(object(plan, 'delivery/flux/base', 'flux-kustomization.yaml').spec.dependsOn, [
    { name: 'registry-base-secrets' },
  ]);
  const { spec } = object(plan, 'delivery/flux/base', 'secrets-flux-kustomization.yaml');
  assert.equal(
    [spec.path, spec.decryption, spec.prune, spec.wait, spec.serviceAccountName],
    [
      './registries/main/secrets',
      { provider: 'sops', secretRef: { name: 'sops-age' } },
      false,
      true,
      'registry-base-secrets',
    ],
  );
  const touches = (file: string): string[] =>
    object(plan, 'delivery/flux/base', file).rules.flatMap(({ resources }: { resources: string[] }) => resources);
  assert.equal(touches('secrets-role.yaml'), ['secrets']);
  assert.not(touches('role.yaml').includes('secrets'));
});

test.run();
