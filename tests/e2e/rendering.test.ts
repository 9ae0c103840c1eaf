/** What Flux's and Argo CD's own code makes of the tree is the model, and what it makes of delivery/ is what is meant. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { parseAllDocuments } from 'yaml';
import type { KubernetesObject } from '../../generator/model/index.js';
import { buildVariant, makePlan, type Plan, variantNames } from '../../generator/plan/index.js';
import { folderOf } from '../../generator/model/index.js';
import { run } from '../support/cli.js';
import { bytesOf, shipped } from '../support/config.js';
import { delivered } from '../support/delivery.js';
import { differencesOf } from '../support/equality.js';
import { withFolder, writeFiles } from '../support/folder.js';
import { ask } from '../support/rendering.js';
import { findProgram, testWith } from '../support/tools.js';

const test = suite("the controllers' own rendering");
const go = findProgram('go') !== undefined;
type Fields = Record<string, any>;

/** The shipped configuration, with every overlay delivered by both. */
const everything = `${shipped}
delivery:
  repository: https://git.example.com/platform/registry.git
  path: registries/main
  argoCd:
    applications:
      - { overlay: sidecar-redis, clusters: [one] }
      - { overlay: statefulset-redis, clusters: [two] }
      - { overlay: no-tls, clusters: [three] }
      - { overlay: tls, clusters: [four] }
      - { overlay: base, clusters: [five] }
  flux:
    overlays: [sidecar-redis, statefulset-redis, no-tls, tls, base]
`;

function byId(objects: readonly Fields[]): Record<string, Fields> {
  return Object.fromEntries(
    objects.map((object) => [
      `${object['apiVersion']}/${object['kind']}/${object['metadata'].namespace ?? ''}/${object['metadata'].name}`,
      object,
    ]),
  );
}

/** Runs with the whole tree at its path in a repository. */
async function inRepository(text: string, act: (plan: Plan, repository: string) => void): Promise<void> {
  const plan = await makePlan(bytesOf(text), 'registry.yaml');
  await withFolder((repository) => {
    writeFiles(join(repository, 'registries/main'), plan.files);
    act(plan, repository);
  });
}

function objects(plan: Plan, kind: string, apiVersion: RegExp): KubernetesObject[] {
  return plan.delivery
    .flatMap((folder) => folder.objects.map(({ object }) => object))
    .filter((object) => object.kind === kind && apiVersion.test(object.apiVersion));
}

/** The variant that a path in the repository is. */
function variantAt(path: string): string {
  return path.split('/').at(-1)!;
}

/** What is rendered for each path is the model, object for object. */
function compare(plan: Plan, paths: string[], rendered: Fields[][]): void {
  assert.equal(paths.map(variantAt).sort(), variantNames(plan.config).sort());
  let compared = 0;
  for (const [index, path] of paths.entries()) {
    const wanted = buildVariant(plan.config, variantAt(path), 'registry.yaml');
    assert.is(rendered[index]!.length, wanted.length);
    assert.equal(differencesOf(byId(rendered[index]!), byId(JSON.parse(JSON.stringify(wanted)))), [], path);
    compared += wanted.length;
  }
  console.log(`${paths.length} folders, ${compared} objects equal to their models`);
}

/** Flux labels each object with the Kustomization whose it is. */
function unlabelled(rendered: Fields[]): Fields[] {
  return rendered.map((object) => {
    const { labels = {}, ...metadata } = object['metadata'];
    const own = Object.fromEntries(
      Object.entries(labels).filter(([key]) => !key.startsWith('kustomize.toolkit.fluxcd.io/')),
    );
    return { ...object, metadata: { ...metadata, ...(Object.keys(own).length > 0 ? { labels: own } : {}) } };
  });
}

testWith(test, 'Go', go, 'Flux renders every overlay to its model', () =>
  inRepository(everything, (plan, repository) => {
    const kustomizations = objects(plan, 'Kustomization', /^kustomize\.toolkit/) as Fields[];
    const { rendered } = ask<{ rendered: Fields[][] }>('flux', { repository, kustomizations });
    compare(
      plan,
      kustomizations.map(({ spec }) => spec.path),
      rendered,
    );
  }),
);

