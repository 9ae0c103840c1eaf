/** config.yml, Redis, Secrets, Ingresses and network policies of the registry. */
import type { StatefulSet } from 'kubernetes-types/apps/v1';
import type { Service } from 'kubernetes-types/core/v1';
import type { Ingress, NetworkPolicy } from 'kubernetes-types/networking/v1';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { modelOf, only } from '../support/config.js';
import { configYml, podOf, kinds, everyModel } from './built.js';

const test = suite('the registry: config.yml, Redis, ways in');

const host = 'registry.example.com';

test('registry 2.8 and 3.x each get their own form of config.yml', () => {
  const redis = { type: 'statefulset', failover: 'none' };
  const three = modelOf({ redis });
  assert.equal(configYml(three)['redis'].addrs, ['registry-redis-0.registry-redis:6379']);
  assert.not(configYml(three)['redis'].addr);
  assert.equal(podOf(three).containers[0]!.args, ['serve', '/etc/distribution/config.yml']);
  const two = modelOf({ image: 'registry:2.8.3', redis });
  assert.is(configYml(two)['redis'].addr, 'registry-redis-0.registry-redis:6379');
  assert.not(configYml(two)['redis'].addrs);
  assert.equal(podOf(two).containers[0]!.args, ['serve', '/etc/docker/registry/config.yml']);
  assert.not(podOf(two).containers[0]!.env!.some(({ name }) => name.startsWith('OTEL')));
  const said = modelOf({ image: `mirror.example.com/registry@sha256:${'0'.repeat(64)}`, version: '2.8.3' });
  assert.equal(podOf(said).containers[0]!.args, ['serve', '/etc/docker/registry/config.yml']);
});

test('the sidecar Redis listens on localhost only, as a cache, and starts before the registry', () => {
  const model = modelOf({ redis: { type: 'sidecar', memory: '64Mi' } });
  const [redis] = podOf(model).initContainers!;
  assert.is(redis!.restartPolicy, 'Always');
  const args = redis!.args!.join(' ');
  assert.match(args, '--bind 127.0.0.1');
  assert.match(args, '--maxmemory 48mb --maxmemory-policy allkeys-lru');
  assert.equal(configYml(model)['redis'].addrs, ['127.0.0.1:6379']);
  assert.not(kinds(model).includes('StatefulSet'));
});

test('the Redis StatefulSet has a primary, replicas that follow it, and a password from the Secret', () => {
  const model = modelOf({ redis: { type: 'statefulset', replicas: 2, memory: '64Mi', failover: 'none' } });
  const { spec } = only<StatefulSet>(model, 'StatefulSet');
  const service = only<Service>(model, 'Service', 'registry-redis');
  assert.equal([spec!.replicas, spec!.serviceName, service.spec!.clusterIP], [3, 'registry-redis', 'None']);
  const files = model.configMaps.find(({ name }) => name === 'registry-redis')!.files as Record<
    string,
    { lines: string[] }
  >;
  assert.equal(Object.keys(files), [
    'redis.conf',
    'registry-redis-0.conf',
    'registry-redis-1.conf',
    'registry-redis-2.conf',
  ]);
  assert.not(files['registry-redis-0.conf']!.lines.some((line) => line.startsWith('replicaof')));
  assert.ok(files['registry-redis-2.conf']!.lines.includes('replicaof registry-redis-0.registry-redis 6379'));
  assert.ok(files['redis.conf']!.lines.includes('maxmemory 32mb'));
  const secret = { secretKeyRef: { name: 'registry-secrets', key: 'redis-password' } };
  assert.equal(podOf(model).containers[0]!.env![0], { name: 'REGISTRY_REDIS_PASSWORD', valueFrom: secret });
  assert.equal(spec!.template.spec!.containers[0]!.env![1], { name: 'REDISCLI_AUTH', valueFrom: secret });
});

test('Sentinels stand beside every Redis where the registry can ask them, and are enough of them for a majority', () => {
  for (const { model, settings } of everyModel) {
    const { redis, version } = settings;
    if (redis.type !== 'statefulset') continue;
    const { replicas, template } = only<StatefulSet>(model, 'StatefulSet').spec!;
    const asked = configYml(model)['redis'];
    const sentinel = template.spec!.containers.find(({ name }) => name === 'sentinel');
    assert.is(sentinel !== undefined, redis.failover === 'sentinel');
    assert.is(asked.mastername, sentinel && settings.name);
    if (!sentinel) continue;
    assert.ok(version.major >= 3 && replicas! >= 3);
    const files = model.configMaps.find(({ name }) => name === `${settings.name}-redis`)!.files as Record<
      string,
      { lines: string[] }
    >;
    const quorum = Number(
      / (\d+)$/.exec(files['monitor.conf']!.lines.find((line) => line.startsWith('sentinel monitor'))!)![1],
    );
    assert.ok(2 * quorum > replicas! && quorum < replicas!, 'one pod may be lost');
    assert.is(asked.addrs.length, replicas);
  }
});

