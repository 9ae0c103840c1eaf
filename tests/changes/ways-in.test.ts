/** Which changes open access: policies, hosts, certificates, annotations. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type ChangeClass, compareObjects } from '../../generator/changes/index.js';
import { changed, compareConfigs, objectsOf, START } from '../support/objects/changes.js';
import { worst, judged, named } from './compared-trees.js';

const test = suite('changes: ways in');

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

const INGRESS = {
  apiVersion: 'networking.k8s.io/v1',
  kind: 'Ingress',
  metadata: { name: 'registry', namespace: 'registry' },
  spec: { ingressClassName: 'foo', rules: [{ host: 'registry.example.com' }] },
};

/** By which a registry gets its HTTPS, and what has to be reported when that is taken away. */
const HTTPS: [string, ingress: object, tls: object, reported: string[]][] = [
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

for (const [name, ingress, tls, reported] of HTTPS) {
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
      reported,
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

test.run();