testWith(test, 'Go', go, 'a Kustomization that substitutes variables leaves every object as it is', () =>
  inRepository(everything, (plan, repository) => {
    const kustomizations = (objects(plan, 'Kustomization', /^kustomize\.toolkit/) as Fields[]).map((one) => ({
      ...one,
      spec: { ...one['spec'], postBuild: { substitute: { primary: 'a', HOST: 'b', path: 'c' } } },
    }));
    const { rendered } = ask<{ rendered: Fields[][] }>('flux', { repository, kustomizations });
    compare(
      plan,
      kustomizations.map(({ spec }) => (spec as Fields)['path']),
      rendered,
    );
  }),
);

const flux = findProgram('flux');
testWith(test, 'flux', flux !== undefined, "so does Flux's command line", () =>
  inRepository(everything, (plan, repository) => {
    const root = join(repository, 'registries/main');
    const kustomizations = plan.delivery
      .filter(({ folder }) => folder.startsWith('delivery/flux/'))
      .map(({ folder }) => ({ folder, variant: variantAt(folder) }));
    const rendered = kustomizations.map(({ folder, variant }) => {
      const args = [
        'build',
        'kustomization',
        `registry-${variant}`,
        '--namespace',
        'registry',
        '--path',
        join(root, folderOf(variant)),
        '--kustomization-file',
        join(root, folder, 'flux-kustomization.yaml'),
        '--dry-run',
      ];
      const text = execFileSync(flux!, args, { encoding: 'utf8', maxBuffer: 2 ** 26 });
      return parseAllDocuments(text, { version: '1.1' }).flatMap(
        (document) => (document.toJS() as Fields | null) ?? [],
      );
    });
    compare(
      plan,
      kustomizations.map(({ variant }) => variant),
      rendered.map(unlabelled),
    );
  }),
);

testWith(
  test,
  'Go',
  go,
  'what its image automation writes at a marker is a registry.yaml as before, but for the image',
  () =>
    withFolder((folder) => {
      const marked = shipped.replace(/^image: (.*)$/m, 'image: $1 # {"$imagepolicy": "registry:distribution"}');
      assert.is.not(marked, shipped);
      writeFiles(folder, [['registry.yaml', marked]]);
      assert.is(run(folder, ['generate']).code, 0);
      // As the automation has it: a folder of which every file with a marker is looked at.
      const only = join(folder, 'checkout');
      writeFiles(only, [['registry.yaml', marked]]);
      ask('flux', { repository: only, images: { 'registry:distribution': 'docker.io/library/registry:3.1.3' } });
      const written = readFileSync(join(only, 'registry.yaml'), 'utf8');
      const lines = (text: string): string[] => text.split('\n').filter((line) => line !== '');
      assert.equal(
        lines(written),
        lines(marked).map((line) => line.replace('image: registry:3.1.2', 'image: docker.io/library/registry:3.1.3')),
        'blank lines are all that goes',
      );
      writeFiles(folder, [['registry.yaml', written]]);
      assert.is(run(folder, ['check']).code, 1, 'the tree is generated on the branch');
      assert.is(run(folder, ['generate']).code, 0);
      assert.is(run(folder, ['check']).code, 0);
    }),
);

interface Answer {
  rendered: Fields[][];
  generated: Fields[][];
  drifted: boolean[];
  refused: string[][];
  health: string[];
}
const argo = (name: string, run: () => unknown): void =>
  testWith(test, 'Go or kustomize', go && findProgram('kustomize') !== undefined, name, run);
const askArgo = (request: object): Answer => ask<Answer>('argo-cd', request);

/** Argo CD notes on each object whose it is, and says the namespace of the Application where an object states none. */
function untracked(rendered: Fields[]): Fields[] {
  return rendered.map((object) => {
    const { annotations: { 'argocd.argoproj.io/tracking-id': _, ...annotations } = {} as Fields, ...metadata } =
      object['metadata'];
    return { ...object, metadata: { ...metadata, ...(Object.keys(annotations).length > 0 ? { annotations } : {}) } };
  });
}