test('nothing is written that the API server drops: a list without items, or no value', () => {
  /** No class for a volume that is there; no labels of a selector, which then selects all; an empty volume, the group of the core API, and a word of a command line. */
  const KEPT = /\.(storageClassName|namespaceSelector|podSelector|emptyDir|apiGroups\.\d+|args\.\d+)$/;
  const emptyIn = (value: unknown, path: string): string[] => {
    if (value === null || value === '') return KEPT.test(path) ? [] : [path];
    if (typeof value !== 'object') return [];
    const entries = Object.entries(value);
    if (entries.length === 0) return KEPT.test(path) ? [] : [path];
    return entries.flatMap(([key, inner]) => emptyIn(inner, `${path}.${key}`));
  };
  for (const { model } of everyModel)
    for (const object of model.objects) assert.equal(emptyIn(object, object.kind), [], object.kind);
});

test('Sentinels come with registry 3 and two replicas, and only where they are not declined', () => {
  const sentinels = (redis: object, image = 'registry:3.1.2'): boolean =>
    only<StatefulSet>(modelOf({ image, redis: { type: 'statefulset', ...redis } }), 'StatefulSet').spec!.template.spec!
      .containers.length === 2;
  assert.ok(sentinels({}));
  assert.not(sentinels({ replicas: 1 }));
  assert.not(sentinels({ failover: 'none' }));
  assert.not(sentinels({}, 'registry:2.8.3'));
});

test('no password is in a file of Redis or its Sentinels, and what they write is in memory', () => {
  const model = modelOf({ redis: { type: 'statefulset' } });
  const { volumes, containers } = only<StatefulSet>(model, 'StatefulSet').spec!.template.spec!;
  assert.equal(volumes!.find(({ name }) => name === 'sentinel')!.emptyDir, { medium: 'Memory', sizeLimit: '1Mi' });
  const secret = { secretKeyRef: { name: 'registry-secrets', key: 'redis-password' } };
  for (const { env } of containers) assert.equal(env!.find(({ name }) => name === 'REDISCLI_AUTH')!.valueFrom, secret);
  for (const name of ['REGISTRY_REDIS_PASSWORD', 'REGISTRY_REDIS_SENTINELPASSWORD'])
    assert.equal(podOf(model).containers[0]!.env!.find((variable) => variable.name === name)!.valueFrom, secret);
});

test('all replicas share one HTTP secret, by reference', () => {
  const { env } = podOf(modelOf({ secretName: 'mine' })).containers[0]!;
  assert.equal(env![0], {
    name: 'REGISTRY_HTTP_SECRET',
    valueFrom: { secretKeyRef: { name: 'mine', key: 'http-secret' } },
  });
});

test('GKE: the class by annotation, a backend that probes /, a managed certificate, and a redirect', () => {
  const model = modelOf({ host, ingress: { class: 'gce' }, tls: { type: 'gke-managed' } });
  const ingress = only<Ingress>(model, 'Ingress');
  assert.equal(ingress.metadata.annotations, {
    'kubernetes.io/ingress.class': 'gce',
    'networking.gke.io/managed-certificates': 'registry',
    'networking.gke.io/v1beta1.FrontendConfig': 'registry',
  });
  assert.not(ingress.spec!.ingressClassName);
  assert.not(ingress.spec!.tls);
  assert.equal(only<any>(model, 'ManagedCertificate').spec.domains, [host]);
  assert.is(only<any>(model, 'FrontendConfig').spec.redirectToHttps.enabled, true);
  assert.equal(only<any>(model, 'BackendConfig').spec.healthCheck, { type: 'HTTP', requestPath: '/', port: 5000 });
  const { annotations } = only(model, 'Service').metadata;
  assert.equal(JSON.parse(annotations!['cloud.google.com/backend-config']!), { default: 'registry' });
});

