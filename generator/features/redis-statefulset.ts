import type { StatefulSet } from 'kubernetes-types/apps/v1';
import type { EnvVar, Service, ServiceAccount } from 'kubernetes-types/core/v1';
import { canonicalQuantity, type Settings } from '../config/index.js';
import {
  type Complete,
  type Draft,
  explain,
  type FileContent,
  metadata,
  podSecurity,
  selectorLabels,
  selectorOf,
} from '../model/index.js';
import { budgetOf } from './disruption.js';
import { cacheSettings, redisContainer, useRedis } from './redis.js';
import { type Pods, sentinelContainer, sentinelFiles, useSentinels } from './redis-sentinel.js';
import { fromSecret, NO_SUBSTITUTION, REDIS_PORT, redisHosts, SECRET_KEYS, SENTINEL_PORT, spread } from './shared.js';

type StatefulSetRedis = Extract<Settings['redis'], { type: 'statefulset' }>;

const CONFIG_FOLDER = '/etc/redis';
const SUFFIX = 'redis';

/** One Redis for all replicas: a primary, which the registry uses, and replicas that follow it, one of which may take its place. */
export function redisStatefulSet(draft: Draft): void {
  const { settings } = draft;
  const { redis } = settings;
  if (redis.type !== 'statefulset') return;
  draft.relyOn('Secret', settings.secretName);
  const pods: Pods = { settings, hosts: redisHosts(settings), configFolder: CONFIG_FOLDER };
  useRedis(draft, `${pods.hosts[0]}:${REDIS_PORT}`);
  if (redis.failover === 'sentinel') useSentinels(draft, pods.hosts);
  draft.container.env!.unshift(fromSecret(settings, 'REGISTRY_REDIS_PASSWORD', SECRET_KEYS.redisPassword));
  draft.add(
    serviceAccount(settings),
    statefulSet(pods, redis),
    headlessService(settings, redis),
    budgetOf(settings, 'redis', SUFFIX),
  );
  draft.configMaps.push({
    name: serviceName(settings),
    labels: selectorLabels(settings, 'redis'),
    annotations: NO_SUBSTITUTION,
    files: configFiles(pods, redis),
  });
}

function serviceName({ name }: Settings): string {
  return `${name}-${SUFFIX}`;
}

/** Without Sentinels one file for each pod, named after it, so that no script has to find out which role a pod has. */
function configFiles(pods: Pods, redis: StatefulSetRedis): Record<string, FileContent> {
  const { settings, hosts } = pods;
  const common = cacheSettings(redis.memory, redis.replicas > 0).map(
    ([name, value]) => `${name} ${value === '' ? '""' : value}`,
  );
  const include = `include ${CONFIG_FOLDER}/redis.conf`;
  const shared = {
    lines: [
      '# A cache: nothing is kept on disk, the least recently used keys make room.',
      `port ${REDIS_PORT}`,
      'dir /data',
      ...common,
      '# What a replica is sent to start from is not for a later start: images may have been deleted since.',
      'rdb-del-sync-files yes',
      '# Replicas start at once: none can take the place of a primary that it never followed.',
      'repl-diskless-sync-delay 0',
    ],
  };
  if (redis.failover === 'sentinel') return { 'redis.conf': shared, ...sentinelFiles(pods) };
  const files: Record<string, FileContent> = {
    'redis.conf': shared,
    [`${serviceName(settings)}-0.conf`]: { lines: ['# The primary.', include] },
  };
  for (let ordinal = 1; ordinal <= redis.replicas; ordinal++) {
    files[`${serviceName(settings)}-${ordinal}.conf`] = {
      lines: ['# A replica.', include, `replicaof ${hosts[0]} ${REDIS_PORT}`],
    };
  }
  return files;
}

/** One of its own: what the registry's may do, such as read a bucket, is none of Redis' business. */
function serviceAccount(settings: Settings): Complete<ServiceAccount> {
  return {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: metadata(settings, 'ServiceAccount', 'redis', SUFFIX),
    automountServiceAccountToken: false,
  };
}

