/** What a change of registry.yaml or of an object does to a cluster. The API server's word on it: tests/e2e/apiserver-diff.test.ts. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  type ChangeClass,
  compareObjects,
  type FieldChange,
  type ObjectChange,
  summarize,
  worse,
} from '../../generator/changes/index.js';
import { changeCases } from '../support/change-cases.js';
import { changed, compareConfigs, objectsOf, START } from '../support/changes.js';

const test = suite('changes');

const worst = (objects: ObjectChange[]): ChangeClass =>
  objects.reduce<ChangeClass>((one, { class: other }) => worse(one, other), 'safe');

/** Of each case the class; those that are not here are safe. */
const CLASSES: Record<Exclude<ChangeClass, 'safe'>, string[]> = {
  'rolls-pods': [
    'another image',
    'no replica',
    'more memory',
    'a longer drain',
    'more memory for Redis',
    'more replicas of Redis',
    'no Sentinels',
    'Redis in each pod',
    'no Redis',
    'a label of its pods',
    'another realm',
    'the image of a DaemonSet',
    'the image of a StatefulSet',
  ],
  'opens-access': [
    'another host',
    'no login',
    'other logins',
    'metrics',
    'no ingress',
    'another ingress',
    'one more who is bound',
    'one more verb',
    'a Service for everyone',
    'a Service on each node',
    'a policy for everyone',
    'a policy for other pods',
    'the token of an account',
  ],
  'needs-recreate': [
    'a smaller claim',
    'a class for the claim',
    'one node for the claim',
    'the selector of a Deployment',
    'the strategy of a Deployment',
    'the selector of a DaemonSet',
    'the Service of a StatefulSet',
    'the claims of a StatefulSet',
    'no claims of a StatefulSet',
    'how pods of a StatefulSet start',
    'how a StatefulSet is updated',
    'the image of a Job',
    'the completions of a Job by index',
    'the role of a binding',
    'a Service without an address',
    'a Service with another address',
    'how a claim is used',
    'a claim of blocks',
    'the class of a claim',
    'a claim that selects',
    'a claim of one byte less',
    'a larger claim without a class',
    'where a volume is',
    'the node of a volume',
    'no node of a volume',
    'who makes volumes of a class',
    'what a class asks for',
    'what becomes of volumes of a class',
    'the type of a Secret',
    'what a ConfigMap says that never changes',
    'that a ConfigMap changes',
    'who serves a class of ingresses',
    'what a priority is',
  ],
  'deletes-data': [
    'a bucket',
    'untagged images go',
    'what becomes of the claims of a StatefulSet',
    'that a volume is deleted',
  ],
};

test('the class of each change', () => {
  const cases = changeCases();
  for (const { name, before, after } of cases) {
    const expected = Object.entries(CLASSES).find(([, names]) => names.includes(name))?.[0] ?? 'safe';
    assert.is(worst(compareObjects(before, after)), expected, name);
  }
  const names = new Set(cases.map(({ name }) => name));
  assert.equal(
    Object.values(CLASSES)
      .flat()
      .filter((name) => !names.has(name)),
    [],
    'every name is one of a case',
  );
  assert.ok(cases.length > 80);
});

test('what needs recreate says why, and what to do', () => {
  for (const { name, before, after } of changeCases()) {
    for (const { class: found, why, remedy } of compareObjects(before, after).flatMap(
      (change): (ObjectChange | FieldChange)[] => [change, ...change.fields],
    )) {
      if (found === 'needs-recreate' && why !== undefined) assert.match(remedy ?? '', /kubectl |take it back/, name);
    }
  }
  const { objects } = compareConfigs(
    START,
    changed((config) => void (config.storage.size = '50Gi')),
  );
  const [field] = objects[0]!.fields;
  assert.equal(
    [field!.label, field!.why],
    ['resources.requests.storage', 'the API server refuses it: a claim cannot become smaller: it was 100Gi'],
  );
});

/** In a line, as a commit says it. */
const LINES: [string, (config: any) => void][] = [
  ['it: registry image 3.1.0 -> 3.1.2', (config) => void (config.image = 'registry:3.1.2')],
  [
    'it: registry image registry:3.1.0 -> mirror.example.com/registry:3.1.0',
    (config) => void (config.image = 'mirror.example.com/registry:3.1.0'),
  ],
  ['it: host registry.example.com -> images.example.com', (config) => void (config.host = 'images.example.com')],
  ['it: Deployment registry replicas 2 -> 3', (config) => void (config.replicas = 3)],
  ['it: PersistentVolumeClaim registry-data storage 100Gi -> 200Gi', (config) => void (config.storage.size = '200Gi')],
  ['it: namespace registry -> other', (config) => void (config.namespace = 'other')],
  ['it: name registry -> images', (config) => void (config.name = 'images')],
  [
    'it: remove config.yml auth, remove Deployment registry containers.registry.volumeMounts[/etc/registry-auth], remove Deployment registry volumes.auth',
    (config) => void (config.auth = { type: 'none' }),
  ],
];

