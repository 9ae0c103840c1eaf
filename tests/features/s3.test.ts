import type { CronJob } from 'kubernetes-types/batch/v1';
import type { Deployment, StatefulSet } from 'kubernetes-types/apps/v1';
import type { PodSpec, ServiceAccount } from 'kubernetes-types/core/v1';
import type { NetworkPolicy, NetworkPolicyEgressRule } from 'kubernetes-types/networking/v1';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { buildModel } from '../../generator/features/index.js';
import type { Model } from '../../generator/model/index.js';
import { makePlan } from '../../generator/plan/index.js';
import { bytesOf, configOf, modelOf, only } from '../support/config.js';

const test = suite('images in a bucket');
const ROLE = { 'eks.amazonaws.com/role-arn': 'arn:aws:iam::111122223333:role/registry' };

const withBucket = (s3: object = {}, more: object = {}): object => ({
  ...more,
  storage: { type: 's3', s3: { bucket: 'images', region: 'eu-central-1', ...s3 } },
});
const driverOf = ({ configMaps }: Model): Record<string, any> =>
  (configMaps[0]!.files['config.yml'] as { yaml: { storage: object } }).yaml.storage;
const podsOf = (model: Model): PodSpec[] => [
  only<Deployment>(model, 'Deployment').spec!.template.spec!,
  only<CronJob>(model, 'CronJob', 'registry-gc').spec!.jobTemplate.spec!.template.spec!,
];

/** Where the pods of a policy may connect to, as text: peers, then ports. */
function waysOut(model: Model, name: string): string[] {
  const peersOf = ({ to }: NetworkPolicyEgressRule): string =>
    (to ?? [])
      .map(
        ({ ipBlock, namespaceSelector, podSelector }) =>
          ipBlock?.cidr ??
          namespaceSelector?.matchLabels!['kubernetes.io/metadata.name'] ??
          podSelector!.matchLabels!['app.kubernetes.io/component']!,
      )
      .join(' ');
  return only<NetworkPolicy>(model, 'NetworkPolicy', name).spec!.egress!.map(
    (rule) => `${peersOf(rule)}:${rule.ports!.map(({ port }) => port).join()}`,
  );
}

const API_SERVER = ':443,6443,8443,16443';
const DNS = 'kube-system 169.254.20.10/32 169.254.169.254/32:53,53';

test('there is no volume, and replicas run on any nodes and roll without a gap', () => {
  const model = modelOf({ ...withBucket(), replicas: 3 });
  assert.not(model.objects.some(({ kind }) => kind.startsWith('PersistentVolume')));
  for (const pod of podsOf(model)) {
    assert.not(pod.affinity?.podAffinity);
    assert.not(pod.volumes!.some(({ persistentVolumeClaim }) => persistentVolumeClaim));
    assert.not(pod.containers[0]!.volumeMounts!.some(({ mountPath }) => mountPath === '/var/lib/registry'));
  }
  assert.is(only<Deployment>(model, 'Deployment').spec!.strategy!.type, 'RollingUpdate');
  assert.is(podsOf(model)[0]!.topologySpreadConstraints!.length, 1);
  assert.is(model.objects.filter(({ kind }) => kind === 'PodDisruptionBudget').length, 1);
});

test('each version gets the driver that it knows, on AWS and elsewhere', () => {
  const driver = (s3: object, image: string): unknown => driverOf(modelOf(withBucket(s3, { image })))['s3'];
  for (const image of ['registry:2.8.3', 'registry:3.1.2']) {
    assert.equal(driver({}, image), { bucket: 'images', region: 'eu-central-1' });
    assert.equal(driver({ rootDirectory: 'a/b', encrypt: true }, image), {
      bucket: 'images',
      region: 'eu-central-1',
      rootdirectory: 'a/b',
      encrypt: true,
    });
  }
  const endpoint = 'http://minio.minio.svc:9000';
  assert.equal(driver({ endpoint }, 'registry:2.8.3'), {
    bucket: 'images',
    region: 'eu-central-1',
    regionendpoint: endpoint,
  });
  assert.equal(driver({ endpoint }, 'registry:3.1.2'), {
    bucket: 'images',
    region: 'eu-central-1',
    regionendpoint: endpoint,
    forcepathstyle: true,
  });
  assert.equal(driver({ endpoint, forcePathStyle: false }, 'registry:3.1.2'), {
    bucket: 'images',
    region: 'eu-central-1',
    regionendpoint: endpoint,
    forcepathstyle: false,
  });
});

test('deleting and purging stay on, and clients are redirected only where that is asked for', () => {
  const { filesystem, delete: deletion, maintenance, redirect } = driverOf(modelOf(withBucket()));
  assert.equal(
    [filesystem, deletion, maintenance.uploadpurging.enabled, redirect],
    [undefined, { enabled: true }, true, { disable: true }],
  );
  assert.equal(driverOf(modelOf(withBucket({ redirect: true })))['redirect'], { disable: false });
  assert.not('redirect' in driverOf(modelOf({})));
});

test('registry and collector read the keys from the Secret, and no key is in the tree', () => {
  for (const image of ['registry:2.8.3', 'registry:3.1.2']) {
    const pods = [{ dryRun: true }, { dryRun: false }].flatMap((gc) =>
      podsOf(modelOf(withBucket({}, { image, secretName: 'mine', gc }))),
    );
    for (const pod of pods) {
      assert.equal(pod.containers[0]!.env!.slice(0, 2), [
        { name: 'REGISTRY_STORAGE_S3_ACCESSKEY', valueFrom: { secretKeyRef: { name: 'mine', key: 's3-access-key' } } },
        { name: 'REGISTRY_STORAGE_S3_SECRETKEY', valueFrom: { secretKeyRef: { name: 'mine', key: 's3-secret-key' } } },
      ]);
    }
  }
});