function statefulSet(pods: Pods, redis: StatefulSetRedis): Complete<StatefulSet> {
  const { settings } = pods;
  const withSentinel = redis.failover === 'sentinel';
  const labelSelector = selectorOf(settings, 'redis');
  const { command, resources, securityContext, ...container } = redisContainer(redis, true);
  const env: EnvVar[] = [
    { name: 'POD_NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
    ...(withSentinel ? [{ name: 'HOST', value: `$(POD_NAME).${serviceName(settings)}` }] : []),
    explain(fromSecret(settings, 'REDISCLI_AUTH', SECRET_KEYS.redisPassword), {
      name: 'redis-cli, which the probes run, reads the password from here too.',
    }),
  ];
  const login = ['--requirepass', '$(REDISCLI_AUTH)', '--masterauth', '$(REDISCLI_AUTH)'];
  return {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: metadata(settings, 'StatefulSet', 'redis', SUFFIX),
    spec: explain(
      {
        replicas: 1 + redis.replicas,
        revisionHistoryLimit: 3,
        serviceName: serviceName(settings),
        podManagementPolicy: 'Parallel',
        selector: labelSelector,
        template: {
          metadata: { labels: selectorLabels(settings, 'redis') },
          spec: {
            serviceAccountName: serviceName(settings),
            automountServiceAccountToken: false,
            enableServiceLinks: false,
            securityContext: podSecurity(),
            terminationGracePeriodSeconds: 30,
            // With constraints of its own, a pod has none of the scheduler's: a majority of Sentinels may not go with one zone.
            ...spread(settings, 'redis'),
            containers: [
              explain(
                {
                  ...container,
                  command: withSentinel ? ['sh', `${CONFIG_FOLDER}/redis.sh`] : command!,
                  args: withSentinel
                    ? [...command!, `${CONFIG_FOLDER}/redis.conf`, ...login, '--replica-announce-ip', '$(HOST)']
                    : [`${CONFIG_FOLDER}/$(POD_NAME).conf`, ...login],
                  env,
                  ports: [{ name: 'redis', containerPort: REDIS_PORT, protocol: 'TCP' }],
                  startupProbe: {
                    exec: { command: ['redis-cli', '-e', 'ping'] },
                    periodSeconds: 2,
                    timeoutSeconds: 5,
                    failureThreshold: 30,
                  },
                  readinessProbe: {
                    exec: { command: withSentinel ? ['sh', `${CONFIG_FOLDER}/ready.sh`] : ['redis-cli', '-e', 'ping'] },
                    periodSeconds: withSentinel ? 5 : 10,
                    timeoutSeconds: 5,
                    failureThreshold: 3,
                  },
                  livenessProbe: {
                    tcpSocket: { port: 'redis' },
                    periodSeconds: 10,
                    timeoutSeconds: 5,
                    failureThreshold: 6,
                  },
                  ...(withSentinel
                    ? { lifecycle: { preStop: { exec: { command: ['sh', `${CONFIG_FOLDER}/leave.sh`] } } } }
                    : {}),
                  resources: resources!,
                  securityContext: securityContext!,
                  volumeMounts: [
                    { name: 'config', mountPath: CONFIG_FOLDER, readOnly: true },
                    { name: 'data', mountPath: '/data' },
                  ],
                },
                withSentinel
                  ? { command: 'Asks the Sentinels which pod is the primary, and follows that one.' }
                  : { args: 'Each pod has a file of its own: pod 0 is the primary, the others follow it.' },
              ),
              ...(withSentinel ? [sentinelContainer(pods, redis.image, env)] : []),
            ],
            volumes: [
              { name: 'config', configMap: { name: serviceName(settings) } },
              explain(
                { name: 'data', emptyDir: { sizeLimit: canonicalQuantity(redis.memory) } },
                { emptyDir: 'For the snapshot that a replica starts from; nothing here has to last.' },
              ),
              ...(withSentinel
                ? [
                    explain(
                      { name: 'sentinel', emptyDir: { medium: 'Memory', sizeLimit: '1Mi' } },
                      {
                        emptyDir:
                          "A Sentinel rewrites its configuration, and Redis' password is in it: in memory, not on the node's disk.",
                      },
                    ),
                  ]
                : []),
            ],
          },
        },
      },
      {
        replicas: withSentinel
          ? `The primary and its replicas (redis.replicas: ${redis.replicas}): pod 0 is the first primary.`
          : `The primary and its replicas (redis.replicas: ${redis.replicas}).`,
      },
    ),
  };
}

function headlessService(settings: Settings, { failover }: StatefulSetRedis): Complete<Service> {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: metadata(settings, 'Service', 'redis', SUFFIX),
    spec: explain(
      {
        clusterIP: 'None',
        publishNotReadyAddresses: true,
        selector: selectorLabels(settings, 'redis'),
        // What an overlay adds stands first, as kustomize puts it there.
        ports: [
          ...(failover === 'sentinel'
            ? [{ name: 'sentinel', port: SENTINEL_PORT, protocol: 'TCP', targetPort: 'sentinel' }]
            : []),
          { name: 'redis', port: REDIS_PORT, protocol: 'TCP', targetPort: 'redis' },
        ],
      },
      {
        clusterIP: 'Headless: each pod has a DNS name, by which the registry and the replicas find the primary.',
        publishNotReadyAddresses: 'Replicas look for the primary while it starts.',
      },
    ),
  };
}
