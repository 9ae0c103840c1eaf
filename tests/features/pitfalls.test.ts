/**
 * What users of other charts and of hand-written YAML lost images by, or nights: each is impossible by construction, or
 * reported with its line in registry.yaml.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { parse } from 'yaml';
import type { Settings } from '../../generator/config/index.js';
import { buildModel } from '../../generator/features/index.js';
import { finish } from '../../generator/kustomize/index.js';
import { makePlan } from '../../generator/plan/index.js';
import { run } from '../support/cli.js';
import { bytesOf, configOf } from '../support/config.js';
import { often, randomConfigs } from '../support/configs.js';
import { withFolder } from '../support/folder.js';

const test = suite('pitfalls of running a registry');
type Any = Record<string, any>;

/** A finished overlay of a random configuration. */
interface Built {
  settings: Settings;
  objects: Any[];
  /** The registry's config.yml. */
  config: Any;
  text: string;
}

const built: Built[] = randomConfigs(often(60, 100), 7).flatMap((text) => {
  const { base, overlays } = configOf(text);
  return [base, ...overlays.map(({ settings }) => settings)].map((settings) => {
    const objects = finish(buildModel(settings), []) as unknown as Any[];
    const config = parse(objects.flatMap(({ data }) => data?.['config.yml'] ?? [])[0] as string) as Any;
    return { settings, objects, config, text };
  });
});

/** Tests that something holds in every overlay, and that some overlay could have broken it. */
function impossible(pitfall: string, concerns: (built: Built) => boolean, holds: (built: Built) => boolean): void {
  test(`impossible: ${pitfall}`, () => {
    const concerned = built.filter(concerns);
    assert.ok(concerned.length >= 10, `${concerned.length} overlays could have broken it`);
    for (const one of concerned) assert.ok(holds(one), one.text);
  });
}

const of = ({ objects }: Built, kind: string): Any[] => objects.filter((object) => object['kind'] === kind);
const registry = (one: Built): Any => of(one, 'Deployment')[0]!;
const containersOf = (one: Built): Any[] =>
  one.objects.flatMap(({ spec }) => {
    const pod = (spec?.template ?? spec?.jobTemplate?.spec.template)?.spec as Any | undefined;
    return [...(pod?.['initContainers'] ?? []), ...(pod?.['containers'] ?? [])] as Any[];
  });

test('impossible: a secret that is random at each rendering', async () => {
  for (const text of randomConfigs(8, 8)) {
    const [first, second] = await Promise.all([1, 2].map(() => makePlan(bytesOf(text), 'registry.yaml')));
    assert.equal([...first!.files], [...second!.files], text);
  }
  for (const { objects, config, text } of built) {
    assert.ok(!objects.some(({ kind }) => kind === 'Secret') && config['http'].secret === undefined, text);
  }
});

