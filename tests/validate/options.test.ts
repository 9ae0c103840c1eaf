/** Options of `validate`: versions, earlier objects, kinds, formats. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { run } from '../support/cli.js';
import { shipped } from '../support/config.js';
import { withFiles, find, SERVICE, POD, MISSPELT } from './inputs.js';

const test = suite('validate: options');

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
  'what is wrong in a base is reported once for all overlays of it',
  withFiles({ 'registry.yaml': shipped }, (folder) => {
    run(folder, ['generate']);
    writeFileSync(
      join(folder, 'before.yaml'),
      run(folder, ['build', 'base']).out.replace('storageClassName: standard-rwx', 'storageClassName: other'),
    );
    const reported = run(folder, ['validate', '--previous', 'before.yaml']);
    assert.match(
      reported.out,
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
  'an option that npm has swallowed is reported as that',
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

test.run();