for (const [line, change] of LINES) {
  test(line, () => assert.is(compareConfigs(START, changed(change)).line, line));
}

test('what all overlays share is said once', () => {
  const { objects } = compareConfigs(
    START,
    changed((config) => void (config.image = 'registry:3.1.2')),
  );
  const more = compareConfigs(
    START,
    changed((config) => void ((config.image = 'registry:3.1.2'), (config.overlays.it.redis.memory = '512Mi'))),
  );
  const line = summarize([
    { variant: 'base', objects },
    { variant: 'tls', objects },
    { variant: 'other', objects: more.objects },
    { variant: 'new', state: 'added', objects: [] },
  ]);
  assert.match(
    line,
    /^all overlays: registry image 3\.1\.0 -> 3\.1\.2; other: redis memory 256Mi -> 512Mi, .*; new: new overlay$/,
  );
});

test('a ConfigMap with another hash in its name is the same one, and is told by its contents', () => {
  const { objects } = compareConfigs(
    START,
    changed((config) => void (config.auth = { realm: 'Images' })),
  );
  assert.equal(objects.map(({ change, object }) => `${change} ${object.kind}`).sort(), [
    'changed ConfigMap',
    'changed CronJob',
    'changed Deployment',
  ]);
  const { fields } = objects.find(({ object }) => object.kind === 'ConfigMap')!;
  assert.equal(
    fields.map(({ inner, before, after }) => [inner!.join('.'), before, after]),
    [['auth.htpasswd.realm', 'Registry', 'Images']],
  );
});

test('images that are not looked for any more are told, though the claim stays', () => {
  for (const change of [
    (config: any) => void (config.namespace = 'other'),
    (config: any) => void (config.name = 'images'),
  ]) {
    const { objects } = compareConfigs(START, changed(change));
    const claim = objects.find(
      ({ change: what, object }) => what === 'removed' && object.kind === 'PersistentVolumeClaim',
    )!;
    assert.is(claim.class, 'deletes-data');
    assert.match(claim.why!, 'the registry looks for its images elsewhere');
  }
});

test('an overlay that goes takes with it what nothing keeps', () => {
  const unkept = objectsOf(START).map((object) => ({ ...object, metadata: { ...object.metadata, annotations: {} } }));
  const of = (objects: ObjectChange[], kind: string): ChangeClass =>
    objects.find(({ object }) => object.kind === kind)!.class;
  assert.equal(
    ['PersistentVolumeClaim', 'Namespace', 'Deployment', 'Service'].map((kind) => of(compareObjects(unkept, []), kind)),
    ['deletes-data', 'deletes-data', 'rolls-pods', 'safe'],
  );
  assert.is(of(compareObjects(objectsOf(START), []), 'PersistentVolumeClaim'), 'safe', 'annotations keep it');
});

test('a further policy for pods that one holds lets more through; the first one for new pods does not', () => {
  const before = objectsOf(START);
  const policy = before.find(({ kind, metadata }) => kind === 'NetworkPolicy' && metadata.name === 'registry')!;
  const further = { ...policy, metadata: { ...policy.metadata, name: 'further' } };
  const of = (old: typeof before, now: typeof before): ChangeClass =>
    compareObjects(old, now).find(({ change, object }) => change === 'added' && object.kind === 'NetworkPolicy')!.class;
  assert.is(of(before, [...before, further]), 'opens-access');
  assert.is(
    of(
      before.filter((object) => object !== policy),
      before,
    ),
    'safe',
  );
});

/** @returns what an object that is changed is, and its fields. */
function judged(object: any, change: (copy: any) => void, beside: any[] = []): ObjectChange {
  const copy = JSON.parse(JSON.stringify(object));
  change(copy);
  return compareObjects([object, ...beside], [copy, ...beside])[0]!;
}

const INGRESS = {
  apiVersion: 'networking.k8s.io/v1',
  kind: 'Ingress',
  metadata: { name: 'registry', namespace: 'registry' },
  spec: { ingressClassName: 'foo', rules: [{ host: 'registry.example.com' }] },
};

