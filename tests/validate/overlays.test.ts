/** `validate` on overlays that this generator did not write, which the real kustomize builds. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { run } from '../support/cli.js';
import { shipped } from '../support/config.js';
import { writeFiles } from '../support/folder.js';
import { findProgram, testWith } from '../support/tools.js';
import { withFiles, SERVICE, POD, find } from './inputs.js';

const test = suite('validate: overlays');

test(
  "the tree of registry.yaml needs no kustomize, anyone else's overlay does",
  withFiles(
    {
      'registry.yaml': shipped,
      'mine/kustomization.yaml': 'resources:\n  - service.yaml\n',
      'mine/service.yaml': SERVICE,
    },
    (folder) => {
      run(folder, ['generate']);
      const without = { PATH: '/nowhere' };
      assert.is(run(folder, ['validate'], '', without).code, 0);
      const reported = run(folder, ['validate', 'mine'], '', without);
      assert.equal(reported, {
        code: 3,
        out: '',
        err: 'registry-gitops: an overlay that registry-gitops did not write has to be built: install kubectl or kustomize, or pipe what it builds to `registry-gitops validate -`\n',
      });
    },
  ),
);

const kustomize = findProgram('kustomize') ?? findProgram('kubectl');

testWith(
  test,
  'kubectl',
  kustomize !== undefined,
  "an overlay of anyone's: each finding where it is written, in base, patch, component or generator",
  withFiles(
    {
      'base/kustomization.yaml': 'resources:\n  - all.yaml\n  - service.yaml\n',
      'base/all.yaml': POD.replaceAll('  namespace: shop\n', '').replace('kind: Pod', 'kind: Pod # the one'),
      'base/service.yaml': SERVICE.replace('  namespace: shop\n', ''),
      'component/kustomization.yaml':
        'apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\npatches:\n  - path: probe.yaml\n',
      'component/probe.yaml':
        'apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\nspec:\n  containers:\n    - name: web\n      readinessProbe:\n        httpGet:\n          port: nosuch\n',
      'prod/kustomization.yaml': `namespace: shop
resources:
  - ../base
components:
  - ../component
patches:
  - path: service.yaml
  - target:
      kind: Pod
    patch: |
      - op: replace
        path: /spec/containers/0/image
        value: example.com/web:latest
configMapGenerator:
  - name: settings
    literals:
      - A=b
`,
      'prod/service.yaml': 'apiVersion: v1\nkind: Service\nmetadata:\n  name: web\nspec:\n  type: ClusterIp\n',
    },
    (folder) => {
      const places = find(folder, 'prod').findings.map(({ rule, place }) => [
        rule,
        `${place!.file}:${place!.line}:${place!.column}`,
      ]);
      assert.equal(places, [
        ['probe-port', 'component/probe.yaml:10:17'],
        ['image-pinned', 'prod/kustomization.yaml:11:9'],
        ['invalid-value', 'prod/service.yaml:6:9'],
      ]);
    },
  ),
);

testWith(
  test,
  'kubectl',
  kustomize !== undefined,
  'a tree that was edited by hand is built as it is, and its findings are in the file that was edited',
  withFiles({ 'registry.yaml': shipped }, (folder) => {
    run(folder, ['generate']);
    const file = join(folder, 'base/service.yaml');
    writeFileSync(file, readFileSync(file, 'utf8').replace('targetPort: http', 'targetPort: htpt'));
    const { findings } = find(folder, 'overlays/tls');
    const line =
      readFileSync(file, 'utf8')
        .split('\n')
        .findIndex((text) => text.includes('htpt')) + 1;
    assert.ok(
      findings.some(
        ({ rule, place }) => rule === 'service-port' && place!.file === 'base/service.yaml' && place!.line === line,
      ),
      JSON.stringify(findings),
    );
  }),
);

testWith(
  test,
  'kubectl',
  kustomize !== undefined,
  'what kustomize says is reported without its noise, and at the field that it speaks of',
  withFiles(
    {
      'both/kustomization.yaml': 'resources: []\n',
      'both/kustomization.yml': 'resources: []\n',
      'old/kustomization.yaml': 'bases:\n  - ../nowhere\n',
      'patch/kustomization.yaml':
        'resources:\n  - service.yaml\npatches:\n  - target:\n      kind: Service\n    patch: |\n      - op: remove\n        path: /spec/nope\n',
      'patch/service.yaml': SERVICE,
    },
    (folder) => {
      for (const [path, place, words] of [
        ['both', '1:1', /^Found multiple kustomization files under: both$/],
        ['old', '2:5', /^accumulating resources/],
        ['patch', '3:1', /nonexistent key/],
      ] as const) {
        const { findings } = find(folder, path);
        const reported = findings.filter(({ rule }) => rule === 'kustomize-build');
        assert.equal(
          reported.map(({ place: at }) => `${at!.file}:${at!.line}:${at!.column}`),
          [`${path}/kustomization.yaml:${place}`],
          JSON.stringify(findings),
        );
        assert.match(reported[0]!.message, words);
      }
    },
  ),
);

testWith(
  test,
  'kubectl',
  kustomize !== undefined,
  'a folder of overlays: each of them, but no component, and what kustomize says where it cannot build',
  withFiles(
    {
      'deploy/base/kustomization.yaml': 'namespace: shop\nresources:\n  - service.yaml\n  - pod.yaml\n',
      'deploy/base/service.yaml': SERVICE,
      'deploy/base/pod.yaml': POD,
      'deploy/prod/kustomization.yaml': 'resources:\n  - ../base\nreplicas:\n  - name: nobody\n    count: 3\n',
      'deploy/part/kustomization.yaml': 'apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\n',
    },
    (folder) => {
      const { findings, summary } = find(folder, 'deploy');
      assert.is(summary['units'], 2);
      assert.equal(
        findings.map(({ place }) => place!.file),
        ['deploy/prod/kustomization.yaml'],
      );
      mkdirSync(join(folder, 'deploy/chart/templates'), { recursive: true });
      writeFiles(folder, [
        ['deploy/chart/Chart.yaml', 'name: x\n'],
        ['deploy/chart/templates/x.yaml', '{{ if x }}\n'],
      ]);
      assert.is(find(folder, 'deploy').summary['units'], 2);
    },
  ),
);

test.run();
