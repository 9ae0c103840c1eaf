import type { Container } from 'kubernetes-types/core/v1';
import type { Settings } from '../config/index.js';
import { containerSecurity, type Draft, explain, type FileContent } from '../model/index.js';
import {
  leaveScript,
  majorityOf,
  primaryScript,
  readyScript,
  redisScript,
  type ScriptSettings,
} from './redis-scripts.js';
import { sentinelScript } from './redis-sentinel-script.js';
import { EPHEMERAL_STORAGE, fromSecret, REDIS_PORT, SECRET_KEYS, SENTINEL_PORT } from './shared.js';

/**
 * The Sentinels beside the pods of a Redis StatefulSet: they watch the primary, and make a replica the primary where it is
 * lost. Pods are known by their names, as their addresses change.
 */

/** Where a Sentinel keeps its configuration, which it rewrites. */
const SENTINEL_FOLDER = '/sentinel';

/** Milliseconds without an answer after which a Sentinel holds the primary for lost. */
const DOWN_AFTER = 5000;

/**
 * More than the 32m that it was measured to use, its script included: a Sentinel that gets no processor for two seconds does
 * nothing for the next 30 s.
 *
 * @see https://redis.io/docs/latest/operate/oss_and_stack/management/sentinel/#tilt-mode
 */
const SENTINEL_CPU = '50m';

/** What a StatefulSet's pods are called, and where. */
export interface Pods {
  settings: Settings;
  /** DNS names of the pods, in the namespace. */
  hosts: string[];
  /** Folder of the ConfigMap's files. */
  configFolder: string;
}

/** Points the registry's cache to the primary that the Sentinels name. Registry 2.8 cannot be pointed so. */
export function useSentinels({ config, container, settings }: Draft, hosts: string[]): void {
  // What names the Sentinels stands first: the addresses are no Redis of their own.
  const { addrs: _, ...rest } = config.redis as { addrs: string[] };
  config.redis = explain(
    { mastername: settings.name, addrs: hosts.map((host) => `${host}:${SENTINEL_PORT}`), ...rest },
    { addrs: 'The Sentinels, which know the primary.' },
  );
  container.env!.unshift(fromSecret(settings, 'REGISTRY_REDIS_SENTINELPASSWORD', SECRET_KEYS.redisPassword));
}

/** @returns the files of a ConfigMap by which Redis and its Sentinels find their primary, and the Sentinels agree on another. */
export function sentinelFiles({ settings, hosts, configFolder }: Pods): Record<string, FileContent> {
  const { name } = settings;
  const scripts: ScriptSettings = {
    name,
    hosts,
    redisPort: REDIS_PORT,
    sentinelPort: SENTINEL_PORT,
    configFolder,
    sentinelFolder: SENTINEL_FOLDER,
    downAfter: DOWN_AFTER,
  };
  return {
    'sentinel.conf': {
      lines: [
        '# Which Redis a Sentinel watches, it learns from those of the other pods (sentinel.sh).',
        `port ${SENTINEL_PORT}`,
        'sentinel resolve-hostnames yes',
        'sentinel announce-hostnames yes',
      ],
    },
    'monitor.conf': {
      lines: [
        `# ${majorityOf(hosts.length)} of ${hosts.length} Sentinels have to find the primary lost, and to agree on which replica takes its place.`,
        `sentinel monitor ${name} ${hosts[0]} ${REDIS_PORT} ${majorityOf(hosts.length)}`,
        `sentinel set ${name} failover-timeout ${2 * DOWN_AFTER}`,
        `sentinel set ${name} parallel-syncs ${hosts.length - 1}`,
        // The last one: it differs from Sentinel's default, so it tells whether all were set.
        `sentinel set ${name} down-after-milliseconds ${DOWN_AFTER}`,
      ],
    },
    'primary.sh': { lines: primaryScript(scripts) },
    'redis.sh': { lines: redisScript(scripts) },
    'ready.sh': { lines: readyScript(scripts) },
    'leave.sh': { lines: leaveScript(scripts) },
    'sentinel.sh': { lines: sentinelScript(scripts) },
  };
}

/** @returns the Sentinel of a Redis pod. @param env what Redis' container has: its POD_NAME, HOST and the password */
export function sentinelContainer(
  { settings, configFolder }: Pods,
  image: string,
  env: NonNullable<Container['env']>,
): Container {
  const ask = (...command: string[]): { command: string[] } => ({
    command: ['redis-cli', '-p', String(SENTINEL_PORT), '-e', ...command],
  });
  return explain(
    {
      name: 'sentinel',
      image,
      imagePullPolicy: 'IfNotPresent',
      command: ['sh', `${configFolder}/sentinel.sh`],
      args: ['redis-server', `${SENTINEL_FOLDER}/sentinel.conf`, '--sentinel'],
      env,
      ports: [{ name: 'sentinel', containerPort: SENTINEL_PORT, protocol: 'TCP' }],
      startupProbe: { exec: ask('ping'), periodSeconds: 2, timeoutSeconds: 5, failureThreshold: 30 },
      // While a new one does not count with the others, the next pod is not replaced.
      readinessProbe: {
        exec: ask('sentinel', 'ckquorum', settings.name),
        periodSeconds: 5,
        timeoutSeconds: 5,
        failureThreshold: 3,
      },
      livenessProbe: { tcpSocket: { port: 'sentinel' }, periodSeconds: 10, timeoutSeconds: 5, failureThreshold: 6 },
      resources: {
        requests: { cpu: SENTINEL_CPU, memory: '32Mi', 'ephemeral-storage': EPHEMERAL_STORAGE.request },
        limits: { memory: '64Mi', 'ephemeral-storage': EPHEMERAL_STORAGE.limit },
      },
      securityContext: containerSecurity(),
      volumeMounts: [
        { name: 'config', mountPath: configFolder, readOnly: true },
        { name: 'sentinel', mountPath: SENTINEL_FOLDER },
      ],
    },
    {
      args: 'Watches the primary, and with the Sentinels of the other pods makes a replica the primary where it is lost.',
    },
  );
}
