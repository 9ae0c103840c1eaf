import type { Container } from 'kubernetes-types/core/v1';
import type { Settings } from '../config/index.js';
import { containerSecurity, type Draft, explain, type FileContent } from '../model/index.js';
import { EPHEMERAL_STORAGE, fromSecret, REDIS_PORT, SECRET_KEYS, SENTINEL_PORT } from './shared.js';

/**
 * The Sentinels beside the pods of a Redis StatefulSet: they watch the primary, and make a replica the primary where it is
 * lost. Pods are known by their names, as their addresses change.
 */

/** Where a Sentinel keeps its configuration, which it rewrites. */
const SENTINEL_FOLDER = '/sentinel';

/** Milliseconds without an answer after which a Sentinel holds the primary for lost. */
const DOWN_AFTER = 5000;

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
  const majority = Math.floor(hosts.length / 2) + 1;
  const first = `${hosts[0]} ${REDIS_PORT}`;
  const sentinels = hosts.map((host) => `${host}:${SENTINEL_PORT}`);
  const file = `${SENTINEL_FOLDER}/sentinel.conf`;
  return {
    'sentinel.conf': {
      lines: [
        `# ${majority} of ${hosts.length} Sentinels have to find the primary lost, and to agree on which replica takes its place.`,
        `port ${SENTINEL_PORT}`,
        'sentinel resolve-hostnames yes',
        'sentinel announce-hostnames yes',
        `sentinel monitor ${name} ${first} ${majority}`,
        `sentinel down-after-milliseconds ${name} ${DOWN_AFTER}`,
        `sentinel failover-timeout ${name} ${2 * DOWN_AFTER}`,
        `sentinel parallel-syncs ${name} ${hosts.length - 1}`,
      ],
    },
    'primary.sh': {
      lines: [
        '# The primary is the pod that the Sentinels name; pod 0 while none of them answers, as at the first start.',
        `primary='${first}'`,
        `for sentinel in ${sentinels.join(' ')}; do`,
        `  answer=$(timeout 2 redis-cli -e -u "redis://$sentinel" sentinel get-master-addr-by-name ${name}) && [ -n "$answer" ] && primary=$(echo $answer) && break`,
        'done',
      ],
    },
    'redis.sh': {
      lines: [
        '# Starts Redis empty: as the primary, or as a replica of the pod that is.',
        `. ${configFolder}/primary.sh`,
        'rm -f /data/*.rdb',
        `[ "$primary" = "$HOST ${REDIS_PORT}" ] || set -- "$@" --replicaof $primary`,
        'exec "$@"',
      ],
    },
    'sentinel.sh': {
      lines: [
        '# Starts the Sentinel with its own copy of sentinel.conf, made anew where the password is another.',
        '# A new pod has the id of the one before, so that the others do not count both.',
        `. ${configFolder}/primary.sh`,
        `grep -qsFe "$REDISCLI_AUTH" ${file} || ({`,
        `  sed "s/${first}/$primary/" ${configFolder}/sentinel.conf`,
        '  echo "sentinel myid $(echo "$POD_NAME" | sha1sum | cut -c -40)"',
        '  echo "sentinel announce-ip $HOST"',
        `  echo "sentinel auth-pass ${name} $REDISCLI_AUTH"`,
        '  echo "requirepass $REDISCLI_AUTH"',
        `} >${file}.new && mv ${file}.new ${file})`,
        'exec "$@"',
      ],
    },
  };
}

/** @returns the Sentinel of a Redis pod. @param env what Redis' container has: its POD_NAME, HOST and the password */
export function sentinelContainer(
  { configFolder }: Pods,
  image: string,
  env: NonNullable<Container['env']>,
): Container {
  const exec = { command: ['redis-cli', '-p', String(SENTINEL_PORT), '-e', 'ping'] };
  return explain(
    {
      name: 'sentinel',
      image,
      imagePullPolicy: 'IfNotPresent',
      command: ['sh', `${configFolder}/sentinel.sh`],
      args: ['redis-server', `${SENTINEL_FOLDER}/sentinel.conf`, '--sentinel'],
      env,
      ports: [{ name: 'sentinel', containerPort: SENTINEL_PORT, protocol: 'TCP' }],
      startupProbe: { exec, periodSeconds: 2, timeoutSeconds: 5, failureThreshold: 30 },
      readinessProbe: { exec, periodSeconds: 10, timeoutSeconds: 5, failureThreshold: 3 },
      livenessProbe: { tcpSocket: { port: 'sentinel' }, periodSeconds: 10, timeoutSeconds: 5, failureThreshold: 6 },
      resources: {
        requests: { cpu: '10m', memory: '32Mi', 'ephemeral-storage': EPHEMERAL_STORAGE.request },
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
