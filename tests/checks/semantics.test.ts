/** What an API server's Go code takes and refuses beyond its schemas, each verdict as kube-apiserver 1.37 gave it. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { parse } from 'yaml';
import { check, formatPath, type Target, Validators } from '../../generator/checks/index.js';
import type { KubernetesObject } from '../../generator/model/index.js';

const test = suite("what the API server's code takes and refuses");
const validators = new Validators();
const RULES = new Set(['unknown-field', 'wrong-type', 'invalid-value', 'missing-field', 'duplicate-item']);

async function reported(text: string, target: Target = { first: 37, last: 37 }): Promise<string[]> {
  const object = parse(text) as KubernetesObject;
  const findings = await check(
    { objects: [{ ...object, metadata: Object.assign({ name: 'x' }, object.metadata) }], target },
    validators,
  );
  return findings.filter(({ rule }) => RULES.has(rule)).map(({ path, message }) => `${formatPath(path)}: ${message}`);
}

const META = 'metadata: { namespace: default }';
const POD = 'containers: [{ name: c, image: "i:1" }]';
const cronJob = (spec: string, job = ''): string =>
  `{ apiVersion: batch/v1, kind: CronJob, ${META}, spec: { ${spec}, jobTemplate: { spec: { ${job} template: { spec: { restartPolicy: Never, ${POD} } } } } } }`;
const job = (spec: string): string =>
  `{ apiVersion: batch/v1, kind: Job, ${META}, spec: { ${spec}, template: { spec: { restartPolicy: Never, ${POD} } } } }`;
const service = (spec: string): string => `{ apiVersion: v1, kind: Service, ${META}, spec: { ${spec} } }`;
const policy = (block: string): string =>
  `{ apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, ${META}, spec: { podSelector: {}, ingress: [{ from: [{ ipBlock: ${block} }] }] } }`;
const autoscaler = (spec: string): string =>
  `{ apiVersion: autoscaling/v2, kind: HorizontalPodAutoscaler, ${META}, spec: { scaleTargetRef: { apiVersion: apps/v1, kind: Deployment, name: d }, maxReplicas: 3, ${spec} } }`;
const statefulSet = (spec: string): string =>
  `{ apiVersion: apps/v1, kind: StatefulSet, ${META}, spec: { serviceName: s, selector: { matchLabels: { a: b } }, template: { metadata: { labels: { a: b } }, spec: { ${POD} } }, ${spec} } }`;
const quota = (spec: string): string => `{ apiVersion: v1, kind: ResourceQuota, ${META}, spec: { ${spec} } }`;
const limits = (limit: string): string => `{ apiVersion: v1, kind: LimitRange, ${META}, spec: { limits: [${limit}] } }`;
const volume = (spec: string): string =>
  `{ apiVersion: v1, kind: PersistentVolume, spec: { capacity: { storage: 1Gi }, accessModes: [ReadWriteOnce], ${spec} } }`;
const claim = (spec: string): string =>
  `{ apiVersion: v1, kind: PersistentVolumeClaim, ${META}, spec: { accessModes: [ReadWriteOnce], resources: { requests: { storage: 1Gi } }, ${spec} } }`;
const webhook = (hook: string): string =>
  `{ apiVersion: admissionregistration.k8s.io/v1, kind: ValidatingWebhookConfiguration, webhooks: [{ name: a.b.c, sideEffects: None, admissionReviewVersions: [v1], ${hook} }] }`;
const definition = (field: string): string =>
  `{ apiVersion: apiextensions.k8s.io/v1, kind: CustomResourceDefinition, metadata: { name: foos.a.example }, spec: { group: a.example, scope: Namespaced, names: { plural: foos, kind: Foo }, versions: [{ name: v1, served: true, storage: true, schema: { openAPIV3Schema: { type: object, properties: { a: ${field} } } } }] } }`;
const slice = (rest: string): string => `{ apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, ${META}, ${rest} }`;

const TAKEN = [
  ...[
    '@every 1h30m',
    '@every -1h',
    ' 0 3 * * * ',
    '1,,2, * * * *',
    '*-5 * * * *',
    '+1 * * * *',
    '5/15 * * * *',
    '0 0 * jan-MAR sun',
  ].map((schedule) => cronJob(`schedule: ${JSON.stringify(schedule)}`)),
  ...['EST5EDT', 'Factory', 'posixrules', 'GMT+0', 'NZ-CHAT', 'America/Argentina/ComodRivadavia'].map((zone) =>
    cronJob(`schedule: "@daily", timeZone: ${zone}`),
  ),
  job('completionMode: Indexed'),
  job('selector: { matchExpressions: null }'),
  `{ apiVersion: policy/v1, kind: PodDisruptionBudget, ${META}, spec: { minAvailable: 1, selector: { matchLabels: null, matchExpressions: null } } }`,
  job('selector: {}'),
  job(
    'completionMode: Indexed, completions: 3, successPolicy: { rules: [{ succeededIndexes: "0,1-2", succeededCount: 3 }] }',
  ),
  service('type: LoadBalancer, ports: [{ port: 80 }], loadBalancerSourceRanges: [" 10.0.0.0/8"]'),
  service('type: ExternalName, externalName: a.b, ports: [{ port: 80, nodePort: 30001 }]'),
  service(
    'type: NodePort, ports: [{ name: a, port: 53, nodePort: 30053 }, { name: b, port: 53, nodePort: 30053, protocol: UDP }]',
  ),
  service('clusterIP: None, ipFamilies: [IPv4, IPv6]'),
  policy('{ cidr: "fd00::/8", except: ["fd01::/16"] }'),
  autoscaler(
    'metrics: [{ type: External, external: { metric: { name: x, selector: { matchLabels: { "any key": "GET /v2/" }, matchExpressions: [{ key: a, operator: Any }] } }, target: { type: Value, value: 1 } } }], minReplicas: 0',
  ),
  '{ apiVersion: v1, kind: Namespace, metadata: { namespace: other } }',
  '{ apiVersion: storage.k8s.io/v1, kind: CSIDriver }',
  `{ apiVersion: v1, kind: ConfigMap, ${META}, binaryData: { a: "${'AAAA'.repeat(349525)}AA==" } }`,
  limits('{ type: example.com/foo, max: { pods: 1, requests.cpu: 2 } }'),
  quota('hard: { requests.nvidia.com/gpu: 1500m, gold.storageclass.storage.k8s.io/requests.storage: 5Gi }'),
  claim('dataSource: { kind: Pod, name: dropped }'),
  volume('csi: { driver: a.b, volumeHandle: x, nodeStageSecretRef: { name: s } }'),
  '{ apiVersion: argoproj.io/v1alpha1, kind: AppProject, metadata: { namespace: argocd, generation: -1, finalizers: [any] }, spec: {} }',
  definition('{ x-kubernetes-int-or-string: true, anyOf: [{ type: integer }, { type: string }] }'),
  // In the definition of HTTPRoute: a list in items has no keys.
  definition(
    '{ type: array, items: { type: string, x-kubernetes-validations: [{ rule: self != "a" }, { rule: self != "a" }] } }',
  ),
  definition('{ type: string, pattern: "(?i)^[a-z()]+\\\\z" }'),
];

const REFUSED: [object: string, reported: string][] = [
  [cronJob('schedule: " @daily"'), 'spec.schedule: expected a cron schedule such as "17 3 * * 0"; got " @daily"'],
  [cronJob('schedule: "@daily", timeZone: PST'), 'spec.timeZone: expected a time zone such as Etc/UTC; got "PST"'],
  [
    cronJob('schedule: "@daily"', 'manualSelector: true,'),
    'spec.jobTemplate.spec.manualSelector: must be false: every Job makes its own selector',
  ],
  [
    cronJob('schedule: "@daily"', 'completionMode: Indexed,'),
    'spec.jobTemplate.spec.completions: must be set for Indexed',
  ],
  [
    job('completionMode: Indexed, completions: 3, successPolicy: { rules: [{ succeededIndexes: "2,0" }] }'),
    'spec.successPolicy.rules[0].succeededIndexes: expected indexes below 3 in order such as 0,2-4; got "2,0"',
  ],
  [job('selector: { matchLabels: { a: b } }'), 'spec.selector: is made by the Job itself; remove this'],
  [
    job('managedBy: kueue'),
    'spec.managedBy: expected a name with a domain such as example.com/controller; got "kueue"',
  ],
  [
    service('ports: [{ port: 80 }], externalIPs: [127.0.0.1]'),
    'spec.externalIPs[0]: expected an address that others reach; 127.0.0.1 is a loopback address',
  ],
  [
    service('ports: [{ port: 80 }], clusterIPs: [10.0.0.1]'),
    'spec.clusterIPs: needs clusterIP, with the first of these',
  ],
  [
    service('ports: [{ port: 80 }], ipFamilies: [IPv4, IPv6]'),
    'spec.ipFamilyPolicy: must be PreferDualStack or RequireDualStack for two families; got nothing, which is SingleStack',
  ],
  [
    policy('{ cidr: 10.0.0.1/8 }'),
    'spec.ingress[0].from[0].ipBlock.cidr: expected a range of addresses without host bits such as 10.0.0.0/8; got "10.0.0.1/8"',
  ],
  [
    policy('{ cidr: 10.0.0.0/8, except: ["fd00::/16"] }'),
    'spec.ingress[0].from[0].ipBlock.except[0]: must be a part of 10.0.0.0/8; got fd00::/16',
  ],
  [autoscaler('minReplicas: 0'), 'spec.minReplicas: 0 needs a metric of the type Object or External'],
  [
    statefulSet('updateStrategy: { rollingUpdate: { maxUnavailable: 0% } }'),
    'spec.updateStrategy.rollingUpdate.maxUnavailable: must not be 0: no pod could be updated',
  ],
  [
    statefulSet('updateStrategy: { type: Recreate }'),
    'spec.updateStrategy.type: expected one of OnDelete, RollingUpdate; got "Recreate"',
  ],
  [
    statefulSet(
      'volumeClaimTemplates: [{ metadata: { name: a.b }, spec: { accessModes: [ReadWriteOnce], resources: { requests: { storage: 1Gi } } } }]',
    ),
    'spec.volumeClaimTemplates[0].metadata.name: expected a name of at most 63 lower-case letters, digits and "-", beginning and ending with a letter or digit; got "a.b"',
  ],
  [`{ apiVersion: v1, kind: ReplicationController, ${META}, spec: {} }`, 'spec: "template" is missing'],
  [quota('hard: { pods: -1 }'), 'spec.hard.pods: expected a number of at least 0; got -1'],
  [quota('hard: { cpu: 1 }, scopes: [BestEffort]'), 'spec.scopes[0]: BestEffort goes with pods, and not with cpu'],
  [
    limits('{ type: Container, min: { cpu: 1 }, max: { cpu: 2 }, maxLimitRequestRatio: { cpu: 3 } }'),
    'spec.limits[0].maxLimitRequestRatio.cpu: is more than max, 2, divided by min, 1; got 3',
  ],
  [
    claim('dataSourceRef: { kind: Pod, name: x }'),
    'spec.dataSourceRef.kind: expected PersistentVolumeClaim, the one kind without an apiGroup; got Pod',
  ],
  [volume('hostPath: { path: /x }, nodeAffinity: {}'), 'spec.nodeAffinity.required: must be set'],
  [
    '{ apiVersion: storage.k8s.io/v1, kind: StorageClass, provisioner: a/b, reclaimPolicy: Recycle }',
    'reclaimPolicy: expected one of Delete, Retain; got "Recycle"',
  ],
  [
    '{ apiVersion: scheduling.k8s.io/v1, kind: PriorityClass, value: 1000000001 }',
    'value: expected at most 1000000000; got 1000000001',
  ],
  [
    `{ apiVersion: v1, kind: Secret, ${META}, type: kubernetes.io/ssh-auth, stringData: { ssh-privatekey: "" } }`,
    'stringData.ssh-privatekey: must not be empty',
  ],
  [
    '{ apiVersion: v1, kind: Secret, metadata: { namespace: default, finalizers: [foo] } }',
    'metadata.finalizers[0]: expected a name with a domain such as example.com/wait; got "foo"',
  ],
  [
    `{ apiVersion: coordination.k8s.io/v1, kind: Lease, ${META}, spec: { renewTime: "2024-01-01T00:00:00Z" } }`,
    'spec.renewTime: expected a time with six digits after the second such as 2025-01-31T08:00:00.000000Z; got "2024-01-01T00:00:00Z"',
  ],
  [
    slice('addressType: IPv4, endpoints: [{ addresses: ["::2"] }]'),
    'endpoints[0].addresses[0]: expected an IPv4 address, as addressType says; got "::2"',
  ],
  [
    '{ apiVersion: node.k8s.io/v1, kind: RuntimeClass, handler: h, scheduling: { tolerations: [{ key: a, operator: Exists, value: x }] } }',
    'scheduling.tolerations[0].value: Exists takes no value',
  ],
  [
    webhook('clientConfig: { url: "http://a/b" }'),
    'webhooks[0].clientConfig.url: expected a URL such as https://webhook.example.com/path; got "http://a/b"',
  ],
  [definition('{ type: array }'), 'spec.versions[0].schema.openAPIV3Schema.properties.a: "items" is missing'],
  [
    definition('{ type: string, pattern: "(?=a)" }'),
    'spec.versions[0].schema.openAPIV3Schema.properties.a.pattern: expected a pattern without look-around and references, which Go has not; got "(?=a)"',
  ],
];

test('what it takes is no error', async () => {
  for (const text of TAKEN) assert.equal(await reported(text), [], text.slice(0, 300));
});

test('what it refuses is reported, and where', async () => {
  for (const [text, expected] of REFUSED) assert.equal(await reported(text), [expected], text);
});

test('a rule that a feature of a later minor brings is for that minor', async () => {
  const range = policy('{ cidr: 10.0.0.1/8 }');
  assert.equal(await reported(range, { first: 32, last: 35 }), []);
  assert.is((await reported(range, { first: 32, last: 36 })).length, 1);
  const none = statefulSet('updateStrategy: { rollingUpdate: { maxUnavailable: 0 } }');
  assert.equal(await reported(none, { first: 32, last: 36 }), []);
  const idle = autoscaler(
    'minReplicas: 0, metrics: [{ type: External, external: { metric: { name: x }, target: { type: Value, value: 1 } } }]',
  );
  assert.equal(await reported(idle, { first: 36, last: 37 }), [
    'spec.minReplicas: expected a number of at least 1; got 0',
  ]);
});

test.run();
