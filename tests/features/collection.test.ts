/** What the CronJobs of garbage collection run, with what, and what they may. */
import type { Deployment } from 'kubernetes-types/apps/v1';
import type { CronJob } from 'kubernetes-types/batch/v1';
import type { Role } from 'kubernetes-types/rbac/v1';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { commentOn, type Model } from '../../generator/model/index.js';
import { modelOf, only } from '../support/config.js';
import { configYml, kinds } from './built.js';

const test = suite('the collection of garbage');
const collectorOf = (model: Model) =>
  only<CronJob>(model, 'CronJob', 'registry-gc').spec!.jobTemplate.spec!.template.spec!.containers[0]!;

/** The registry's own collector, which is only asked. */
const ASKED = ['/tools/registry', 'garbage-collect', '--dry-run', '/etc/distribution/config.yml'];

test('what recovers is described by what it does, and not as a collection', () => {
  const commentsOf = (storage: object): string => {
    const job = only<CronJob>(modelOf({ storage }), 'CronJob', 'registry-gc-recover').spec!;
    const pod = job.jobTemplate.spec!.template.spec!;
    return ['schedule', 'automountServiceAccountToken', 'terminationGracePeriodSeconds']
      .map((field) => commentOn(field === 'schedule' ? job : pod, field))
      .join('\n');
  };
  assert.not.match(commentsOf({}), /[Mm]akes the registry read-only|[Aa] collection that is stopped/);
  assert.match(commentsOf({}), 'at most this, and two minutes: one until its lock has expired, and one in which');
  const s3 = { type: 's3', s3: { bucket: 'images', region: 'eu', credentials: 'ambient' } };
  assert.match(commentsOf(s3), 'at most this, and a minute, until its lock has expired.');
});

test('a dry run of the garbage collection only reads', () => {
  const model = modelOf({ gc: { dryRun: true } });
  const pod = only<CronJob>(model, 'CronJob').spec!.jobTemplate.spec!.template.spec!;
  const [container] = pod.containers;
  assert.equal(container!.args, ['survey', '--volume', '/var/lib/registry', '--grace', '86400', '--', ...ASKED]);
  assert.is(container!.volumeMounts!.find(({ name }) => name === 'data')!.readOnly, true);
  assert.equal([pod.serviceAccountName, pod.automountServiceAccountToken], ['registry', false]);
  assert.not(
    JSON.stringify(container!.env).includes('serviceaccount'),
    'there is no token, and no authority beside it',
  );
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
    '--volume',
    '/var/lib/registry',
    '--delete-untagged',
    '--grace',
    '86400',
    '--',
    ...ASKED,
  ]);
  assert.equal(containers[0]!.command, ['node', '/collector/main.mjs']);
  const { activeDeadlineSeconds, podFailurePolicy } = only<CronJob>(model, 'CronJob', 'registry-gc').spec!.jobTemplate
    .spec!;
  assert.is(activeDeadlineSeconds, 86_400 + 7200, 'looking for garbage takes its time, and refuses nothing');
  assert.equal(podFailurePolicy!.rules[0]!.onExitCodes!.values, [1, 2, 4]);
  assert.equal([containers[0]!.image, initContainers![0]!.image], ['node:24.21.0-alpine3.24', 'registry:3.1.2']);
  assert.not(containers[0]!.volumeMounts!.find(({ name }) => name === 'data')!.readOnly);
  const recover = podOf('registry-gc-recover');
  assert.equal(recover.containers[0]!.args, ['recover', ...common, '--settle', '60']);
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

test('garbage in a bucket is looked for where the registry keeps it, with the authorities that the registry trusts', () => {
  const containerOf = (s3: object, image = 'registry:3.1.2') =>
    collectorOf(modelOf({ image, storage: { type: 's3', s3: { bucket: 'images', region: 'us-east-1', ...s3 } } }));
  const storageOf = (...chosen: Parameters<typeof containerOf>) => {
    const args = containerOf(...chosen).args!;
    return args.slice(args.indexOf('--bucket'), args.indexOf('--grace'));
  };
  const place = ['--bucket', 'images', '--region', 'us-east-1'];
  const endpoint = 'https://s3.example.com';
  assert.equal(storageOf({}), place);
  assert.equal(storageOf({ endpoint, rootDirectory: 'a/b' }), [
    ...place,
    ...['--endpoint', endpoint, '--path-style', '--root-directory', 'a/b'],
  ]);
  assert.equal(storageOf({ endpoint, forcePathStyle: false }), [...place, '--endpoint', endpoint]);
  const { command, env } = containerOf({});
  assert.equal(command, ['node', '--use-openssl-ca', '/collector/main.mjs']);
  assert.is(env!.find(({ name }) => name === 'SSL_CERT_FILE')!.value, '/tools/ca-certificates.crt');
  assert.equal(storageOf({ endpoint }, 'registry:2.8.3'), [...place, '--endpoint', endpoint, '--path-style']);
});

test('retention is a file beside the program, in which limits that are not given are absent', () => {
  const rules = [
    { repositories: ['a/**'], tags: ['pr-*'], keepNewest: 3, keepTags: ['pr-1'], keepPushedWithin: '36h' },
    { repositories: ['**'], keepTags: [], keepPushedWithin: '', deleteOlderThan: '30d' },
  ];
  const written = (gc: object) => {
    const model = modelOf({ gc });
    const { args } = collectorOf(model);
    const { files } = model.configMaps.find(({ name }) => name === 'registry-collector')!;
    return {
      args: args!.slice(args!.indexOf('/var/lib/registry') + 1, args!.indexOf('--')),
      file: files['retention.json'],
    };
  };
  assert.equal(written({ retention: { rules } }), {
    args: ['--grace', '86400', '--retention', '/collector/retention.json', '--retention-dry-run'],
    file: { json: [rules[0], { repositories: ['**'], tags: ['**'], deleteOlderThan: '30d' }] },
  });
  assert.equal(
    written({ retention: { rules, dryRun: false }, graceSeconds: 60, minimumGarbage: '1.5Gi', dryRun: true }).args,
    ['--grace', '60', '--minimum', '1610612736', '--retention', '/collector/retention.json'],
  );
  assert.equal(written({ retention: { dryRun: false } }), {
    args: ['--grace', '86400'],
    file: undefined,
  });
});

test('pods with a cache each delete nothing', () => {
  const deletes = (fields: object) => configYml(modelOf(fields))['storage'].delete.enabled as boolean;
  assert.equal(
    [{ type: 'sidecar' }, { type: 'none' }, { type: 'statefulset' }].map((redis) => deletes({ redis })),
    [false, true, true],
  );
  assert.ok(deletes({ redis: { type: 'sidecar' }, replicas: 1 }));
});

test.run();
