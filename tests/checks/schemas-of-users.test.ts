/** Kinds without a schema or with the user's own, and what cannot be changed. */
import { readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { stringify } from 'yaml';
import { ALL_MINORS, immutableErrors, SUPPORTED_MINORS, Validators } from '../../generator/checks/index.js';
import type { KubernetesObject } from '../../generator/model/index.js';
import { releaseAt } from '../../scripts/schemas/kubernetes.js';
import { mergeMinors, schemaAt } from '../../scripts/schemas/minors.js';
import { reported, deployment } from './checked.js';

const test = suite('schemas: custom resources, and changes');

test('a kind without a schema is a finding, never silence', async () => {
  assert.equal(await reported({ apiVersion: 'example.com/v1', kind: 'Thing', metadata: { name: 'x' } }), [
    'unknown-kind kind: there is no schema for example.com/v1/Thing',
  ]);
});

test('CEL rules of custom resources are evaluated, with defaults and transitions', async () => {
  const route = {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'HTTPRoute',
    metadata: { name: 'x' },
    spec: {
      rules: [
        { filters: [{ type: 'RequestRedirect', requestRedirect: {} }], backendRefs: [{ name: 'registry', port: 80 }] },
      ],
    },
  };
  assert.match((await reported(route)).join('\n'), /^cel spec\.rules\[0\]/);
  const source = {
    apiVersion: 'source.toolkit.fluxcd.io/v1',
    kind: 'OCIRepository',
    metadata: { name: 'x' },
    spec: { url: 'oci://example.com/x', interval: '5m', verify: { provider: 'cosign' } },
  };
  assert.equal(await reported(source), []);
  const sealed = { ...route, spec: { rules: [{ backendRefs: [{ name: 'registry' }] }] } };
  assert.match((await reported(sealed)).join('\n'), 'Must have port for Service reference');
});

test("a user's own CRD is checked by, CEL included, and wins over a known one", async () => {
  const crd = {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'widgets.example.com' },
    spec: {
      group: 'example.com',
      scope: 'Namespaced',
      names: { kind: 'Widget', plural: 'widgets' },
      versions: [
        {
          name: 'v1',
          served: true,
          storage: true,
          schema: {
            openAPIV3Schema: {
              type: 'object',
              properties: {
                spec: {
                  type: 'object',
                  required: ['size'],
                  properties: { size: { type: 'integer', minimum: 1 }, most: { type: 'integer', default: 5 } },
                  'x-kubernetes-validations': [{ rule: 'self.size <= self.most', message: 'size is above most' }],
                },
              },
            },
          },
        },
      ],
    },
  };
  const own = new Validators();
  await own.addCrds(
    `${stringify({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'beside-it' } })}---\n${stringify(crd)}`,
  );
  const widget = (spec: object) => ({ apiVersion: 'example.com/v1', kind: 'Widget', metadata: { name: 'w' }, spec });
  assert.equal(await reported(widget({ size: 5 }), ALL_MINORS, [], own), []);
  assert.equal(await reported(widget({ size: 6 }), ALL_MINORS, [], own), ['cel spec: size is above most']);
  assert.equal(await reported(widget({ size: 0 }), ALL_MINORS, [], own), [
    'invalid-value spec.size: expected a number of at least 1; got 0',
  ]);
  assert.equal(await reported(widget({ sise: 1 }), ALL_MINORS, [], own), [
    'missing-field spec: "size" is missing',
    'unknown-field spec.sise: unknown field "sise"; did you mean "size"?',
  ]);
  for (const [text, message] of [
    [
      'kind: CustomResourceDefinition\napiVersion: apiextensions.k8s.io/v1beta1\n',
      'expected a CustomResourceDefinition of apiextensions.k8s.io/v1',
    ],
    ['kind: Namespace\n', 'there is no CustomResourceDefinition in it'],
    ['kind: CustomResourceDefinition\nspec: [\n', 'line 3, column 1: this is not YAML: '],
  ] as const)
    await own.addCrds(text).then(
      () => assert.unreachable(text),
      (error: Error) => assert.match(error.message, message),
    );
});

test('what cannot be changed in place is reported, where the object before is known', async () => {
  const before = deployment(() => undefined);
  const after = deployment((object) => {
    object.spec.selector.matchLabels.tier = 'x';
    object.spec.template.metadata.labels.tier = 'x';
    object.spec.replicas = 5;
  });
  assert.equal(
    (await reported(after, ALL_MINORS, [before])).map((line) => line.split(':')[0]),
    ['immutable-field spec.selector'],
  );
  assert.equal(await reported(after), []);
  const claim = (size: string) => ({
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name: 'x' },
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: size } } },
  });
  assert.equal(await reported(claim('20Gi'), ALL_MINORS, [claim('10Gi')]), []);
  const binding = (roleRef: object): KubernetesObject =>
    ({
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'RoleBinding',
      metadata: { name: 'a', namespace: 'a' },
      roleRef,
      subjects: [],
    }) as unknown as KubernetesObject;
  const role = { kind: 'Role', name: 'a' };
  for (const apiGroup of ['', undefined])
    assert.equal(
      immutableErrors(binding({ ...role, apiGroup }), binding({ ...role, apiGroup: 'rbac.authorization.k8s.io' })),
      [],
      'the API server fills it in',
    );
  assert.is(immutableErrors(binding({ ...role, name: 'b' }), binding(role)).length, 1);
  assert.equal(await reported(claim('5Gi'), ALL_MINORS, [claim('10Gi')]), [
    'immutable-field spec.resources.requests.storage: a claim cannot become smaller: it was 10Gi',
  ]);
});

test('six minors are stored in one file, each of which can be had back', () => {
  const stored = JSON.parse(readFileSync('schemas/kubernetes/definitions.json', 'utf8'));
  assert.equal(
    stored.sources.map(({ minor }: { minor: number }) => minor),
    [32, 33, 34, 35, 36, 37],
  );
  assert.equal([...SUPPORTED_MINORS], [32, 33, 34, 35, 36, 37]);
  for (const { sha256, version, source } of stored.sources) {
    assert.match(sha256, /^[0-9a-f]{64}$/);
    assert.ok(source.includes(version));
  }
  const podSpec = (minor: number) =>
    Object.keys(releaseAt(stored, minor).definitions['io.k8s.api.core.v1.PodSpec']!['properties'] as object);
  assert.not(podSpec(33).includes('hostnameOverride'));
  assert.ok(podSpec(34).includes('hostnameOverride'));
  const [a, b] = [
    { type: 'object', properties: { x: { type: 'string' }, y: { type: 'string' } } },
    { type: 'object', required: ['x'], properties: { x: { type: 'integer' } } },
  ];
  const merged = mergeMinors(
    new Map<number, any>([
      [1, a],
      [2, b],
    ]),
  );
  assert.equal([schemaAt(merged, 1), schemaAt(merged, 2)], [a, b]);
});

test.run();
