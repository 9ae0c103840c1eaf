/** What the API servers of a target refuse is told, exactly where it is. */
import { readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { stringify } from 'yaml';
import {
  ALL_MINORS,
  check,
  type Finding,
  formatPath,
  immutableErrors,
  SUPPORTED_MINORS,
  type Target,
  Validators,
} from '../../generator/checks/index.js';
import type { KubernetesObject } from '../../generator/model/index.js';
import { buildVariant, variantNames } from '../../generator/plan/index.js';
import { releaseAt } from '../../scripts/schemas/kubernetes.js';
import { mergeMinors, schemaAt } from '../../scripts/schemas/minors.js';
import { configOf, shipped } from '../support/config.js';

const test = suite('schemas');
const validators = new Validators();
const config = configOf(shipped);
const shippedObjects = variantNames(config).flatMap((name) => buildVariant(config, name, 'registry.yaml'));

/** @returns rule, path and message of what is found in one object, apart from its relations to others. */
async function told(
  object: object,
  target: Target = ALL_MINORS,
  previous: object[] = [],
  own = validators,
): Promise<string[]> {
  const findings = await check(
    { objects: [object as KubernetesObject], target, previous: previous as KubernetesObject[] },
    own,
  );
  return findings
    .filter(({ rule }) => !RELATIONS.has(rule))
    .map(({ rule, path, message }: Finding) => `${rule} ${formatPath(path)}: ${message}`);
}
const { rules } = await import('../../generator/checks/index.js');
const RELATIONS = new Set(rules.map(({ id }) => id));

const deployment = (change: (object: any) => void): object => {
  const object = structuredClone(shippedObjects.find(({ kind }) => kind === 'Deployment')!);
  change(object);
  return object;
};
const container = (object: any): any => object.spec.template.spec.containers[0];

test('an unknown field is found in every kind, at every depth', async () => {
  const seen = new Set<string>();
  for (const object of shippedObjects) {
    if (seen.has(object.kind)) continue;
    seen.add(object.kind);
    const spoilt = structuredClone(object) as KubernetesObject & Record<string, unknown>;
    spoilt['surprise'] = 1;
    Object.assign(spoilt.metadata, { surprise: 1 });
    const paths = (await told(spoilt)).map((line) => line.split(';')[0]!);
    assert.equal(
      paths.sort(),
      ['unknown-field metadata.surprise: unknown field "surprise"', 'unknown-field surprise: unknown field "surprise"'],
      object.kind,
    );
  }
});

test('a misspelt field is told with the right one', async () => {
  assert.equal(await told(deployment((object) => (container(object).imagePulPolicy = 'Always'))), [
    'unknown-field spec.template.spec.containers[0].imagePulPolicy: unknown field "imagePulPolicy"; did you mean "imagePullPolicy"?',
  ]);
});

test('types, missing fields, formats, ranges, enumerations and duplicates have their paths', async () => {
  const cases: [change: (object: any) => void, told: string][] = [
    [(object) => (object.spec.replicas = 'two'), 'wrong-type spec.replicas: expected a whole number; got "two"'],
    [(object) => delete container(object).name, 'missing-field spec.template.spec.containers[0]: "name" is missing'],
    [
      (object) => (container(object).resources.limits.memory = '1 GB'),
      'invalid-value spec.template.spec.containers[0].resources.limits.memory: expected a quantity such as 500m, 2 or 1Gi, not below 0; got "1 GB"',
    ],
    [
      (object) => (container(object).ports[0].containerPort = 70000),
      'invalid-value spec.template.spec.containers[0].ports[0].containerPort: expected a number of at most 65535; got 70000',
    ],
    [
      (object) => (container(object).imagePullPolicy = 'Sometimes'),
      'invalid-value spec.template.spec.containers[0].imagePullPolicy: expected one of Always, IfNotPresent, Never; got "Sometimes"',
    ],
    [
      (object) => container(object).env.push({ name: 'OTEL_TRACES_EXPORTER', value: 'otlp' }),
      'duplicate-item spec.template.spec.containers[0].env[2]: there are two items with name "OTEL_TRACES_EXPORTER"; the API server takes one',
    ],
    [
      (object) => (container(object).volumeMounts[0].name = 'conf'),
      'invalid-value spec.template.spec.containers[0].volumeMounts[0].name: there is no volume "conf"; there are config, data, auth',
    ],
    [
      (object) => (container(object).readinessProbe.tcpSocket = { port: 'http' }),
      'invalid-value spec.template.spec.containers[0].readinessProbe: expected exactly one of exec, httpGet, tcpSocket, grpc; got httpGet and tcpSocket',
    ],
    [
      (object) => (object.spec.template.metadata.labels = { app: 'x' }),
      'invalid-value spec.template.metadata.labels: the selector does not select these labels',
    ],
    [
      (object) => (object.metadata.name = 'Registry'),
      'invalid-value metadata.name: expected a name of lower-case letters, digits, "-" and ".", beginning and ending with a letter or digit; got "Registry"',
    ],
    [
      (object) => (object.spec.template.spec.serviceAccount = 'registry'),
      'deprecated-field spec.template.spec.serviceAccount: is deprecated; instead: serviceAccountName',
    ],
    [
      (object) => (object.spec.strategy.rollingUpdate.maxSurge = '25'),
      'invalid-value spec.strategy.rollingUpdate.maxSurge: expected a number or a percentage such as 25%; got "25"',
    ],
  ];
  for (const [change, expected] of cases) assert.equal(await told(deployment(change)), [expected]);
});

test('a range of minors is checked on every one of them', async () => {
  const object = deployment(({ spec }) => (spec.template.spec.hostnameOverride = 'registry'));
  assert.equal(await told(object, { first: 34, last: 37 }), []);
  assert.equal(await told(object, { first: 33, last: 37 }), [
    'unserved-field spec.template.spec.hostnameOverride: not every Kubernetes of 1.33 to 1.37 has this field: Kubernetes 1.34 brought it',
  ]);
  const claim = { apiVersion: 'resource.k8s.io/v1', kind: 'ResourceClaim', metadata: { name: 'x' }, spec: {} };
  assert.equal(await told(claim, { first: 34, last: 34 }), []);
  assert.equal(await told(claim), [
    'unserved-kind apiVersion: resource.k8s.io/v1/ResourceClaim is served by Kubernetes 1.34 to 1.37; the target is 1.32 to 1.37',
  ]);
});

test('what a name may be follows the minor', async () => {
  const service = { apiVersion: 'v1', kind: 'Service', metadata: { name: '1st' }, spec: { ports: [{ port: 80 }] } };
  assert.equal(await told(service, { first: 36, last: 37 }), []);
  assert.is((await told(service, { first: 35, last: 37 })).length, 1);
});

test('a removed or deprecated apiVersion is told with what replaces it', async () => {
  const findings = await check(
    {
      objects: [
        ['extensions/v1beta1', 'Ingress'],
        ['batch/v1beta1', 'CronJob'],
        ['autoscaling/v2beta2', 'HorizontalPodAutoscaler'],
        ['policy/v1beta1', 'PodSecurityPolicy'],
        ['v1', 'Endpoints'],
      ].map(([apiVersion, kind]) => ({ apiVersion, kind, metadata: { name: 'x' } }) as KubernetesObject),
      target: ALL_MINORS,
    },
    validators,
  );
  assert.equal(
    findings.map(({ rule, message, hint }) => [rule, message.replace(/;.*/, ''), hint]),
    [
      [
        'removed-api',
        'extensions/v1beta1/Ingress was removed in Kubernetes 1.22',
        'write apiVersion: networking.k8s.io/v1',
      ],
      ['removed-api', 'batch/v1beta1/CronJob was removed in Kubernetes 1.25', 'write apiVersion: batch/v1'],
      [
        'removed-api',
        'autoscaling/v2beta2/HorizontalPodAutoscaler was removed in Kubernetes 1.26',
        'write apiVersion: autoscaling/v2',
      ],
      ['removed-api', 'policy/v1beta1/PodSecurityPolicy was removed in Kubernetes 1.25', 'nothing replaces it'],
      [
        'deprecated-api',
        'v1/Endpoints is deprecated since Kubernetes 1.33',
        'write apiVersion: discovery.k8s.io/v1, kind: EndpointSlice',
      ],
    ],
  );
});

test('a kind without a schema is a finding, never silence', async () => {
  assert.equal(await told({ apiVersion: 'example.com/v1', kind: 'Thing', metadata: { name: 'x' } }), [
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
  assert.match((await told(route)).join('\n'), /^cel spec\.rules\[0\]/);
  const source = {
    apiVersion: 'source.toolkit.fluxcd.io/v1',
    kind: 'OCIRepository',
    metadata: { name: 'x' },
    spec: { url: 'oci://example.com/x', interval: '5m', verify: { provider: 'cosign' } },
  };
  assert.equal(await told(source), []);
  const sealed = { ...route, spec: { rules: [{ backendRefs: [{ name: 'registry' }] }] } };
  assert.match((await told(sealed)).join('\n'), 'Must have port for Service reference');
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
  assert.equal(await told(widget({ size: 5 }), ALL_MINORS, [], own), []);
  assert.equal(await told(widget({ size: 6 }), ALL_MINORS, [], own), ['cel spec: size is above most']);
  assert.equal(await told(widget({ size: 0 }), ALL_MINORS, [], own), [
    'invalid-value spec.size: expected a number of at least 1; got 0',
  ]);
  assert.equal(await told(widget({ sise: 1 }), ALL_MINORS, [], own), [
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

test('what cannot be changed in place is told, where the object before is known', async () => {
  const before = deployment(() => undefined);
  const after = deployment((object) => {
    object.spec.selector.matchLabels.tier = 'x';
    object.spec.template.metadata.labels.tier = 'x';
    object.spec.replicas = 5;
  });
  assert.equal(
    (await told(after, ALL_MINORS, [before])).map((line) => line.split(':')[0]),
    ['immutable-field spec.selector'],
  );
  assert.equal(await told(after), []);
  const claim = (size: string) => ({
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name: 'x' },
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: size } } },
  });
  assert.equal(await told(claim('20Gi'), ALL_MINORS, [claim('10Gi')]), []);
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
  assert.equal(await told(claim('5Gi'), ALL_MINORS, [claim('10Gi')]), [
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
