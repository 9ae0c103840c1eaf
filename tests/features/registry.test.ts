import type { CronJob } from 'kubernetes-types/batch/v1';
import type { Deployment, StatefulSet } from 'kubernetes-types/apps/v1';
import type { PersistentVolume, PersistentVolumeClaim, Service } from 'kubernetes-types/core/v1';
import type { Ingress, NetworkPolicy } from 'kubernetes-types/networking/v1';
import type { Role } from 'kubernetes-types/rbac/v1';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { buildModel } from '../../generator/features/index.js';
import { type Model, podSpecOf } from '../../generator/model/index.js';
import { configOf, modelOf, only, shipped } from '../support/config.js';
import { randomConfigs } from '../support/configs.js';

const test = suite('the registry, done right');
const host = 'registry.example.com';
const kinds = ({ objects }: Model): string[] => objects.map(({ kind }) => kind);
const configYml = ({ configMaps }: Model): Record<string, any> =>
  (configMaps[0]!.files['config.yml'] as { yaml: object }).yaml;
const podOf = (model: Model) => only<Deployment>(model, 'Deployment').spec!.template.spec!;
const everyModel = [shipped, ...randomConfigs(100, 5)].flatMap((text) => {
  const { base, overlays } = configOf(text);
  return [
    { settings: base, model: buildModel(base) },
    ...overlays.map(({ settings }) => ({ settings, model: buildModel(settings) })),
  ];
});

test('every pod meets the restricted Pod Security standard and has a read-only root file system', () => {
  for (const { model } of everyModel) {
    for (const object of model.objects) {
      const pod = podSpecOf(object);
      if (!pod) continue;
      assert.is(pod.securityContext!.runAsNonRoot, true);
      assert.ok(pod.securityContext!.runAsUser! > 0);
      assert.is(pod.securityContext!.seccompProfile!.type, 'RuntimeDefault');
      assert.is(
        pod.automountServiceAccountToken,
        pod.serviceAccountName!.endsWith('-gc'),
        'a token only for what makes the registry read-only',
      );
      for (const container of [...pod.containers, ...(pod.initContainers ?? [])]) {
        const { allowPrivilegeEscalation, readOnlyRootFilesystem, capabilities } = container.securityContext!;
        assert.equal(
          [allowPrivilegeEscalation, readOnlyRootFilesystem, capabilities],
          [false, true, { drop: ['ALL'] }],
        );
        assert.ok(container.resources!.requests!['memory'] && container.resources!.limits!['memory']);
      }
    }
  }
});

test('no pod gets service links, which the registry would read as settings', () => {
  for (const { model } of everyModel) {
    for (const pod of model.objects.map(podSpecOf)) if (pod) assert.is(pod.enableServiceLinks, false);
  }
});

test('the pod has longer to stop than pause and drain take', () => {
  for (const { model, settings } of everyModel) {
    const pod = podOf(model);
    const pause = pod.containers[0]!.lifecycle!.preStop!.sleep!.seconds;
    assert.ok(pod.terminationGracePeriodSeconds! > pause + settings.drainSeconds);
    assert.is(configYml(model)['http'].draintimeout, `${settings.drainSeconds}s`);
  }
});

test('selectors match the pods they are for, and no other component', () => {
  for (const { model } of everyModel) {
    const labels = ['Deployment', 'StatefulSet', 'CronJob']
      .flatMap((kind) => model.objects.filter((object) => object.kind === kind))
      .map((object: any) => ({
        kind: object.kind,
        labels: (object.spec.template ?? object.spec.jobTemplate.spec.template).metadata.labels as Record<
          string,
          string
        >,
      }));
    const selected = (selector: Record<string, string>): string[] =>
      labels
        .filter((pod) => Object.entries(selector).every(([key, value]) => pod.labels[key] === value))
        .map(({ kind }) => kind);
    const deployment = only<Deployment>(model, 'Deployment');
    assert.equal(selected(deployment.spec!.selector.matchLabels!), ['Deployment']);
    assert.equal(selected(only<Service>(model, 'Service', deployment.metadata.name).spec!.selector!), ['Deployment']);
    for (const policy of model.objects.filter(({ kind }) => kind === 'NetworkPolicy') as unknown as NetworkPolicy[]) {
      assert.is(selected(policy.spec!.podSelector.matchLabels!).length, 1);
    }
  }
});