argo('Argo CD renders every overlay to its model', () =>
  inRepository(everything, (plan, repository) => {
    const applications = objects(plan, 'Application', /^argoproj/) as Fields[];
    const { rendered } = askArgo({ repository, applications });
    compare(
      plan,
      applications.map(({ spec }) => spec.source.path),
      rendered.map(untracked),
    );
  }),
);

argo('the file of Argo CD Image Updater beside an overlay sets the image of the registry and of its collector', () =>
  inRepository(everything, (plan, repository) => {
    const application = (objects(plan, 'Application', /^argoproj/) as Fields[]).find(
      ({ metadata }) => metadata.name === 'registry-tls',
    )!;
    writeFiles(join(repository, application['spec'].source.path), [
      ['.argocd-source-registry-tls.yaml', 'kustomize:\n  images:\n    - registry:3.1.3\n'],
    ]);
    const [rendered] = askArgo({ repository, applications: [application] }).rendered;
    const text = JSON.stringify(rendered);
    assert.equal([...new Set(text.match(/"registry:\d[^"]*"/g))], ['"registry:3.1.3"']);
  }),
);

argo('an ApplicationSet gives an Application for each cluster, which is what one of its own would be', async () => {
  const section = (clusters: string): string =>
    delivered(`argoCd: { applications: [{ overlay: eu, clusters: [${clusters}] }] }`);
  const many = await makePlan(bytesOf(section('a, b')), 'registry.yaml');
  const one = await makePlan(bytesOf(section('a')), 'registry.yaml');
  const { generated } = askArgo({ applicationSets: objects(many, 'ApplicationSet', /^argoproj/) });
  assert.equal(
    generated[0]!.map(({ metadata }) => metadata.name),
    ['registry-eu-a', 'registry-eu-b'],
  );
  const [wanted] = objects(one, 'Application', /^argoproj/) as Fields[];
  assert.equal(generated[0]![0]!['spec'], JSON.parse(JSON.stringify(wanted!['spec'])));
  assert.equal(
    generated[0]!.map(({ metadata }) => metadata.finalizers ?? []),
    [[], []],
  );
});

argo('the AppProject permits each object of its overlays, and no other object, place or source', async () => {
  const plan = await makePlan(bytesOf(everything), 'registry.yaml');
  const [project] = objects(plan, 'AppProject', /^argoproj/);
  const applications = objects(plan, 'Application', /^argoproj/) as Fields[];
  const question = ({ apiVersion, kind, metadata }: KubernetesObject): object => ({
    group: apiVersion.includes('/') ? apiVersion.split('/')[0] : '',
    kind,
    name: metadata.name,
    namespaced: metadata.namespace !== undefined,
  });
  const own = applications.map((application) => ({
    project,
    application,
    objects: buildVariant(plan.config, variantAt(application['spec'].source.path), 'registry.yaml').map(question),
  }));
  assert.equal(
    askArgo({ permits: own }).refused,
    applications.map(() => []),
  );
  const elsewhere = structuredClone(applications[0]!);
  elsewhere['spec'].destination.namespace = 'kube-system';
  elsewhere['spec'].source.repoURL = 'https://git.example.com/other.git';
  const foreign = [
    { group: '', kind: 'Namespace', name: 'kube-system', namespaced: false },
    { group: 'rbac.authorization.k8s.io', kind: 'ClusterRoleBinding', name: 'x', namespaced: false },
    { group: '', kind: 'Secret', name: 'x', namespaced: true },
    { group: '', kind: 'Pod', name: 'x', namespaced: true },
  ];
  assert.equal(askArgo({ permits: [{ project, application: elsewhere, objects: foreign }] }).refused, [
    [
      'source https://git.example.com/other.git',
      `destination ${elsewhere['spec'].destination.name} kube-system`,
      'Namespace/kube-system',
      'ClusterRoleBinding/x',
      'Secret/x',
      'Pod/x',
    ],
  ]);
});

argo('a collection is no drift to heal; all else is', async () => {
  const plan = await makePlan(bytesOf(everything), 'registry.yaml');
  const [application] = objects(plan, 'Application', /^argoproj/) as Fields[];
  const ignore = application!['spec'].ignoreDifferences;
  const model = JSON.parse(JSON.stringify(buildVariant(plan.config, 'base', 'registry.yaml'))) as Fields[];
  const target = (kind: string, name: string): Fields =>
    model.find((object) => object['kind'] === kind && object['metadata'].name === name)!;
  const deployment = target('Deployment', 'registry');
  const lock = target('ConfigMap', 'registry-gc-lock');
  const env = (object: Fields): Fields[] =>
    (object['spec'].template.spec.containers.find(({ name }: Fields) => name === 'registry').env ??= []);
  const changed = (object: Fields, change: (copy: Fields) => void): Fields => {
    const copy = structuredClone(object);
    change(copy);
    return copy;
  };
  const closed = (copy: Fields): void =>
    void env(copy).push(
      { name: 'REGISTRY_STORAGE_MAINTENANCE_READONLY', value: '{"enabled":true}' },
      { name: 'REGISTRY_STORAGE_CACHE_BLOBDESCRIPTOR', value: 'none' },
    );
  const questions: [what: string, live: Fields, target: Fields, drift: boolean][] = [
    ['nothing', deployment, deployment, false],
    ['a collection', changed(deployment, closed), deployment, false],
    ['its lock', { ...lock, data: { holder: 'one', renewals: '3' } }, lock, false],
    [
      'an image by hand, meanwhile',
      changed(
        deployment,
        (copy) => (closed(copy), (copy['spec'].template.spec.containers[0].image = 'registry:2.8.3')),
      ),
      deployment,
      true,
    ],
    [
      'a variable of git, changed',
      changed(
        deployment,
        (copy) => (closed(copy), (env(copy).find(({ name }) => name === 'OTEL_TRACES_EXPORTER')!['value'] = 'otlp')),
      ),
      deployment,
      true,
    ],
    ['replicas by hand', changed(deployment, (copy) => (copy['spec'].replicas = 1)), deployment, true],
    ['labels of the lock', changed(lock, (copy) => (copy['metadata'].labels = { other: 'x' })), lock, true],
  ];
  const { drifted } = askArgo({ drifts: questions.map(([, live, wanted]) => ({ live, target: wanted, ignore })) });
  assert.equal(
    questions.map(([what], index) => `${what}: ${drifted[index]}`),
    questions.map(([what, , , drift]) => `${what}: ${drift}`),
  );
  const unlisted = askArgo({
    drifts: questions.slice(0, 3).map(([, live, wanted]) => ({ live, target: wanted, ignore: [] })),
  });
  assert.equal(
    unlisted.drifted,
    [false, false, false],
    'as docs/background/garbage-collection.md says: compared by owner, it is none even where nothing is listed',
  );
});

argo('what Argo CD cannot tell of the health of a volume, the patch of argocd-cm does', async () => {
  const plan = await makePlan(
    bytesOf(
      delivered(
        'argoCd: { applications: [{ overlay: base }] }',
        'storage: { storageClass: "", static: { nfs: { server: nfs.example.com, path: /exports } } }',
      ),
    ),
    'registry.yaml',
  );
  const { data } = plan.delivery[0]!.patches[0]!.patch as { data: Record<string, string> };
  const scripts = Object.fromEntries(
    Object.entries(data).map(([key, script]) => [key.replace('resource.customizations.health.', ''), script]),
  );
  const volume = (status?: object): Fields => ({
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name: 'x' },
    ...(status ? { status } : {}),
  });
  const phases = ['Available', 'Bound', 'Released', 'Failed', 'Pending'];
  assert.equal(
    askArgo({ healths: phases.map((phase) => ({ object: volume({ phase }) })) }).health,
    phases.map(() => ''),
    'without it nothing is said',
  );
  const { health } = askArgo({
    healths: [...phases.map((phase) => ({ object: volume({ phase }), scripts })), { object: volume(), scripts }],
  });
  assert.equal(health, ['Healthy', 'Healthy', 'Degraded', 'Degraded', 'Progressing', 'Progressing']);
  const certificate = {
    apiVersion: 'networking.gke.io/v1',
    kind: 'ManagedCertificate',
    metadata: { name: 'x' },
    status: { certificateStatus: 'Active' },
  };
  assert.equal(askArgo({ healths: [{ object: certificate }] }).health, ['Healthy'], "GKE's certificate it knows");
});

test.run();