test('nginx: bodies of any size, unbuffered, for as long as a layer takes; HTTPS only where there is TLS', () => {
  const annotations = (tls?: object) =>
    only<Ingress>(modelOf({ host, ingress: { class: 'nginx' }, ...(tls ? { tls } : {}) }), 'Ingress').metadata
      .annotations!;
  const plain = annotations();
  assert.is(plain['nginx.ingress.kubernetes.io/proxy-body-size'], '0');
  assert.is(plain['nginx.ingress.kubernetes.io/proxy-request-buffering'], 'off');
  assert.is(plain['nginx.ingress.kubernetes.io/ssl-redirect'], 'false');
  assert.is(annotations({ type: 'secret' })['nginx.ingress.kubernetes.io/ssl-redirect'], 'true');
});

test('certificates: cert-manager by annotation and Secret, or a Secret that is there', () => {
  const ingress = (tls: object) => only<Ingress>(modelOf({ host, ingress: { class: 'nginx' }, tls }), 'Ingress');
  const issued = ingress({ type: 'cert-manager', issuer: 'ca', issuerKind: 'Issuer' });
  assert.is(issued.metadata.annotations!['cert-manager.io/issuer'], 'ca');
  assert.equal(issued.spec!.tls, [{ hosts: [host], secretName: 'registry-tls' }]);
  const given = ingress({ type: 'secret', secretName: 'mine' });
  assert.equal(given.spec!.tls, [{ hosts: [host], secretName: 'mine' }]);
});

test("the user's annotations win, on every controller and with every certificate", () => {
  const annotations = {
    'networking.gke.io/v1beta1.FrontendConfig': 'mine',
    'networking.gke.io/managed-certificates': 'theirs',
  };
  const model = modelOf({ host, ingress: { class: 'gce', annotations }, tls: { type: 'gke-managed' } });
  const written = only<Ingress>(model, 'Ingress').metadata.annotations!;
  for (const [key, value] of Object.entries(annotations)) assert.is(written[key], value);
});

test('network policies let in the ingress, and let out only what is needed', () => {
  const policy = (value: object, name = 'registry') => only<NetworkPolicy>(modelOf(value), 'NetworkPolicy', name).spec!;
  assert.not('egress' in policy({}));
  const { egress: _, ...closed } = policy({}, 'registry-gc');
  assert.equal([closed.policyTypes, 'ingress' in closed], [['Ingress', 'Egress'], false]);
  assert.equal(policy({ gc: { dryRun: true } }, 'registry-gc'), closed);
  assert.equal(policy({ host, ingress: { class: 'gce' } }).ingress![0]!.from, [
    { ipBlock: { cidr: '35.191.0.0/16' } },
    { ipBlock: { cidr: '130.211.0.0/22' } },
  ]);
  assert.equal(policy({ host, ingress: { class: 'x', allowFrom: [{ cidr: '10.0.0.0/8' }] } }).ingress![0]!.from, [
    { ipBlock: { cidr: '10.0.0.0/8' } },
  ]);
  assert.equal(policy({}).ingress![0]!.from, [{ namespaceSelector: {} }]);
  const asked = [
    { ipBlock: { cidr: '10.1.0.0/16' } },
    { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'istio-system' } } },
  ];
  assert.equal(
    policy({ ingress: { allowFrom: [{ cidr: '10.1.0.0/16' }, { namespace: 'istio-system' }] } }).ingress![0]!.from,
    asked,
    'a way in of their own has nobody else behind it',
  );
  const redis = { redis: { type: 'statefulset' } };
  assert.is(policy(redis).egress![0]!.ports![0]!.port, 6379);
  const clients = policy(redis, 'registry-redis').ingress![0]!.from!.map(
    ({ podSelector }) => podSelector!.matchLabels!['app.kubernetes.io/component'],
  );
  assert.equal(clients, ['registry', 'redis']);
  const open = (value: object) =>
    policy(value, 'registry-redis').ingress!.map(({ from, ports }) => [
      ...from!.map(({ podSelector }) => podSelector!.matchLabels!['app.kubernetes.io/component']),
      ...ports!.map(({ port }) => port),
    ]);
  assert.equal(open(redis), [
    ['registry', 'redis', 6379, 26379],
    ['garbage-collector', 6379],
  ]);
  assert.equal(
    open({ redis: { type: 'statefulset', failover: 'none' }, gc: { dryRun: true } }),
    [['registry', 'redis', 6379]],
    'a dry run empties nothing',
  );
});

test('no authentication means no password file, but still a shared HTTP secret', () => {
  const model = modelOf({ auth: { type: 'none' } });
  assert.not(configYml(model)['auth']);
  assert.not(podOf(model).volumes!.some(({ name }) => name === 'auth'));
  assert.is(podOf(model).containers[0]!.env![0]!.name, 'REGISTRY_HTTP_SECRET');
});

test.run();