test('the collector has the authorities that the image of the registry trusts: that of Node.js may have none', () => {
  const pod = podsOf(modelOf(withBucket()))[1]!;
  assert.match(pod.initContainers![0]!.command!.join(' '), 'cp /etc/ssl/certs/ca-certificates.crt /tools/');
  assert.equal(
    pod.containers[0]!.env!.find(({ name }) => name === 'SSL_CERT_FILE')!.value,
    '/tools/ca-certificates.crt',
  );
  assert.not.match(podsOf(modelOf({}))[1]!.initContainers![0]!.command!.join(' '), 'ssl');
});

test('with a role the pods have no keys, and its annotation is on their ServiceAccount and on no other', () => {
  const model = modelOf(
    withBucket({ credentials: 'ambient', serviceAccountAnnotations: ROLE }, { redis: { type: 'statefulset' } }),
  );
  for (const pod of podsOf(model)) {
    assert.not(pod.containers[0]!.env!.some(({ name }) => name.startsWith('REGISTRY_STORAGE')));
    assert.equal(only<ServiceAccount>(model, 'ServiceAccount', pod.serviceAccountName).metadata.annotations, ROLE);
  }
  assert.is(podsOf(model)[0]!.automountServiceAccountToken, false, 'the webhook brings the token that it needs itself');
  const account = only<StatefulSet>(model, 'StatefulSet').spec!.template.spec!.serviceAccountName;
  assert.not(
    only<ServiceAccount>(model, 'ServiceAccount', account).metadata.annotations,
    'Redis has no business in the bucket',
  );
});

test('network policies let registry and collector out to the bucket, and to nothing else', () => {
  const cases: [s3: object, ways: string[]][] = [
    [{}, [':443', DNS]],
    [{ endpoint: 'https://s3.example.com' }, [':443', DNS]],
    [{ endpoint: 'http://s3.example.com' }, [':80', DNS]],
    [{ endpoint: 'http://10.0.0.7:9000' }, ['10.0.0.7/32:9000']],
    [{ endpoint: 'http://[fd00::7]:9000' }, ['fd00::7/128:9000']],
    [{ endpoint: 'http://minio:9000' }, ['registry:9000', DNS]],
    [{ endpoint: 'https://minio.minio.svc', targetPort: 9000 }, ['minio:443,9000', DNS]],
    [{ endpoint: 'http://rgw.rook-ceph.svc.cluster.local', targetPort: 8080 }, ['rook-ceph:80,8080', DNS]],
    [{ credentials: 'ambient' }, [':443', '169.254.169.254/32 169.254.170.23/32:80', DNS]],
    [{ credentials: 'ambient', serviceAccountAnnotations: ROLE }, [':443', DNS]],
    [
      { credentials: 'ambient', serviceAccountAnnotations: ROLE, endpoint: 'http://10.0.0.7:9000' },
      ['10.0.0.7/32:9000', ':443', DNS],
    ],
  ];
  for (const [s3, ways] of cases) {
    const model = modelOf(withBucket(s3));
    assert.equal(waysOut(model, 'registry'), ways, JSON.stringify(s3));
    assert.equal(waysOut(model, 'registry-gc'), [API_SERVER, ...ways], JSON.stringify(s3));
    assert.equal(waysOut(modelOf(withBucket(s3, { gc: { dryRun: true } })), 'registry-gc'), ways, JSON.stringify(s3));
  }
  assert.equal(waysOut(modelOf(withBucket()), 'registry-gc-recover'), [API_SERVER], 'it opens no bucket');
  assert.equal(waysOut(modelOf(withBucket({}, { redis: { type: 'statefulset', failover: 'none' } })), 'registry'), [
    'redis:6379',
    ':443',
    DNS,
  ]);
});

test('nothing is found in any of them, on every version', async () => {
  for (const image of ['registry:2.8.3', 'registry:3.1.2']) {
    for (const s3 of [
      {},
      { endpoint: 'https://minio.minio.svc', targetPort: 9000 },
      { endpoint: 'http://10.0.0.7:9000', credentials: 'ambient' },
      { credentials: 'ambient' },
    ]) {
      assert.equal((await makePlan(bytesOf(JSON.stringify(withBucket(s3, { image }))), 'registry.yaml')).findings, []);
    }
  }
  assert.equal(
    (
      await makePlan(
        bytesOf(JSON.stringify(withBucket({ credentials: 'ambient', serviceAccountAnnotations: ROLE }))),
        'registry.yaml',
      )
    ).findings,
    [],
  );
});

test('an overlay takes a bucket in place of the volume of its base, whatever that was', () => {
  const { overlays } = configOf({
    storage: { accessMode: 'ReadWriteOnce', colocate: true, static: { hostPath: { path: '/a', node: 'n' } } },
    overlays: { a: withBucket() },
  });
  const model = buildModel(overlays[0]!.settings);
  assert.not(model.objects.some(({ kind }) => kind.startsWith('PersistentVolume')));
  for (const pod of podsOf(model)) assert.not(pod.affinity?.podAffinity);
});

test.run();