impossible(
  'a ReadWriteOnce volume with a rolling update, or with pods on several nodes',
  ({ settings: { storage } }) => storage.type === 'volume' && storage.accessMode !== 'ReadWriteMany',
  (one) => {
    const { replicas, strategy, template } = registry(one)['spec'];
    const together = JSON.stringify(template.spec.affinity?.podAffinity ?? '').includes('requiredDuringScheduling');
    return strategy?.type === 'Recreate' ? replicas === 1 || together : together;
  },
);
impossible(
  'an autoscaler beside a number of replicas',
  () => true,
  (one) => of(one, 'HorizontalPodAutoscaler').length === 0,
);
impossible(
  'a PodDisruptionBudget that blocks a drain',
  (one) => of(one, 'PodDisruptionBudget').length > 0,
  (one) =>
    of(one, 'PodDisruptionBudget').every(({ spec }) => spec.maxUnavailable >= 1 && spec.minAvailable === undefined),
);
impossible(
  'a password or its hash in the tree',
  ({ settings }) => settings.auth.type === 'htpasswd',
  (one) => !/\$2[aby]?\$|\$apr1\$|\{SHA\}/.test(JSON.stringify(one.objects)),
);
impossible(
  'deletion with a cache for each of several replicas',
  ({ settings }) => settings.redis.type === 'sidecar' && settings.replicas > 1,
  ({ config }) => config['storage'].delete?.enabled === false,
);
impossible(
  'garbage collection with deletion off, where it does no harm',
  ({ settings }) => settings.redis.type !== 'sidecar' || settings.replicas === 1,
  ({ config }) => config['storage'].delete?.enabled === true,
);
impossible(
  "the registry's own collector removing something",
  ({ settings }) => settings.gc.enabled,
  ({ objects }) =>
    !/"garbage-collect",(?!"--dry-run",)|"garbage-collect",.*"(-m|--delete-untagged)/.test(
      JSON.stringify(objects.filter(({ kind }) => kind === 'CronJob')),
    ),
);
impossible(
  'a pull-through cache that is pushed to',
  () => true,
  ({ config }) => config['proxy'] === undefined,
);
impossible(
  'a cache in the memory of each of several replicas',
  ({ settings }) => settings.replicas > 1,
  ({ config }) => [undefined, 'redis'].includes(config['storage'].cache?.blobdescriptor),
);
impossible(
  'TLS in the pod with a probe in plain HTTP',
  () => true,
  ({ config }) => config['http'].tls === undefined,
);
impossible(
  'a probe that the login answers with 401',
  ({ settings }) => settings.auth.type === 'htpasswd',
  (one) =>
    containersOf(one).every(({ readinessProbe, livenessProbe, startupProbe }) =>
      [readinessProbe, livenessProbe, startupProbe].every((probe) => !probe?.httpGet || probe.httpGet.path === '/'),
    ),
);
impossible(
  'nginx that takes 1 MB, or keeps layers on its disk',
  ({ settings: { ingress } }) =>
    ingress.type !== 'none' &&
    ingress.controller === 'nginx' &&
    !Object.keys(ingress.annotations).some((name) => name.startsWith('nginx.')),
  (one) =>
    of(one, 'Ingress').every(
      ({ metadata }) =>
        metadata.annotations['nginx.ingress.kubernetes.io/proxy-body-size'] === '0' &&
        metadata.annotations['nginx.ingress.kubernetes.io/proxy-request-buffering'] === 'off',
    ),
);
impossible(
  'a load balancer of Google that cuts a push off after 30 s',
  ({ settings }) => settings.ingress.type !== 'none' && settings.ingress.controller === 'gce',
  (one) => of(one, 'BackendConfig').every(({ spec }) => spec.timeoutSec > 300),
);
impossible(
  'two collections at once, or one without an end',
  ({ settings }) => settings.gc.enabled,
  (one) =>
    of(one, 'CronJob').every(
      ({ spec }) => spec.concurrencyPolicy === 'Forbid' && spec.jobTemplate.spec.activeDeadlineSeconds > 0,
    ),
);
impossible(
  'collecting while images are pushed, or with a cache that outlives it',
  ({ settings: { gc } }) => gc.enabled && !gc.dryRun,
  (one) => {
    const { args } = of(one, 'CronJob').find(({ metadata }) => metadata.name.endsWith('-gc'))!['spec'].jobTemplate.spec
      .template.spec.containers[0];
    const { redis, name } = one.settings;
    const pods = redis.type === 'statefulset' ? redis.replicas + 1 : 0;
    const flushed = args.filter((word: string) => word === '--redis').length;
    return (
      args[0] === 'collect' &&
      args[args.indexOf('--deployment') + 1] === name &&
      flushed === pods &&
      of(one, 'CronJob').some(({ metadata }) => metadata.name === `${name}-gc-recover`)
    );
  },
);
impossible(
  'a grace period shorter than the drain',
  () => true,
  (one) => {
    const { terminationGracePeriodSeconds, containers } = registry(one)['spec'].template.spec;
    const pause = containers.find(({ name }: Any) => name === 'registry').lifecycle.preStop.sleep.seconds as number;
    return terminationGracePeriodSeconds > pause + Number.parseInt(one.config['http'].draintimeout as string);
  },
);
impossible(
  'a Redis that outgrows its memory, or refuses writes',
  (one) => one.settings.redis.type !== 'none',
  (one) =>
    /maxmemory \d+mb\b.*maxmemory-policy allkeys-lru\b/.test(
      JSON.stringify(one.objects).replace(/","(--)?|\\n/g, ' '),
    ) && containersOf(one).every(({ resources }) => resources.limits.memory),
);
impossible(
  'a dead Redis that is waited for longer than a second',
  (one) => one.settings.redis.type !== 'none',
  ({ config, settings }) =>
    ['dialtimeout', 'readtimeout', 'writetimeout'].every((name) => /^[1-9]\d{0,2}ms$/.test(config['redis'][name])) &&
    (settings.version.major === 2 || config['redis'].maxretries === -1),
);
impossible(
  'a claim that a sync prunes',
  (one) => of(one, 'PersistentVolumeClaim').length > 0,
  (one) =>
    of(one, 'PersistentVolumeClaim')
      .filter(({ metadata }) => metadata.name.endsWith('-data'))
      .every(
        ({ metadata }) =>
          /Prune=false/.test(metadata.annotations['argocd.argoproj.io/sync-options']) &&
          metadata.annotations['kustomize.toolkit.fluxcd.io/prune'] === 'disabled',
      ),
);

