import { isRedis, wordsOf } from '../redis.js';
import type { RegistryView } from '../registries.js';
import { type Fields, type View, type Workload } from '../view.js';
import type { Rule } from './rule.js';

/** The Redis that config.yml names is the one that the unit deploys. */
export const redisAddress: Rule = {
  id: 'redis-address',
  group: 'reference',
  severity: 'error',
  title: 'The Redis that config.yml names is one that the unit deploys.',
  why: 'A registry whose Redis cannot be reached starts all the same, and each lookup then waits for the dial timeout: pulls become slow, and nothing says why.',
  fix: 'Write the address of the Redis Service (or of a pod of its StatefulSet), with the port that it listens on; 127.0.0.1 for a sidecar.',
  check(view, report) {
    const told = new Set<string>();
    for (const server of view.servers) {
      if (!server.config) continue;
      const { redis, storage } = server.settings;
      const usesRedis = storage?.cache?.blobdescriptor === 'redis';
      const addresses = addressesOf(redis);
      const tell = (inner: (string | number)[], message: string): void => {
        if (told.has(message)) return;
        told.add(message);
        report(server.config!.configMap, ['data', server.config!.key], message, { inner });
      };
      if (usesRedis && addresses.length === 0 && !(server.container.env ?? []).some(({ name }) => /^REGISTRY_REDIS_(ADDR|OPTIONS)/.test(name))) tell(['storage', 'cache', 'blobdescriptor'], 'the cache is in Redis, but no address of it is given');
      for (const { address, inner } of addresses) {
        const complaint = unreachable(view, server, address);
        if (complaint) tell(inner, `${address}: ${complaint}`);
      }
    }
  },
};

export function addressesOf(redis: Fields | undefined): { address: string; inner: (string | number)[] }[] {
  const list = Array.isArray(redis?.['addrs']) ? (redis!['addrs'] as unknown[]) : [];
  return [
    ...(typeof redis?.['addr'] === 'string' ? [{ address: redis['addr'] as string, inner: ['redis', 'addr'] }] : []),
    ...list.flatMap((address, index) => (typeof address === 'string' ? [{ address, inner: ['redis', 'addrs', index] }] : [])),
  ];
}

/** @returns why an address leads to no Redis of the unit; undefined where it does, or leads out of the cluster. */
function unreachable(view: View, { workload }: RegistryView, address: string): string | undefined {
  const [, host, portText] = /^\[?([^\]]*?)\]?:(\d+)$/.exec(address) ?? [];
  if (host === undefined) return 'expected host:port';
  const port = Number(portText);
  if (/^(localhost|127\..*|::1)$/.test(host)) return inPod(workload, port);
  const [first, second, ...rest] = host.split('.');
  const isLocal = (suffix: string[]): boolean => suffix.length === 0 || suffix[0] === workload.namespace || suffix[0] === 'svc';
  const service = view.find('Service', first!, workload.namespace);
  if (service && (second === undefined || isLocal([second, ...rest]))) return behindService(view, service, port);
  const headless = second === undefined ? undefined : view.find('Service', second, workload.namespace);
  if (headless && isLocal(rest)) return podBehind(view, headless, first!, port);
  if (second === undefined || host.endsWith('.svc') || host.endsWith('.cluster.local') || second === workload.namespace) return view.isExternal('Service', first!) ? undefined : `there is no Service called ${second !== undefined && rest.length > 0 && /-\d+$/.test(first!) ? second : first} in this unit`;
  // pod.service of the short form, for a Service that is not there
  if (rest.length === 0 && /-\d+$/.test(first!)) return `there is no Service called ${second} in this unit`;
  return undefined;
}

/** More than any Redis has: what is beyond is a slip of the hand, and told by others. */
const MOST_PODS = 100;

/** @returns HOST:PORT of all pods of the StatefulSet that an address leads to; undefined where it leads to none of the unit. */
export function redisPodsAt(view: View, { workload }: RegistryView, address: string): string[] | undefined {
  const [, host] = /^\[?([^\]]*?)\]?:\d+$/.exec(address) ?? [];
  const [first, second] = (host ?? '').split('.');
  const service = view.find('Service', first!, workload.namespace) ?? (second ? view.find('Service', second, workload.namespace) : undefined);
  const set = service && view.behind(service).find(({ object, containers }) => object.kind === 'StatefulSet' && containers.some(({ container }) => isRedis(container as Fields)));
  if (!set) return undefined;
  const container = set.containers.find(({ container }) => isRedis(container as Fields))!.container;
  const port = (container.ports ?? []).find(({ name }) => name === 'redis')?.containerPort ?? 6379;
  const { name } = set.object.metadata;
  return Array.from({ length: Math.min(set.replicas ?? 1, MOST_PODS) }, (_, ordinal) => `${name}-${ordinal}.${set.object['spec']?.serviceName as string}:${port}`);
}

function inPod(workload: Workload, port: number): string | undefined {
  const redis = workload.containers.filter(({ container, isInit }) => !isInit && isRedis(container as Fields));
  if (redis.length === 0) return 'no container of the pod is a Redis';
  return redis.some(({ container }) => listensOn(container as Fields, port)) ? undefined : `the Redis of the pod does not listen on ${port}`;
}

function behindService(view: View, service: Parameters<View['behind']>[0], port: number): string | undefined {
  const entry = ((service['spec']?.ports ?? []) as Fields[]).find((item) => item['port'] === port);
  const headless = service['spec']?.clusterIP === 'None';
  if (!entry && !headless) return `Service/${service.metadata.name} has no port ${port}`;
  const redis = view.behind(service).filter(({ containers }) => containers.some(({ container }) => isRedis(container as Fields)));
  if (redis.length === 0) return `no pod behind Service/${service.metadata.name} is a Redis`;
  return headless && !redis.some(({ containers }) => containers.some(({ container }) => listensOn(container as Fields, port))) ? `the Redis behind Service/${service.metadata.name} does not listen on ${port}` : undefined;
}

function podBehind(view: View, service: Parameters<View['behind']>[0], pod: string, port: number): string | undefined {
  const [, name, ordinal] = /^(.*)-(\d+)$/.exec(pod) ?? [];
  const set = view.behind(service).find(({ object }) => object.kind === 'StatefulSet' && object.metadata.name === name && object['spec']?.serviceName === service.metadata.name);
  if (!set) return `no StatefulSet behind Service/${service.metadata.name} has a pod called ${pod}`;
  if (Number(ordinal) >= (set.replicas ?? 1)) return `StatefulSet/${name} has ${set.replicas ?? 1} pods, and none called ${pod}`;
  const redis = set.containers.filter(({ container }) => isRedis(container as Fields));
  if (redis.length === 0) return `${pod} is no Redis`;
  return redis.some(({ container }) => listensOn(container as Fields, port)) ? undefined : `${pod} does not listen on ${port}`;
}

function listensOn(container: Fields, port: number): boolean {
  const words = wordsOf(container);
  const flag = words.indexOf('--port');
  if (flag >= 0) return words[flag + 1] === String(port);
  const declared = (container['ports'] ?? []) as Fields[];
  return declared.length > 0 ? declared.some(({ containerPort }) => containerPort === port) : port === 6379;
}
