/** What schemas find: fields, types, minors, versions. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ALL_MINORS, check } from '../../generator/checks/index.js';
import type { KubernetesObject } from '../../generator/model/index.js';
import { shippedObjects, reported, deployment, validators } from './checked.js';

const test = suite('schemas');

const container = (object: any): any => object.spec.template.spec.containers[0];

test('an unknown field is found in every kind, at every depth', async () => {
  const seen = new Set<string>();
  for (const object of shippedObjects) {
    if (seen.has(object.kind)) continue;
    seen.add(object.kind);
    const spoilt = structuredClone(object) as KubernetesObject & Record<string, unknown>;
    spoilt['surprise'] = 1;
    Object.assign(spoilt.metadata, { surprise: 1 });
    const paths = (await reported(spoilt)).map((line) => line.split(';')[0]!);
    assert.equal(
      paths.sort(),
      ['unknown-field metadata.surprise: unknown field "surprise"', 'unknown-field surprise: unknown field "surprise"'],
      object.kind,
    );
  }
});

test('a misspelt field is reported with the right one', async () => {
  assert.equal(await reported(deployment((object) => (container(object).imagePulPolicy = 'Always'))), [
    'unknown-field spec.template.spec.containers[0].imagePulPolicy: unknown field "imagePulPolicy"; did you mean "imagePullPolicy"?',
  ]);
});

test('types, missing fields, formats, ranges, enumerations and duplicates have their paths', async () => {
  const cases: [change: (object: any) => void, reported: string][] = [
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
  for (const [change, expected] of cases) assert.equal(await reported(deployment(change)), [expected]);
});

test('a range of minors is checked on every one of them', async () => {
  const object = deployment(({ spec }) => (spec.template.spec.hostnameOverride = 'registry'));
  assert.equal(await reported(object, { first: 34, last: 37 }), []);
  assert.equal(await reported(object, { first: 33, last: 37 }), [
    'unserved-field spec.template.spec.hostnameOverride: not every Kubernetes of 1.33 to 1.37 has this field: Kubernetes 1.34 brought it',
  ]);
  const claim = { apiVersion: 'resource.k8s.io/v1', kind: 'ResourceClaim', metadata: { name: 'x' }, spec: {} };
  assert.equal(await reported(claim, { first: 34, last: 34 }), []);
  assert.equal(await reported(claim), [
    'unserved-kind apiVersion: resource.k8s.io/v1/ResourceClaim is served by Kubernetes 1.34 to 1.37; the target is 1.32 to 1.37',
  ]);
});

test('what a name may be follows the minor', async () => {
  const service = { apiVersion: 'v1', kind: 'Service', metadata: { name: '1st' }, spec: { ports: [{ port: 80 }] } };
  assert.equal(await reported(service, { first: 36, last: 37 }), []);
  assert.is((await reported(service, { first: 35, last: 37 })).length, 1);
});

test('a removed or deprecated apiVersion is reported with what replaces it', async () => {
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

test.run();
