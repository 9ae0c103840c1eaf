/** What the account of Flux may do, what nothing prunes, and how commands treat the folder. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { parse } from 'yaml';
import type { Plan } from '../../generator/plan/index.js';
import { run } from '../support/cli.js';
import { delivered } from '../support/delivery.js';
import { withFolder, writeFiles } from '../support/folder.js';
import { findKustomizes, testWith } from '../support/tools.js';
import { planOf, object, text } from './delivered.js';

const test = suite('what syncs the tree: rights, and the commands');

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

test('the account of Flux may bind the roles of the tree before they are there, and no others', async () => {
  const bindings = (plan: Plan): object[] =>
    object(plan, 'delivery/flux/tls', 'role.yaml').rules.filter(({ verbs }: { verbs: string[] }) =>
      verbs.includes('bind'),
    );
  const rule = {
    apiGroups: ['rbac.authorization.k8s.io'],
    resources: ['roles'],
    resourceNames: ['registry-gc'],
    verbs: ['bind'],
  };
  assert.equal(bindings(await planOf(delivered('flux: { overlays: [tls] }'))), [rule]);
  assert.equal(bindings(await planOf(delivered('flux: { overlays: [tls] }', 'gc: { enabled: false }'))), []);
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
        'argocd.argoproj.io/compare-options': 'IgnoreExtraneous',
        'argocd.argoproj.io/sync-options': 'Prune=false,Delete=false',
        'kustomize.toolkit.fluxcd.io/prune': 'disabled',
      },
      file,
    );
  }
});

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

test('a tree that is not where the objects point at is reported, and what is generated does not depend on it', () =>
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