test('every volume that is mounted is there, and every one that is there is mounted', () => {
  for (const { model } of everyModel) {
    for (const pod of model.objects.map(podSpecOf)) {
      if (!pod) continue;
      const mounted = pod.containers.flatMap(({ volumeMounts = [] }) => volumeMounts.map(({ name }) => name));
      assert.equal([...new Set(mounted)].sort(), pod.volumes!.map(({ name }) => name).sort());
    }
  }
});

test('probes work with a login in front: / for readiness, the port alone for liveness', () => {
  const [container] = podOf(modelOf({})).containers;
  assert.equal(container!.readinessProbe!.httpGet, { path: '/', port: 'http' });
  assert.equal(container!.startupProbe!.httpGet, { path: '/', port: 'http' });
  assert.equal(container!.livenessProbe!.tcpSocket, { port: 'http' });
});

test('several replicas on shared storage roll without a gap, spread, and leave one at a time', () => {
  const model = modelOf({ replicas: 3 });
  const { spec } = only<Deployment>(model, 'Deployment');
  assert.equal(spec!.strategy, { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } });
  assert.equal(
    podOf(model).topologySpreadConstraints!.map(({ topologyKey }) => topologyKey),
    ['kubernetes.io/hostname', 'topology.kubernetes.io/zone'],
  );
  assert.is(only<any>(model, 'PodDisruptionBudget').spec.maxUnavailable, 1);
});

test('ReadWriteOnce with co-location keeps replicas and collector on one node, and blocks no drain', () => {
  const model = modelOf({ storage: { accessMode: 'ReadWriteOnce', colocate: true } });
  for (const pod of [
    podOf(model),
    only<CronJob>(model, 'CronJob', 'registry-gc').spec!.jobTemplate.spec!.template.spec!,
  ]) {
    const [term] = pod.affinity!.podAffinity!.requiredDuringSchedulingIgnoredDuringExecution!;
    assert.is(term!.topologyKey, 'kubernetes.io/hostname');
    assert.is(term!.labelSelector!.matchLabels!['app.kubernetes.io/component'], 'registry');
  }
  assert.not(podOf(model).topologySpreadConstraints);
  assert.not(kinds(model).includes('PodDisruptionBudget'));
});

test('a single replica on ReadWriteOnce is replaced, not rolled', () => {
  const strategyOf = (gc: object) =>
    only<Deployment>(modelOf({ replicas: 1, storage: { accessMode: 'ReadWriteOnce' }, gc }), 'Deployment').spec!
      .strategy!.type;
  assert.is(strategyOf({ dryRun: true }), 'Recreate');
  assert.is(
    strategyOf({}),
    'RollingUpdate',
    'on one node with the collector, so that pulls go on while the pods are replaced',
  );
});

test('the claim and the namespace survive a prune by Argo CD and by Flux', () => {
  const model = modelOf({});
  for (const kind of ['PersistentVolumeClaim', 'Namespace']) {
    assert.equal(only(model, kind).metadata.annotations, {
      'argocd.argoproj.io/sync-options': 'Prune=false,Delete=false',
      'kustomize.toolkit.fluxcd.io/prune': 'disabled',
    });
  }
});

test('a static volume is bound to its claim and outlives it', () => {
  for (const [volume, part] of [
    [{ nfs: { server: 'nfs.example.com', path: '/a' } }, { server: 'nfs.example.com', path: '/a' }],
    [{ csi: { driver: 'd.example.com', volumeHandle: 'h' } }, { driver: 'd.example.com', volumeHandle: 'h' }],
    [{ hostPath: { path: '/a', node: 'n' } }, { path: '/a', type: 'Directory' }],
  ] as const) {
    const model = modelOf({ name: 'r', namespace: 'ns', storage: { static: volume } });
    const { metadata, spec } = only<PersistentVolume>(model, 'PersistentVolume');
    const claim = only<PersistentVolumeClaim>(model, 'PersistentVolumeClaim');
    assert.equal((spec as Record<string, unknown>)[Object.keys(volume)[0]!], part);
    assert.equal([claim.spec!.volumeName, claim.spec!.storageClassName], [metadata.name, '']);
    assert.equal([spec!.claimRef!.namespace, spec!.claimRef!.name], ['ns', claim.metadata.name]);
    assert.is(spec!.persistentVolumeReclaimPolicy, 'Retain');
  }
});