/** By which a registry gets its HTTPS, and what has to be told of when that is taken away. */
const HTTPS: [string, ingress: object, tls: object, told: string[]][] = [
  ["GKE's certificate", { class: 'gce' }, { type: 'gke-managed' }, ['FrontendConfig', 'Ingress', 'ManagedCertificate']],
  [
    'cert-manager and GKE',
    { class: 'gce' },
    { type: 'cert-manager', issuer: 'internal' },
    ['FrontendConfig', 'Ingress'],
  ],
  ['a Secret and GKE inside', { class: 'gce-internal' }, { type: 'secret', secretName: 'wildcard' }, ['Ingress']],
  ...['nginx', 'traefik', 'haproxy', 'contour'].map((name): [string, object, object, string[]] => [
    name,
    { class: name },
    { type: 'secret', secretName: 'wildcard' },
    ['Ingress'],
  ]),
];

for (const [name, ingress, tls, told] of HTTPS) {
  test(`HTTPS that is taken away opens access: ${name}`, () => {
    const start = changed(
      (config) =>
        void (config.overlays.it = { ingress, tls, checks: { ignore: { 'plain-http-login': 'for the test' } } }),
    );
    const { objects } = compareConfigs(
      start,
      changed((config) => void delete config.overlays.it.tls, start),
    );
    assert.equal(
      objects
        .filter(({ class: found }) => found === 'opens-access')
        .map(({ object }) => object.kind)
        .sort(),
      told,
    );
  });
}

for (const [name, ingress, tls] of HTTPS.filter(([name]) => name !== 'traefik')) {
  test(`HTTPS that is new opens nothing: ${name}`, () => {
    const start = changed(
      (config) => void (config.overlays.it = { ingress, checks: { ignore: { 'plain-http-login': 'for the test' } } }),
    );
    const { objects } = compareConfigs(
      start,
      changed((config) => void (config.overlays.it.tls = tls), start),
    );
    assert.is(
      worst(objects),
      'safe',
      JSON.stringify(objects.map(({ object, why, fields }) => [object.kind, why, fields])),
    );
  });
}

test("GKE's certificate is no loss where another one takes its place", () => {
  const start = changed(
    (config) => void (config.overlays.it = { ingress: { class: 'gce' }, tls: { type: 'gke-managed' } }),
  );
  const { objects } = compareConfigs(
    start,
    changed((config) => void (config.overlays.it.tls = { type: 'secret', secretName: 'wildcard' }), start),
  );
  assert.is(worst(objects), 'safe', JSON.stringify(objects.map(({ object, why }) => [object.kind, why])));
});

const annotated = (annotations: object): any => ({ ...INGRESS, metadata: { ...INGRESS.metadata, annotations } });
/** Of an Ingress: annotations before and after. */
const ANNOTATIONS: [ChangeClass, object, object][] = [
  [
    'opens-access',
    { 'alb.ingress.kubernetes.io/scheme': 'internal' },
    { 'alb.ingress.kubernetes.io/scheme': 'internet-facing' },
  ],
  [
    'opens-access',
    { 'alb.ingress.kubernetes.io/inbound-cidrs': '10.0.0.0/8' },
    { 'alb.ingress.kubernetes.io/inbound-cidrs': '0.0.0.0/0' },
  ],
  [
    'opens-access',
    { 'alb.ingress.kubernetes.io/security-groups': 'sg-1' },
    { 'alb.ingress.kubernetes.io/security-groups': 'sg-2' },
  ],
  ['opens-access', { 'alb.ingress.kubernetes.io/certificate-arn': 'arn:one' }, {}],
  [
    'safe',
    { 'alb.ingress.kubernetes.io/certificate-arn': 'arn:one' },
    { 'alb.ingress.kubernetes.io/certificate-arn': 'arn:two' },
  ],
  ['opens-access', { 'ingress.gcp.kubernetes.io/pre-shared-cert': 'one' }, {}],
  ['opens-access', { 'networking.gke.io/v1beta1.FrontendConfig': 'registry' }, {}],
  ['opens-access', { 'nginx.ingress.kubernetes.io/force-ssl-redirect': 'true' }, {}],
  ['opens-access', { 'kubernetes.io/ingress.class': 'gce-internal' }, { 'kubernetes.io/ingress.class': 'gce' }],
  ['opens-access', { 'example.com/who': 'us' }, { 'example.com/who': 'all' }],
  ['opens-access', {}, { 'nginx.ingress.kubernetes.io/server-alias': 'images.example.com' }],
  ['safe', {}, { 'example.com/team': 'images' }],
  [
    'safe',
    { 'nginx.ingress.kubernetes.io/proxy-body-size': '0' },
    { 'nginx.ingress.kubernetes.io/proxy-body-size': '10g' },
  ],
  ['safe', { 'cert-manager.io/issuer': 'one' }, { 'cert-manager.io/issuer': 'two' }],
];

