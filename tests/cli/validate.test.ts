/** `validate` on what anyone wrote: what it reads, what it says, where, in which format, with which exit code. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { run } from '../support/cli.js';
import { shipped } from '../support/config.js';
import { withFolder, writeFiles } from '../support/folder.js';
import { findProgram, testWith } from '../support/tools.js';

const test = suite('validate');

const SERVICE = `apiVersion: v1
kind: Service
metadata:
  name: web
  namespace: shop
spec:
  selector:
    app: web
  ports:
    - name: http
      port: 80
`;
const MISSPELT = SERVICE.replace('port: 80', 'prot: TCP\n      port: 80');
const POD = `apiVersion: v1
kind: Pod
metadata:
  name: web
  namespace: shop
  labels:
    app: web
spec:
  automountServiceAccountToken: false
  securityContext:
    runAsNonRoot: true
    runAsUser: 10001
    runAsGroup: 10001
    seccompProfile:
      type: RuntimeDefault
  containers:
    - name: web
      image: example.com/web:1.2.3
      ports:
        - containerPort: 80
      readinessProbe:
        httpGet:
          path: /
          port: 80
      livenessProbe:
        tcpSocket:
          port: 80
      resources:
        requests:
          cpu: 10m
          memory: 10Mi
          ephemeral-storage: 10Mi
        limits:
          memory: 10Mi
          ephemeral-storage: 10Mi
      securityContext:
        readOnlyRootFilesystem: true
        allowPrivilegeEscalation: false
        capabilities:
          drop:
            - ALL
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: web
  namespace: shop
spec:
  podSelector:
    matchLabels:
      app: web
  policyTypes:
    - Ingress
    - Egress
  ingress:
    - from:
        - podSelector: {}
      ports:
        - port: 80
`;
const withFiles = (files: Record<string, string>, check: (folder: string) => void) => () =>
  withFolder((folder) => {
    writeFiles(folder, Object.entries(files));
    check(folder);
  });
const find = (folder: string, ...args: string[]) =>
  JSON.parse(run(folder, ['validate', '--format', 'json', ...args]).out) as {
    findings: {
      rule: string;
      place: { file: string; line: number; column: number } | null;
      message: string;
      path: string;
      severity: string;
      hint?: string;
      fix: string;
      cause?: unknown;
    }[];
    summary: Record<string, number>;
  };

test('without a path it checks the tree that is here', () => {
  const { code, out, err } = run(process.cwd(), ['validate']);
  assert.equal([code, err], [0, '']);
  assert.match(out, /^Nothing found: \d+ objects of 5 units\.\n$/);
});

test(
  'a file: place, object, field, what is wrong, the rule, and what to do',
  withFiles({ 'all.yaml': `${POD}---\n${MISSPELT}` }, (folder) => {
    const line = `${POD}---\n${MISSPELT}`.split('\n').findIndex((text) => text.includes('prot:')) + 1;
    const { code, out } = run(folder, ['validate', 'all.yaml']);
    assert.is(code, 1);
    assert.is(
      out,
      `all.yaml:${line}:7: error: Service/web: spec.ports[0].prot: unknown field "prot"; did you mean "port"? [unknown-field]\n  ${out.split('\n')[1]!.trim()}\n1 error and 0 warnings in 3 objects of 1 unit.\n`,
    );
  }),
);

test(
  'a folder: its files are judged together, others passed over, and said',
  withFiles(
    {
      'a/pod.yaml': POD,
      'a/b/service.yml': SERVICE,
      'a/list.json': JSON.stringify({
        apiVersion: 'v1',
        kind: 'List',
        items: [{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'x', namespace: 'shop' } }],
      }),
      'a/values.yaml': 'x: 1\n',
      'a/notes.txt': 'no YAML: [',
    },
    (folder) => {
      assert.equal(run(folder, ['validate', 'a']), {
        code: 0,
        out: 'Nothing found: 4 objects of 1 unit, 1 file without Kubernetes objects passed over.\n',
        err: '',
      });
      writeFileSync(join(folder, 'a/pod.yaml'), POD.replaceAll('app: web', 'app: shop'));
      const { findings } = find(folder, 'a');
      assert.equal(
        findings.map(({ rule, place }) => [rule, place!.file, place!.line]),
        [['service-pods', 'a/b/service.yml', 7]],
      );
    },
  ),
);

test(
  'a place in a List of a JSON file',
  withFiles(
    {
      'list.json':
        '{\n  "apiVersion": "v1", "kind": "List",\n  "items": [\n    {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "x", "namespace": "shop"},\n     "dat": {}}\n  ]\n}\n',
    },
    (folder) => {
      const [finding] = find(folder, 'list.json').findings;
      assert.equal([finding!.rule, finding!.place], ['unknown-field', { file: 'list.json', line: 5, column: 6 }]);
    },
  ),
);

test('standard input', () =>
  withFolder((folder) => {
    const { code, out } = run(folder, ['validate', '-', '--external', 'Pod/web'], MISSPELT);
    assert.is(code, 1);
    assert.match(out, /^standard input:11:7: error: Service\/web: spec\.ports\[0\]\.prot: /m);
    assert.match(
      run(folder, ['validate', '-'], '').out,
      'standard input:1:1: error: there are no Kubernetes objects in it [invalid-yaml]',
    );
  }));

test(
  'several files are one unit, several overlays are several',
  withFiles({ 'pod.yaml': POD, 'service.yaml': SERVICE }, (folder) => {
    assert.match(run(folder, ['validate', 'pod.yaml', 'service.yaml']).out, 'Nothing found: 3 objects of 1 unit.');
  }),
);

test(
  'what is no YAML, no object, or half a one is told at its line',
  withFiles(
    {
      'tab.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n\tname: x\n',
      'twice.yaml': 'apiVersion: v1\nkind: ConfigMap\nkind: Secret\nmetadata: { name: x }\n',
      'conflict.yaml': '<<<<<<< HEAD\napiVersion: v1\n=======\n>>>>>>> x\n',
      'kindless.yaml': 'apiVersion: v1\nmetadata:\n  name: x\n',
      'plain.yaml': 'hello\n',
    },
    (folder) => {
      for (const [file, line, words] of [
        ['tab.yaml', 4, 'a tab indents this line'],
        ['twice.yaml', 3, 'the key is there twice'],
        ['conflict.yaml', 1, 'there is a merge conflict'],
        ['kindless.yaml', 1, '"kind" is missing'],
        ['plain.yaml', 1, 'this is no Kubernetes object'],
      ] as const) {
        const { code, out, err } = run(folder, ['validate', file]);
        assert.equal([code, err], [1, ''], file);
        assert.match(out, `${file}:${line}:`);
        assert.match(out, words);
      }
    },
  ),
);

test(
  'wrong paths and options: what is wrong, in a line, and the exit code',
  withFiles(
    { 'service.yaml': SERVICE, 'empty/x.txt': '', 'broken-crd.yaml': 'kind: CustomResourceDefinition\nspec: [\n' },
    (folder) => {
      const cases: [args: string[], code: number, words: string][] = [
        [['nowhere.yaml'], 3, 'nowhere.yaml: there is no such file or folder'],
        [['empty'], 3, 'empty: there are no Kubernetes objects in it'],
        [
          [],
          2,
          'name what to check: a folder, a file, an overlay, or - for standard input (there is no registry.yaml here)',
        ],
        [['service.yaml', '--format', 'xml'], 2, '--format xml: expected one of text, json, sarif, github'],
        [
          ['service.yaml', '--kubernetes-version', '1.20'],
          2,
          '--kubernetes-version 1.20: there are schemas for Kubernetes 1.32 to 1.37',
        ],
        [
          ['service.yaml', '--kubernetes-version', 'latest'],
          2,
          '--kubernetes-version latest: expected a minor such as 1.34, or a range such as 1.33-1.36',
        ],
        [
          ['service.yaml', '--kubernetes-version', '1.37-1.33'],
          2,
          '--kubernetes-version 1.37-1.33: the older minor comes first: 1.33-1.37',
        ],
        [
          ['service.yaml', '--external', 'Secret'],
          2,
          '--external Secret: expected Kind/name, such as Secret/registry-secrets',
        ],
        [['service.yaml', '--crd', 'no.yaml'], 2, '--crd no.yaml: '],
        [['service.yaml', '--crd', 'broken-crd.yaml'], 2, '--crd broken-crd.yaml: '],
        [['service.yaml', '--previous', 'no'], 3, 'no: there is no such file or folder'],
        [['service.yaml', '--config', 'no.yaml'], 2, 'no.yaml: there is no such file'],
      ];
      for (const [args, code, words] of cases) {
        const result = run(folder, ['validate', ...args]);
        assert.equal([result.code, result.out, result.err.trim().split('\n').length], [code, '', 1], args.join(' '));
        assert.match(result.err, words);
      }
    },
  ),
);

test(
  'a warning alone is no failure',
  withFiles(
    { 'endpoints.yaml': 'apiVersion: v1\nkind: Endpoints\nmetadata:\n  name: x\n  namespace: shop\n' },
    (folder) => {
      const { code, out } = run(folder, ['validate', 'endpoints.yaml']);
      assert.is(code, 0);
      assert.match(
        out,
        'endpoints.yaml:1:13: warning: Endpoints/x: apiVersion: v1/Endpoints is deprecated since Kubernetes 1.33 [deprecated-api]\n  write apiVersion: discovery.k8s.io/v1, kind: EndpointSlice\n',
      );
      assert.match(out, '0 errors and 1 warning in');
    },
  ),
);

test(
  '--kubernetes-version: one minor, or each of a range',
  withFiles(
    {
      'policy.yaml':
        'apiVersion: admissionregistration.k8s.io/v1beta1\nkind: ValidatingAdmissionPolicy\nmetadata:\n  name: x\n',
      'gone.yaml': 'apiVersion: extensions/v1beta1\nkind: Ingress\nmetadata:\n  name: x\n  namespace: shop\n',
    },
    (folder) => {
      assert.equal(
        find(folder, 'policy.yaml', '--kubernetes-version', '1.33').findings.map(({ rule }) => rule),
        ['deprecated-api'],
      );
      assert.equal(
        find(folder, 'policy.yaml', '--kubernetes-version', '1.33-1.37').findings.map(({ rule }) => rule),
        ['removed-api'],
      );
      assert.match(find(folder, 'policy.yaml').findings[0]!.message, /1\.34/);
      assert.match(JSON.stringify(find(folder, 'gone.yaml').findings[0]), 'networking.k8s.io/v1');
    },
  ),
);

test(
  '--previous: what cannot be changed in place',
  withFiles(
    {
      'old/service.yaml': SERVICE.replace('  selector', '  clusterIP: None\n  selector'),
      'new/service.yaml': SERVICE.replace('  selector', '  clusterIP: 10.0.0.10\n  selector'),
    },
    (folder) => {
      assert.equal(
        find(folder, 'new', '--external', 'Pod/web').findings.filter(({ rule }) => rule === 'immutable-field'),
        [],
      );
      const [finding] = find(folder, 'new', '--previous', 'old').findings.filter(
        ({ rule }) => rule === 'immutable-field',
      );
      assert.equal(
        [finding!.path, finding!.place],
        ['spec.clusterIP', { file: 'new/service.yaml', line: 7, column: 14 }],
      );
    },
  ),
);

test(
  "--crd: kinds of one's own, by which objects are then checked",
  withFiles(
    {
      'crd.yaml': `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: shops.example.com
spec:
  group: example.com
  scope: Namespaced
  names: { kind: Shop, plural: shops }
  versions:
    - name: v1
      served: true
      storage: true
      schema:
        openAPIV3Schema:
          type: object
          properties:
            spec:
              type: object
              required: [size]
              properties:
                size: { type: integer, minimum: 1 }
              x-kubernetes-validations:
                - rule: self.size < 10
                  message: a shop has less than ten rooms
`,
      'shop.yaml':
        'apiVersion: example.com/v1\nkind: Shop\nmetadata:\n  name: x\n  namespace: shop\nspec:\n  size: 12\n',
    },
    (folder) => {
      assert.equal(
        find(folder, 'shop.yaml').findings.map(({ rule }) => rule),
        ['unknown-kind'],
      );
      const [finding, ...more] = find(folder, 'shop.yaml', '--crd', 'crd.yaml').findings;
      assert.equal(more, []);
      assert.match(finding!.message, 'a shop has less than ten rooms');
      writeFileSync(join(folder, 'shop.yaml'), readFileSync(join(folder, 'shop.yaml'), 'utf8').replace('12', '2'));
      assert.is(run(folder, ['validate', 'shop.yaml', '--crd', 'crd.yaml']).code, 0);
    },
  ),
);

test(
  '--external: what the cluster has from elsewhere',
  withFiles(
    {
      'pod.yaml': POD.replace(
        '      ports:',
        '      envFrom:\n        - secretRef:\n            name: elsewhere\n      ports:',
      ),
    },
    (folder) => {
      const [finding] = find(folder, 'pod.yaml').findings;
      assert.equal(
        [finding!.rule, finding!.path],
        ['reference-exists', 'spec.containers[0].envFrom[0].secretRef.name'],
      );
      assert.is(run(folder, ['validate', 'pod.yaml', '--external', 'Secret/elsewhere']).code, 0);
      assert.is(
        run(folder, ['validate', 'pod.yaml', '--external', 'Secret/other', '--external', 'secret/elsewhere']).code,
        0,
      );
    },
  ),
);

test(
  'a CustomResourceDefinition among the files is used, too',
  withFiles(
    {
      'crd.yaml':
        'apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata:\n  name: shops.example.com\nspec:\n  group: example.com\n  scope: Namespaced\n  names: { kind: Shop, plural: shops, singular: shop, listKind: ShopList }\n  versions:\n    - name: v1\n      served: true\n      storage: true\n      schema: { openAPIV3Schema: { type: object, properties: { spec: { type: object, properties: { size: { type: integer } } } } } }\n',
      'shop.yaml':
        'apiVersion: example.com/v1\nkind: Shop\nmetadata:\n  name: x\n  namespace: shop\nspec:\n  size: big\n',
    },
    (folder) => {
      assert.equal(
        find(folder, '.').findings.map(({ rule, message }) => `${rule}: ${message}`),
        ['wrong-type: expected a whole number; got "big"'],
      );
    },
  ),
);

test(
  'what is wrong in a base is told once for all overlays of it',
  withFiles({ 'registry.yaml': shipped }, (folder) => {
    run(folder, ['generate']);
    writeFileSync(
      join(folder, 'before.yaml'),
      run(folder, ['build', 'base']).out.replace('storageClassName: standard-rwx', 'storageClassName: other'),
    );
    const told = run(folder, ['validate', '--previous', 'before.yaml']);
    assert.match(
      told.out,
      /^base\/data-persistentvolumeclaim\.yaml:\d+:\d+: error: PersistentVolumeClaim\/registry-data: spec\.storageClassName: cannot be changed in place: it was other \[immutable-field\] \(and in 4 others\)\n.*move the images first.*\n1 error and 0 warnings/,
    );
  }),
);

test(
  'in a folder of the tree its registry.yaml counts, too',
  withFiles({ 'registry.yaml': shipped }, (folder) => {
    run(folder, ['generate']);
    assert.equal(run(join(folder, 'overlays'), ['validate', 'tls']), run(folder, ['validate', 'overlays/tls']));
    assert.match(run(join(folder, 'overlays'), ['validate']).out, 'of 5 units');
  }),
);

test(
  'an option that npm has swallowed is told as that',
  withFiles({ 'service.yaml': SERVICE }, (folder) => {
    assert.match(
      run(folder, ['validate', 'service.yaml', 'json'], '', { npm_lifecycle_event: 'validate' }).err,
      'json: there is no such file or folder; of `npm run`, options come after --',
    );
  }),
);

test(
  '--format json says all that text says',
  withFiles({ 'service.yaml': MISSPELT }, (folder) => {
    const { findings, summary } = find(folder, 'service.yaml', '--external', 'Pod/web');
    const finding = findings.find(({ rule }) => rule === 'unknown-field')!;
    assert.equal(
      { ...finding, fix: '' },
      {
        rule: 'unknown-field',
        severity: 'error',
        object: 'Service/web',
        path: 'spec.ports[0].prot',
        message: 'unknown field "prot"; did you mean "port"?',
        fix: '',
        place: { file: 'service.yaml', line: 11, column: 7 },
      },
    );
    assert.ok(finding.fix.length > 20);
    assert.equal(summary, { units: 1, objects: 1, skipped: 0 });
  }),
);

test(
  '--format sarif is SARIF 2.1.0 with rules, places and levels',
  withFiles({ 'service.yaml': MISSPELT }, (folder) => {
    const { code, out } = run(folder, ['validate', 'service.yaml', '--format', 'sarif']);
    assert.is(code, 1);
    const { version, runs } = JSON.parse(out);
    const [{ tool, results }] = runs;
    const result = results.find(({ ruleId }: { ruleId: string }) => ruleId === 'unknown-field');
    assert.equal([version, runs.length, tool.driver.name], ['2.1.0', 1, 'registry-gitops']);
    assert.is(tool.driver.rules[result.ruleIndex].id, 'unknown-field');
    assert.is(result.level, 'error');
    assert.equal(result.locations, [
      { physicalLocation: { artifactLocation: { uri: 'service.yaml' }, region: { startLine: 11, startColumn: 7 } } },
    ]);
    for (const { shortDescription, fullDescription, help } of tool.driver.rules)
      for (const { text } of [shortDescription, fullDescription, help]) assert.ok(text.length > 0);
  }),
);

test(
  '--format github is a line for each finding, escaped',
  withFiles({ 'a,b.yaml': MISSPELT }, (folder) => {
    const { code, out } = run(folder, ['validate', 'a,b.yaml', '--format', 'github', '--external', 'Pod/web']);
    assert.is(code, 1);
    const line = out.split('\n').find((text) => text.includes('unknown-field'))!;
    assert.match(
      line,
      /^::error file=a%2Cb\.yaml,line=11,col=7,title=unknown-field::Service\/web: spec\.ports\[0\]\.prot: unknown field "prot"; did you mean "port"\?%0A/,
    );
  }),
);

test(
  'exceptions of registry.yaml hold for the overlay that they are in',
  withFiles({ 'registry.yaml': shipped }, (folder) => {
    run(folder, ['generate']);
    assert.match(run(folder, ['validate']).out, 'Nothing found');
    assert.match(run(folder, ['validate', 'overlays/sidecar-redis']).out, 'Nothing found');
  }),
);

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
      const told = run(folder, ['validate', 'mine'], '', without);
      assert.equal(told, {
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
  'what kustomize says is told without its noise, and at the field that it speaks of',
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
        const told = findings.filter(({ rule }) => rule === 'kustomize-build');
        assert.equal(
          told.map(({ place: at }) => `${at!.file}:${at!.line}:${at!.column}`),
          [`${path}/kustomization.yaml:${place}`],
          JSON.stringify(findings),
        );
        assert.match(told[0]!.message, words);
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