/** What is reported of a registry.yaml: the rule, if it is one, and the line and column that it is for. */
const reported: Record<string, { text: string; place: string; words: string }> = {
  'ReadWriteOnce with two replicas': {
    text: 'replicas: 2\nstorage:\n  accessMode: ReadWriteOnce\n',
    place: 'registry.yaml:3:15',
    words: '2 replicas can run on different nodes',
  },
  'a tag that moves': {
    text: 'image: registry:latest\n',
    place: 'registry.yaml:1:8',
    words: 'the tag "latest" is not exact',
  },
  'a rule of retention that keeps nothing': {
    text: 'gc:\n  retention:\n    rules:\n      - repositories: ["**"]\n',
    place: 'registry.yaml:4:9',
    words: 'would remove every tag',
  },
  'passwords over plain HTTP': {
    text: 'host: registry.example.com\ningress:\n  class: nginx\n',
    place: 'from registry.yaml:3:3: ingress.class',
    words: '[plain-http-login]',
  },
  'no login': {
    text: 'host: registry.example.com\nauth:\n  type: none\ningress:\n  class: nginx\ntls:\n  type: secret\n',
    place: 'from registry.yaml:3:3: auth.type',
    words: '[registry-auth]',
  },
  'a limit of the ingress': {
    text: 'host: registry.example.com\ningress:\n  class: nginx\n  annotations:\n    nginx.ingress.kubernetes.io/proxy-body-size: 8m\ntls:\n  type: secret\n',
    place: 'from registry.yaml:5:5: ingress.annotations."nginx.ingress.kubernetes.io/proxy-body-size"',
    words: '[large-layers]',
  },
  'a password of Redis that registry 3.0 ignores': {
    text: 'image: registry:3.0.0\nredis:\n  type: statefulset\n',
    place: 'registry.yaml:1:8',
    words: 'it cannot log in to Redis',
  },
  'a proxy in registry.yaml': {
    text: 'proxy:\n  remoteurl: https://registry-1.docker.io\n',
    place: 'registry.yaml:1:1',
    words: 'unknown field "proxy"',
  },
};

for (const [pitfall, { text, place, words }] of Object.entries(reported)) {
  test(`reported at its line: ${pitfall}`, () =>
    withFolder((folder) => {
      writeFileSync(join(folder, 'registry.yaml'), text);
      const { code, err } = run(folder, ['generate']);
      assert.ok(code === 1 || code === 2, err);
      assert.match(err, place);
      assert.match(err, words);
    }));
}

test('reported at its line: a field that cannot be changed in place', () =>
  withFolder((folder) => {
    const write = (text: string): void => writeFileSync(join(folder, 'registry.yaml'), text);
    const text =
      'storage:\n  size: 100Gi\n  storageClass: slow\noverlays:\n  eu:\n    namespace: eu\n  us:\n    namespace: us\n    storage:\n      storageClass: fast\n';
    write(text);
    assert.is(run(folder, ['generate']).err, '');
    write(text.replace('100Gi', '50Gi').replace('fast', 'faster'));
    const changed = run(folder, ['generate']);
    assert.is(changed.code, 0);
    assert.match(
      changed.err,
      /^base\/data-persistentvolumeclaim\.yaml:\d+:\d+: warning: PersistentVolumeClaim\/registry-data: spec\.resources\.requests\.storage: a claim cannot become smaller: it was 100Gi \[immutable-field\]/m,
    );
    assert.match(changed.err, 'from registry.yaml:2:3: storage.size');
    assert.match(
      changed.err,
      /^overlays\/us\/patches\/data-persistentvolumeclaim\.yaml:\d+:\d+: warning: PersistentVolumeClaim\/registry-data: spec\.storageClassName: cannot be changed in place: it was fast \[immutable-field\]/m,
    );
    assert.match(changed.err, 'from registry.yaml:10:7: overlays.us.storage.storageClass');
    write(text.replace('100Gi', '200Gi').replace('fast', 'faster'));
    assert.is(run(folder, ['generate']).err, '', 'a claim may grow');
    write(text.replace('100Gi', '200Gi').replace('    storage:\n      storageClass: fast\n', ''));
    assert.match(
      run(folder, ['generate', '--dry-run']).err,
      'spec.storageClassName: cannot be changed in place: it was faster',
      'a patch that goes is a change too',
    );
    write(
      text
        .replace('100Gi', '200Gi')
        .replace('namespace: eu\n', 'namespace: eu\n    storage:\n      storageClass: fast\n'),
    );
    assert.match(
      run(folder, ['generate', '--dry-run']).err,
      'from registry.yaml:8:7: overlays.eu.storage.storageClass',
      'a new patch is a change too',
    );
  }));

test.run();