test('an annotation of an Ingress opens access unless it is known not to', () => {
  for (const [expected, before, after] of ANNOTATIONS)
    assert.is(
      worst(compareObjects([annotated(before)], [annotated(after)])),
      expected,
      JSON.stringify([before, after]),
    );
});

const FRONTEND = {
  apiVersion: 'networking.gke.io/v1beta1',
  kind: 'FrontendConfig',
  metadata: { name: 'registry', namespace: 'registry' },
  spec: { redirectToHttps: { enabled: true } },
};
const named = (apiVersion: string, kind: string, spec: object): object => ({
  apiVersion,
  kind,
  metadata: { name: 'registry', namespace: 'registry' },
  spec,
});

test('other ways in, and what holds them, open access where they change', () => {
  assert.is(judged(INGRESS, ({ spec }) => (spec.ingressClassName = 'bar')).class, 'opens-access');
  const two = {
    ...INGRESS,
    spec: { ...INGRESS.spec, tls: [{ secretName: 'one', hosts: ['registry.example.com', 'other.example.com'] }] },
  };
  assert.is(judged(two, ({ spec }) => (spec.tls[0].hosts = ['other.example.com'])).class, 'opens-access');
  assert.is(judged(FRONTEND, ({ spec }) => (spec.redirectToHttps.enabled = false)).class, 'opens-access');
  assert.is(judged(FRONTEND, (object) => (object.spec = {})).class, 'opens-access');
  const route = named('traefik.io/v1alpha1', 'IngressRoute', {
    entryPoints: ['websecure'],
    routes: [{ match: 'Host(`registry.example.com`)' }],
    tls: { secretName: 'wildcard' },
  });
  assert.is(judged(route, ({ spec }) => delete spec.tls).class, 'opens-access');
  assert.is(judged(route, ({ spec }) => (spec.entryPoints = ['web'])).class, 'opens-access');
  const http = named('gateway.networking.k8s.io/v1', 'HTTPRoute', { rules: [{ timeouts: { request: '1h' } }] });
  assert.is(judged(http, ({ spec }) => (spec.rules[0].timeouts.request = '2h')).class, 'safe');
  const gateway = named('networking.istio.io/v1', 'Gateway', {
    servers: [{ port: { number: 443, protocol: 'HTTPS' }, tls: { mode: 'SIMPLE' } }],
  });
  assert.is(judged(gateway, ({ spec }) => delete spec.servers[0].tls).class, 'opens-access');
  const middleware = named('traefik.io/v1alpha1', 'Middleware', {
    ipAllowList: { sourceRange: ['10.0.0.0/8'] },
  }) as any;
  assert.is(judged(middleware, ({ spec }) => (spec.ipAllowList.sourceRange = ['0.0.0.0/0'])).class, 'opens-access');
  assert.is(worst(compareObjects([route as any, middleware], [route as any])), 'opens-access');
  assert.is(worst(compareObjects([middleware], [])), 'safe', 'nothing leads in');
});

test('the last annotation and the last label are judged like the others', () => {
  const guarded = {
    ...INGRESS,
    metadata: { ...INGRESS.metadata, annotations: { 'x/whitelist-source-range': '10.0.0.0/8' } },
  };
  const open = judged(guarded, ({ metadata }) => delete metadata.annotations);
  assert.equal(
    [open.class, open.fields.map(({ label }) => label)],
    ['opens-access', ['metadata.annotations[x/whitelist-source-range]']],
  );
  const namespace = {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: 'registry', labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } },
  };
  assert.is(judged(namespace, ({ metadata }) => delete metadata.labels).class, 'opens-access');
  assert.is(judged(namespace, ({ metadata }) => (metadata.labels = {})).class, 'opens-access');
  assert.equal(
    compareObjects([{ ...INGRESS, metadata: { ...INGRESS.metadata, annotations: {} } }], [INGRESS]),
    [],
    'no annotation is none',
  );
});

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

test('nothing changes: nothing is told', () => {
  assert.equal(compareObjects(objectsOf(START), objectsOf(START)), []);
  assert.is(summarize([{ variant: 'it', objects: [] }]), '');
});

test.run();
