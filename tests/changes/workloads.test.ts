/** Which changes of pods, and of what applies them, matter. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type ChangeClass, compareObjects, summarize } from '../../generator/changes/index.js';
import { objectsOf, START } from '../support/objects/changes.js';
import { judged, named } from './compared-trees.js';

const test = suite('changes: pods');

const PODS = {
  metadata: { labels: { app: 'it' } },
  spec: {
    containers: [{ name: 'registry', image: 'registry:3.1.0', env: [{ name: 'REGISTRY_AUTH', value: 'htpasswd' }] }],
  },
};

const DEPLOYMENT = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'registry', namespace: 'registry' },
  spec: { selector: { matchLabels: { app: 'it' } }, template: PODS },
};

/** Of the pods of a Deployment. */
const POD_CHANGES: [ChangeClass, (spec: any) => void][] = [
  [
    'opens-access',
    ({ containers }) => containers.push({ name: 'more', image: 'more:1', securityContext: { privileged: true } }),
  ],
  [
    'opens-access',
    ({ containers }) =>
      containers.push({ name: 'more', image: 'more:1', ports: [{ containerPort: 80, hostPort: 80 }] }),
  ],
  [
    'opens-access',
    (spec) =>
      (spec.initContainers = [
        { name: 'first', image: 'more:1', securityContext: { capabilities: { add: ['SYS_ADMIN'] } } },
      ]),
  ],
  ['opens-access', (spec) => (spec.volumes = [{ name: 'node', hostPath: { path: '/' } }])],
  ['opens-access', ({ containers }) => (containers[0].securityContext = { allowPrivilegeEscalation: true })],
  [
    'rolls-pods',
    ({ containers }) =>
      (containers[0].securityContext = {
        allowPrivilegeEscalation: false,
        runAsNonRoot: true,
        capabilities: { drop: ['ALL'] },
        seccompProfile: { type: 'RuntimeDefault' },
      }),
  ],
  [
    'rolls-pods',
    ({ containers }) =>
      containers.push({ name: 'more', image: 'more:1', securityContext: { capabilities: { drop: ['ALL'] } } }),
  ],
  ['opens-access', ({ containers }) => (containers[0].env[0].value = 'none')],
  [
    'opens-access',
    ({ containers }) => containers[0].env.push({ name: 'REGISTRY_AUTH_HTPASSWD_PATH', value: '/other' }),
  ],
  [
    'opens-access',
    ({ containers }) => containers[0].env.push({ name: 'REGISTRY_STORAGE_DELETE_ENABLED', value: 'true' }),
  ],
  ['opens-access', ({ containers }) => (containers[0].env = [])],
  ['rolls-pods', ({ containers }) => containers[0].env.push({ name: 'REGISTRY_AUTH_HTPASSWD_REALM', value: 'Images' })],
  ['rolls-pods', ({ containers }) => containers[0].env.push({ name: 'REGISTRY_LOG_LEVEL', value: 'debug' })],
  ['deletes-data', ({ containers }) => containers[0].env.push({ name: 'REGISTRY_STORAGE_S3_BUCKET', value: 'other' })],
];

test('what comes with a change of a pod is looked through, and variables are settings of the registry', () => {
  for (const [expected, change] of POD_CHANGES)
    assert.is(judged(DEPLOYMENT, ({ spec }) => change(spec.template.spec)).class, expected, String(change));
  const held = JSON.parse(JSON.stringify(DEPLOYMENT));
  held.spec.template.spec.containers.push({ name: 'more', image: 'more:1', securityContext: { runAsNonRoot: true } });
  held.spec.template.spec.securityContext = { runAsNonRoot: true };
  assert.is(judged(held, ({ spec }) => spec.template.spec.containers.pop()).class, 'rolls-pods');
  assert.is(judged(held, ({ spec }) => delete spec.template.spec.securityContext).class, 'opens-access');
});

test('a new workload that may do on its node what pods should not opens access', () => {
  const daemon = (spec: object): any => ({
    ...DEPLOYMENT,
    kind: 'DaemonSet',
    metadata: { name: 'more', namespace: 'registry' },
    spec: { ...DEPLOYMENT.spec, template: { ...PODS, spec: { ...PODS.spec, ...spec } } },
  });
  const of = (spec: object): ChangeClass => compareObjects([DEPLOYMENT], [DEPLOYMENT, daemon(spec)])[0]!.class;
  assert.equal(
    [
      of({}),
      of({ hostNetwork: true }),
      of({ containers: [{ name: 'it', image: 'it:1', securityContext: { privileged: true } }] }),
    ],
    ['safe', 'opens-access', 'opens-access'],
  );
});

const PROJECT: any = named('argoproj.io/v1alpha1', 'AppProject', {
  sourceRepos: ['one', 'two'],
  destinations: [
    { name: 'in', namespace: 'a' },
    { name: 'in', namespace: 'b' },
  ],
});

const SYNC: any = named('kustomize.toolkit.fluxcd.io/v1', 'Kustomization', {
  path: './a',
  deletionPolicy: 'Orphan',
  interval: '5m',
});

const SET: any = named('argoproj.io/v1alpha1', 'ApplicationSet', {
  syncPolicy: { preserveResourcesOnDeletion: true, applicationsSync: 'sync' },
});

const DELIVERED: [ChangeClass, any, (spec: any) => void][] = [
  ['opens-access', PROJECT, ({ destinations }) => destinations.push({ name: 'out', namespace: 'a' })],
  ['safe', PROJECT, ({ destinations }) => destinations.pop()],
  ['opens-access', PROJECT, ({ sourceRepos }) => sourceRepos.push('three')],
  ['safe', PROJECT, ({ sourceRepos }) => sourceRepos.pop()],
  ['opens-access', SYNC, (spec) => (spec.path = './b')],
  ['safe', SYNC, (spec) => (spec.interval = '1m')],
  ['deletes-data', SYNC, (spec) => delete spec.deletionPolicy],
  ['deletes-data', SYNC, (spec) => (spec.deletionPolicy = 'Delete')],
  ['deletes-data', SYNC, (spec) => (spec.deletionPolicy = 'WaitForTermination')],
  ['deletes-data', SYNC, (spec) => (spec.deletionPolicy = 'MirrorPrune')],
  ['deletes-data', SET, ({ syncPolicy }) => delete syncPolicy.preserveResourcesOnDeletion],
  ['deletes-data', SET, ({ syncPolicy }) => (syncPolicy.preserveResourcesOnDeletion = false)],
  ['deletes-data', SET, (spec) => delete spec.syncPolicy],
  ['safe', SET, ({ syncPolicy }) => (syncPolicy.applicationsSync = 'create-only')],
];

test('who applies what, and from where', () => {
  for (const [expected, object, change] of DELIVERED)
    assert.is(judged(object, ({ spec }) => change(spec)).class, expected, String(change));
});

test('nothing changes: nothing is reported', () => {
  assert.equal(compareObjects(objectsOf(START), objectsOf(START)), []);
  assert.is(summarize([{ variant: 'it', objects: [] }]), '');
});

test.run();
