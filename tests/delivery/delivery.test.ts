import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { parse } from 'yaml';
import type { DeliveryFolder } from '../../generator/delivery/index.js';
import { makePlan, type Plan } from '../../generator/plan/index.js';
import { run } from '../support/cli.js';
import { bytesOf } from '../support/config.js';
import { delivered, REPOSITORY } from '../support/delivery.js';
import { withFolder, writeFiles } from '../support/folder.js';
import { findKustomizes, testWith } from '../support/tools.js';

const test = suite('what syncs the tree');
/** The plan of a configuration in which nothing is found. */
async function planOf(text: string): Promise<Plan> {
  const plan = await makePlan(bytesOf(text), 'registry.yaml');
  assert.equal(
    plan.findings.map(({ rule, message }) => `${rule}: ${message}`),
    [],
  );
  return plan;
}

function folderOf({ delivery }: Plan, folder: string): DeliveryFolder {
  return delivery.find((one) => one.folder === folder)!;
}

function object(plan: Plan, folder: string, file: string): any {
  return folderOf(plan, folder).objects.find((one) => one.file === file)!.object;
}

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

test('the account of Flux cannot delete the images, nor make a Namespace', async () => {
  const plan = await planOf(
    delivered(
      'flux: { overlays: [base] }',
      'storage: { storageClass: "", static: { nfs: { server: nfs.example.com, path: /exports } } }',
    ),
  );
  const verbs = (file: string, resource: string): string[] =>
    object(plan, 'delivery/flux/base', file)
      .rules.filter(({ resources }: { resources: string[] }) => resources.includes(resource))
      .flatMap(({ verbs }: { verbs: string[] }) => verbs);
  assert.not(verbs('role.yaml', 'persistentvolumeclaims').includes('delete'));
  assert.ok(verbs('role.yaml', 'deployments').includes('delete'));
  assert.equal(verbs('clusterrole.yaml', 'namespaces'), ['get', 'patch']);
  assert.equal(verbs('clusterrole.yaml', 'persistentvolumes'), ['get', 'patch', 'create']);
});

test('the account of Flux may do what the roles of the tree grant, or it could not apply them', async () => {
  const plan = await planOf(delivered('flux: { overlays: [tls] }'));
  type Rules = { apiGroups: string[]; resources: string[]; verbs: string[] }[];
  const own = object(plan, 'delivery/flux/tls', 'role.yaml').rules as Rules;
  const granted = (parse(plan.files.get('base/gc-role.yaml')!) as { rules: Rules }).rules;
  const all = (rules: Rules): string[] =>
    rules.flatMap(({ apiGroups, resources, verbs }) =>
      apiGroups.flatMap((group) =>
        resources.flatMap((resource) => verbs.map((verb) => `${verb} ${group}/${resource}`)),
      ),
    );
  assert.ok(granted.length > 0);
  assert.equal(
    all(granted).filter((right) => !all(own).includes(right)),
    [],
  );
});

test('claim, volume and namespace are marked so that nothing prunes them, in every overlay', async () => {
  const plan = await planOf(
    delivered(
      'flux: { overlays: [base] }',
      'storage: { storageClass: "", static: { nfs: { server: nfs.example.com, path: /exports } } }',
    ),
  );
  for (const file of ['data-persistentvolumeclaim.yaml', 'persistentvolume.yaml', 'namespace.yaml']) {
    const { annotations } = (
      parse(plan.files.get(`base/${file}`)!) as { metadata: { annotations: Record<string, string> } }
    ).metadata;
    assert.equal(
      annotations,
      {
        'argocd.argoproj.io/sync-options': 'Prune=false,Delete=false',
        'kustomize.toolkit.fluxcd.io/prune': 'disabled',
      },
      file,
    );
  }
});

const text = delivered(
  'argoCd: { applications: [{ overlay: tls }, { overlay: eu, clusters: [a, b] }] }\n  flux: { overlays: [tls, eu], secrets: { path: secrets, sopsSecret: sops-age } }',
);

