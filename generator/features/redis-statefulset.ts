import type { StatefulSet } from 'kubernetes-types/apps/v1';
import type { Service } from 'kubernetes-types/core/v1';
import type { Settings } from '../config/index.js';
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
import { fromSecret, REDIS_PORT, SECRET_KEYS } from './shared.js';

type StatefulSetRedis = Extract<Settings['redis'], { type: 'statefulset' }>;

const CONFIG_FOLDER = '/etc/redis';
const SUFFIX = 'redis';

/** One Redis for all replicas: a primary, which the registry uses, and replicas that follow it. */
export function redisStatefulSet(draft: Draft): void {
  const { settings } = draft;
  const { redis } = settings;
  if (redis.type !== 'statefulset') return;
  draft.relyOn('Secret', settings.secretName);
  useRedis(draft, `${primaryHost(settings)}:${REDIS_PORT}`);
  draft.container.env!.unshift(fromSecret(settings, 'REGISTRY_REDIS_PASSWORD', SECRET_KEYS.redisPassword));
  draft.add(statefulSet(settings, redis), headlessService(settings), budgetOf(settings, 'redis', SUFFIX));
  draft.configMaps.push({
    name: serviceName(settings),
    labels: selectorLabels(settings, 'redis'),
    files: configFiles(settings, redis),
  });
}

function serviceName({ name }: Settings): string {
  return `${name}-${SUFFIX}`;
}

function primaryHost(settings: Settings): string {
  return `${serviceName(settings)}-0.${serviceName(settings)}`;
}

/** One file for each pod, named after it, so that no script has to find out which role a pod has. */
function configFiles(settings: Settings, redis: StatefulSetRedis): Record<string, FileContent> {
  const common = cacheSettings(redis.memory).map(([name, value]) => `${name} ${value === '' ? '""' : value}`);
  const include = `include ${CONFIG_FOLDER}/redis.conf`;
  const files: Record<string, FileContent> = {
    'redis.conf': {
      lines: ['# A cache: nothing is kept on disk, the least recently used keys make room.', `port ${REDIS_PORT}`, 'dir /data', ...common],
    },
    [`${serviceName(settings)}-0.conf`]: { lines: ['# The primary.', include] },
  };
  for (let ordinal = 1; ordinal <= redis.replicas; ordinal++) {
    files[`${serviceName(settings)}-${ordinal}.conf`] = {
      lines: ['# A replica.', include, `replicaof ${primaryHost(settings)} ${REDIS_PORT}`],
    };
  }
  return files;
}

function statefulSet(settings: Settings, redis: StatefulSetRedis): Complete<StatefulSet> {
  const labelSelector = selectorOf(settings, 'redis');
  const { command, resources, securityContext, ...container } = redisContainer(redis, true);
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
            serviceAccountName: settings.name,
            automountServiceAccountToken: false,
            enableServiceLinks: false,
            securityContext: podSecurity(),
            terminationGracePeriodSeconds: 30,
            topologySpreadConstraints: [
              { topologyKey: 'kubernetes.io/hostname', maxSkew: 1, whenUnsatisfiable: 'ScheduleAnyway', labelSelector },
            ],
            containers: [
              explain(
                {
                  ...container,
                  command,
                  args: [
                    `${CONFIG_FOLDER}/$(POD_NAME).conf`,
                    '--requirepass',
                    '$(REDISCLI_AUTH)',
                    '--masterauth',
                    '$(REDISCLI_AUTH)',
                  ],
                  env: [
                    { name: 'POD_NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
                    explain(fromSecret(settings, 'REDISCLI_AUTH', SECRET_KEYS.redisPassword), {
                      name: 'redis-cli, which the probes run, reads the password from here too.',
                    }),
                  ],
                  ports: [{ name: 'redis', containerPort: REDIS_PORT, protocol: 'TCP' }],
                  startupProbe: {
                    exec: { command: ['redis-cli', '-e', 'ping'] },
                    periodSeconds: 2,
                    timeoutSeconds: 5,
                    failureThreshold: 30,
                  },
                  readinessProbe: {
                    exec: { command: ['redis-cli', '-e', 'ping'] },
                    periodSeconds: 10,
                    timeoutSeconds: 5,
                    failureThreshold: 3,
                  },
                  livenessProbe: {
                    tcpSocket: { port: 'redis' },
                    periodSeconds: 10,
                    timeoutSeconds: 5,
                    failureThreshold: 6,
                  },
                  resources: resources!,
                  securityContext: securityContext!,
                  volumeMounts: [
                    { name: 'config', mountPath: CONFIG_FOLDER, readOnly: true },
                    { name: 'data', mountPath: '/data' },
                  ],
                },
                { args: 'Each pod has a file of its own: pod 0 is the primary, the others follow it.' },
              ),
            ],
            volumes: [
              { name: 'config', configMap: { name: serviceName(settings) } },
              explain({ name: 'data', emptyDir: { sizeLimit: redis.memory } }, { emptyDir: 'For the snapshot that a replica starts from; nothing here has to last.' }),
            ],
          },
        },
      },
      { replicas: `The primary and its replicas (redis.replicas: ${redis.replicas}).` },
    ),
  };
}

function headlessService(settings: Settings): Complete<Service> {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: metadata(settings, 'Service', 'redis', SUFFIX),
    spec: explain(
      {
        clusterIP: 'None',
        publishNotReadyAddresses: true,
        selector: selectorLabels(settings, 'redis'),
        ports: [{ name: 'redis', port: REDIS_PORT, protocol: 'TCP', targetPort: 'redis' }],
      },
      {
        clusterIP: 'Headless: gives each pod a name, by which the registry and the replicas find the primary.',
        publishNotReadyAddresses: 'Replicas look for the primary while it starts.',
      },
    ),
  };
}