test('a dry run of the garbage collection only reads', () => {
  const model = modelOf({ gc: { dryRun: true } });
  const [container] = only<CronJob>(model, 'CronJob').spec!.jobTemplate.spec!.template.spec!.containers;
  assert.equal(container!.args, ['garbage-collect', '--dry-run', '/etc/distribution/config.yml']);
  assert.is(container!.volumeMounts!.find(({ name }) => name === 'data')!.readOnly, true);
  assert.not(kinds(model).some((kind) => ['Role', 'RoleBinding'].includes(kind)));
  assert.not(kinds(modelOf({ gc: { enabled: false } })).includes('CronJob'));
});

test('garbage collection is a protocol: what it may, what it empties, what recovers from it', () => {
  const model = modelOf({
    gc: { deleteUntagged: true, deadlineSeconds: 7200 },
    redis: { type: 'statefulset', replicas: 1 },
  });
  const podOf = (name: string) => only<CronJob>(model, 'CronJob', name).spec!.jobTemplate.spec!.template.spec!;
  const { containers, initContainers, serviceAccountName } = podOf('registry-gc');
  const common = ['--deployment', 'registry', '--lock', 'registry-gc-lock'];
  const redis = ['--redis', 'registry-redis-0.registry-redis:6379', '--redis', 'registry-redis-1.registry-redis:6379'];
  assert.equal(containers[0]!.args, [
    'collect',
    ...common,
    ...redis,
    '--deadline',
    '7200',
    '--settle',
    '60',
    '--',
    '/tools/registry',
    'garbage-collect',
    '--delete-untagged',
    '/etc/distribution/config.yml',
  ]);
  assert.equal([containers[0]!.image, initContainers![0]!.image], ['node:24.21.0-alpine3.24', 'registry:3.1.2']);
  assert.not(containers[0]!.volumeMounts!.find(({ name }) => name === 'data')!.readOnly);
  const recover = podOf('registry-gc-recover');
  assert.equal(recover.containers[0]!.args, ['recover', ...common]);
  assert.not(
    recover.volumes!.some(({ persistentVolumeClaim }) => persistentVolumeClaim),
    'it runs where the volume cannot be mounted',
  );
  assert.equal(
    [
      serviceAccountName,
      recover.serviceAccountName,
      only<Deployment>(model, 'Deployment').spec!.template.spec!.serviceAccountName,
    ],
    ['registry-gc', 'registry-gc', 'registry'],
  );
  assert.equal(only<Role>(model, 'Role').rules, [
    { apiGroups: ['apps'], resources: ['deployments'], resourceNames: ['registry'], verbs: ['get', 'patch'] },
    { apiGroups: [''], resources: ['pods'], verbs: ['list'] },
    { apiGroups: [''], resources: ['configmaps'], resourceNames: ['registry-gc-lock'], verbs: ['get', 'patch'] },
  ]);
  assert.is(
    (only(model, 'ConfigMap', 'registry-gc-lock') as { data?: object }).data,
    undefined,
    'what is in it is not for git to say',
  );
});

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
  assert.ok(files['redis.conf']!.lines.includes('maxmemory 48mb'));
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
      / (\d+)$/.exec(files['sentinel.conf']!.lines.find((line) => line.startsWith('sentinel monitor'))!)![1],
    );
    assert.ok(2 * quorum > replicas! && quorum < replicas!, 'one pod may be lost');
    assert.is(asked.addrs.length, replicas);
  }
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
  assert.equal(policy({}).egress, []);
  assert.equal(policy({ gc: { dryRun: true } }, 'registry-gc'), {
    ...policy({}, 'registry-gc'),
    ingress: [],
    egress: [],
  });
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
