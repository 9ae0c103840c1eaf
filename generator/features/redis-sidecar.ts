import { type Draft, explain } from '../model/index.js';
import { cacheSettings, redisContainer, useRedis } from './redis.js';
import { REDIS_PORT } from './shared.js';

/** One Redis in each registry pod, reachable from that pod alone. */
export function redisSidecar(draft: Draft): void {
  const { redis } = draft.settings;
  if (redis.type !== 'sidecar') return;
  useRedis(draft, `127.0.0.1:${REDIS_PORT}`);
  const options = [['bind', '127.0.0.1'], ['port', String(REDIS_PORT)], ...cacheSettings(redis.memory)];
  const { resources, securityContext, ...container } = redisContainer(redis, false);
  draft.pod.initContainers = [
    explain(
      {
        ...container,
        restartPolicy: 'Always',
        args: options.flatMap(([name, value]) => [`--${name}`, value!]),
        startupProbe: { exec: { command: ['redis-cli', '-e', 'ping'] }, periodSeconds: 1, failureThreshold: 60 },
        livenessProbe: {
          exec: { command: ['redis-cli', '-e', 'ping'] },
          periodSeconds: 20,
          timeoutSeconds: 5,
          failureThreshold: 3,
        },
        resources: resources!,
        securityContext: securityContext!,
      },
      {
        restartPolicy: "A sidecar in Kubernetes' sense: it starts before the registry and stops after it.",
        startupProbe: 'A command, as Redis listens on localhost only, where the kubelet cannot reach it.',
      },
    ),
    ...(draft.pod.initContainers ?? []),
  ];
}