test('generate writes the folders, check and validate find nothing, and they go with their section', () =>
  withFolder((folder) => {
    writeFiles(folder, [['registry.yaml', text]]);
    assert.is(run(folder, ['generate']).code, 0);
    assert.is(run(folder, ['check']).code, 0);
    const { code, out } = run(folder, ['validate']);
    assert.equal([code, /of 7 units/.test(out)], [0, true], out);
    execFileSync('sed', ['-i', 's/prune: true/prune: false/', join(folder, 'delivery/argo-cd/tls-application.yaml')]);
    const checked = run(folder, ['check']);
    assert.equal([checked.code, /delivery\/argo-cd\/tls-application\.yaml/.test(checked.out)], [1, true]);
    writeFiles(folder, [['registry.yaml', delivered('')]]);
    assert.match(run(folder, ['generate']).out, '- delivery/argo-cd/appproject.yaml');
    assert.is(run(folder, ['check']).code, 0);
  }));

const [kustomize] = findKustomizes();
testWith(
  test,
  'kustomize or kubectl',
  kustomize !== undefined,
  'each folder is one that kubectl apply -k takes, with its very objects',
  () =>
    withFolder(async (folder) => {
      const plan = await planOf(text);
      writeFiles(folder, plan.files);
      for (const { folder: path, objects } of plan.delivery) {
        const [program, ...args] = kustomize!.command;
        const built = execFileSync(program, [...args, join(folder, path)], { encoding: 'utf8' });
        assert.is(built.match(/^kind: /gm)?.length, objects.length, path);
      }
    }),
);

test('a tree that is not where the objects point at is told, and what is generated does not depend on it', () =>
  withFolder((folder) => {
    const text = (path: string): string =>
      delivered(
        `argoCd:\n    applications: [{ overlay: tls }]\n  flux:\n    overlays: [eu]\n    secrets: { path: secrets }`,
      ).replace('  path: registries/main\n', path);
    const place = join(folder, 'registries/oslo');
    writeFiles(place, [['registry.yaml', text('')]]);
    const dryRun = (): string => run(place, ['generate', '--dry-run']).err;
    assert.is(dryRun(), '', 'outside of a repository nothing is known');
    assert.is(run(place, ['generate']).code, 0);
    writeFiles(folder, [['.git/HEAD', '']]);
    assert.is(run(place, ['check']).code, 0);
    assert.is(
      dryRun(),
      `registry.yaml:4:3: warning: delivery.repository: the tree would be looked for at the top of the repository, but here it is in registries/oslo; set delivery.path: registries/oslo.
registry.yaml:9:16: warning: delivery.flux.secrets.path: there is no folder secrets beside registry.yaml, and Flux syncs the registry after it; make it, or leave this out.
`,
    );
    assert.match(
      run(folder, ['generate', '--dry-run']).err,
      /^registries\/oslo\/registry\.yaml:4:3: warning: delivery\.repository: /,
    );
    writeFiles(place, [
      ['registry.yaml', text('  path: registries/oslo\n')],
      ['secrets/kustomization.yaml', 'resources: []\n'],
    ]);
    assert.is(dryRun(), '');
    writeFiles(folder, [
      ['registry.yaml', delivered('flux:\n    overlays: [eu]').replace('  path: registries/main\n', '')],
    ]);
    assert.is(run(folder, ['generate', '--dry-run']).err, '', 'at the top');
  }));

test('next steps are for an overlay that is synced, and apply what syncs it wherever that changes', () =>
  withFolder((folder) => {
    const applied = (section: string): string[] => {
      writeFiles(folder, [['registry.yaml', delivered(section)]]);
      return [...run(folder, ['generate', '--force']).out.matchAll(/kubectl apply -k (\S+)/g)].map(([, path]) => path!);
    };
    const argoCd = (overlay: string): string => `argoCd:\n    applications: [{ overlay: ${overlay} }]\n  `;
    assert.equal(applied(`${argoCd('tls')}flux:\n    overlays: [eu]`), ['delivery/flux/eu']);
    assert.equal(applied(`${argoCd('eu')}flux:\n    overlays: [tls]`), ['delivery/argo-cd', 'delivery/flux/tls']);
    assert.equal(applied(`${argoCd('tls')}flux:\n    overlays: [eu, tls]`), ['delivery/argo-cd', 'delivery/flux/eu']);
    assert.equal(applied(argoCd('shared-redis')), ['delivery/argo-cd']);
    assert.equal(applied('flux:\n    overlays: [base]'), ['delivery/flux/base']);
    assert.equal(applied(''), [], 'what was applied goes on');
    assert.match(run(folder, ['generate', '--steps']).out, /kubectl apply -k overlays\/eu$/m);
  }));

test.run();
