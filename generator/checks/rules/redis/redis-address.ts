import { workloadsAt } from '../../network/targets.js';
import { isRedis, isSentinel, watchedBy, wordsOf } from '../../unit/redis.js';
import type { RegistryView } from '../../registry/containers.js';
import type { Fields } from '../../unit/manifest.js';
import type { View } from '../../unit/view.js';
import type { Workload } from '../../unit/workloads.js';
import type { Rule } from '../rule.js';

/** The Redis that config.yml names is the one that the unit deploys. */
export const redisAddress: Rule = {
  id: 'redis-address',
  group: 'reference',
  severity: 'error',
  title: 'The Redis, or the Sentinels, that config.yml names are ones that the unit deploys.',
  why: 'A registry whose Redis cannot be reached starts all the same, and each lookup then waits for the dial timeout: pulls become slow, and nothing says why.',
  fix: 'Write the address of the Redis Service (or of a pod of its StatefulSet), with the port that it listens on; 127.0.0.1 for a sidecar. With redis.mastername, the addresses of the Sentinels that watch a primary of that name.',
  check(view, report) {
    const reported = new Set<string>();
    for (const server of view.servers) {
      if (!server.config) continue;
      const { redis, storage } = server.settings;
      const usesRedis = storage?.cache?.blobdescriptor === 'redis';
      const addresses = addressesOf(redis);
      const reportAt = (inner: (string | number)[], message: string): void => {
        if (reported.has(message)) return;
        reported.add(message);
        report(server.config!.configMap, ['data', server.config!.key], message, { inner });
      };
      if (
        usesRedis &&
        addresses.length === 0 &&
        !(server.container.env ?? []).some(({ name }) => /^REGISTRY_REDIS_(ADDR|OPTIONS)/.test(name))
      )
        reportAt(['storage', 'cache', 'blobdescriptor'], 'the cache is in Redis, but no address of it is given');
      const master =
        redis?.['mastername'] === undefined || redis['mastername'] === '' ? undefined : String(redis['mastername']);
      const kind = master === undefined ? REDIS : SENTINEL;
      for (const { address, inner } of addresses) {
        const complaint = unreachable(view, server, address, kind);
        if (complaint) reportAt(inner, `${address}: ${complaint}`);
      }
      // The registry's client takes several addresses for the nodes of a Redis Cluster.
      if (master === undefined && addresses.length > 1)
        reportAt(
          ['redis', 'addrs'],
          'several addresses are those of a Redis Cluster, or of Sentinels; without mastername the registry takes them for a cluster',
        );
      const watched = view.workloads
        .filter(({ namespace }) => namespace === server.workload.namespace)
        .flatMap((workload) => watchedBy(view, workload));
      if (master !== undefined && watched.length > 0 && !watched.some(({ name }) => name === master))
        reportAt(
          ['redis', 'mastername'],
          `no Sentinel watches ${master}; they watch ${[...new Set(watched.map(({ name }) => name))].join(' and ')}`,
        );
    }
  },
};

export function addressesOf(redis: Fields | undefined): { address: string; inner: (string | number)[] }[] {
  const list = Array.isArray(redis?.['addrs']) ? (redis['addrs'] as unknown[]) : [];
  return [
    ...(typeof redis?.['addr'] === 'string' ? [{ address: redis['addr'], inner: ['redis', 'addr'] }] : []),
    ...list.flatMap((address, index) =>
      typeof address === 'string' ? [{ address, inner: ['redis', 'addrs', index] }] : [],
    ),
  ];
}

/** What an address may have to lead to. */
interface Kind {
  label: string;
  matches: (container: Fields) => boolean;
  port: number;
}
const REDIS: Kind = { label: 'Redis', matches: isRedis, port: 6379 };
const SENTINEL: Kind = { label: 'Sentinel', matches: isSentinel, port: 26379 };

/** @returns why an address leads to none of its kind in the unit; undefined where it does, or leads out of the cluster. */
function unreachable(view: View, { workload }: RegistryView, address: string, kind: Kind): string | undefined {
  const [, host, portText] = /^\[?([^\]]*?)\]?:(\d+)$/.exec(address) ?? [];
  if (host === undefined) return 'expected host:port';
  const port = Number(portText);
  if (/^(localhost|127\..*|::1)$/.test(host)) return inPod(workload, port, kind);
  const [first, second, ...rest] = host.split('.');
  const isLocal = (suffix: string[]): boolean =>
    suffix.length === 0 || suffix[0] === workload.namespace || suffix[0] === 'svc';
  const service = view.find('Service', first!, workload.namespace);
  if (service && (second === undefined || isLocal([second, ...rest]))) return behindService(view, service, port, kind);
  const headless = second === undefined ? undefined : view.find('Service', second, workload.namespace);
  if (headless && isLocal(rest)) return podBehind(view, headless, first!, port, kind);
  if (second === undefined || host.endsWith('.svc') || host.endsWith('.cluster.local') || second === workload.namespace)
    return view.isExternal('Service', first!)
      ? undefined
      : `there is no Service called ${second !== undefined && rest.length > 0 && /-\d+$/.test(first!) ? second : first} in this unit`;
  // pod.service of the short form, for a Service that is not there
  if (rest.length === 0 && /-\d+$/.test(first!)) return `there is no Service called ${second} in this unit`;
  return undefined;
}

/** More than any Redis has: what is beyond is a slip of the hand, and reported by others. */
const MOST_PODS = 100;

/** @returns HOST:PORT of all pods of the StatefulSet that an address leads to; undefined where it leads to none of the unit. */
export function redisPodsAt(view: View, { workload }: RegistryView, address: string): string[] | undefined {
  const [, host] = /^\[?([^\]]*?)\]?:\d+$/.exec(address) ?? [];
  const set = workloadsAt(view, host ?? '', workload.namespace).find(
    ({ object, containers }) => object.kind === 'StatefulSet' && containers.some(({ container }) => isRedis(container)),
  );
  if (!set) return undefined;
  const container = set.containers.find(({ container }) => isRedis(container as Fields))!.container;
  const port = (container.ports ?? []).find(({ name }) => name === 'redis')?.containerPort ?? REDIS.port;
  const { name } = set.object.metadata;
  return Array.from(
    { length: Math.min(set.replicas ?? 1, MOST_PODS) },
    (_, ordinal) => `${name}-${ordinal}.${set.object['spec']?.serviceName as string}:${port}`,
  );
}

function inPod(workload: Workload, port: number, kind: Kind): string | undefined {
  const found = workload.containers.filter(({ container, isInit }) => !isInit && kind.matches(container as Fields));
  if (found.length === 0) return `no container of the pod is a ${kind.label}`;
  return found.some(({ container }) => listensOn(container, port, kind))
    ? undefined
    : `the ${kind.label} of the pod does not listen on ${port}`;
}

function behindService(
  view: View,
  service: Parameters<View['behind']>[0],
  port: number,
  kind: Kind,
): string | undefined {
  const entry = ((service['spec']?.ports ?? []) as Fields[]).find((item) => item['port'] === port);
  const headless = service['spec']?.clusterIP === 'None';
  if (!entry && !headless) return `Service/${service.metadata.name} has no port ${port}`;
  const found = view
    .behind(service)
    .filter(({ containers }) => containers.some(({ container }) => kind.matches(container)));
  if (found.length === 0) return `no pod behind Service/${service.metadata.name} is a ${kind.label}`;
  return headless &&
    !found.some(({ containers }) => containers.some(({ container }) => listensOn(container, port, kind)))
    ? `the ${kind.label} behind Service/${service.metadata.name} does not listen on ${port}`
    : undefined;
}

function podBehind(
  view: View,
  service: Parameters<View['behind']>[0],
  pod: string,
  port: number,
  kind: Kind,
): string | undefined {
  const [, name, ordinal] = /^(.*)-(\d+)$/.exec(pod) ?? [];
  const set = view
    .behind(service)
    .find(
      ({ object }) =>
        object.kind === 'StatefulSet' &&
        object.metadata.name === name &&
        object['spec']?.serviceName === service.metadata.name,
    );
  if (!set) return `no StatefulSet behind Service/${service.metadata.name} has a pod called ${pod}`;
  if (Number(ordinal) >= (set.replicas ?? 1))
    return `StatefulSet/${name} has ${set.replicas ?? 1} pods, and none called ${pod}`;
  const found = set.containers.filter(({ container }) => kind.matches(container as Fields));
  if (found.length === 0) return `no container of ${pod} is a ${kind.label}`;
  return found.some(({ container }) => listensOn(container, port, kind))
    ? undefined
    : `${pod} does not listen on ${port}`;
}

function listensOn(container: Fields, port: number, kind: Kind): boolean {
  const words = wordsOf(container);
  const flag = words.indexOf('--port');
  if (flag >= 0) return words[flag + 1] === String(port);
  const declared = (container['ports'] ?? []) as Fields[];
  return declared.length > 0 ? declared.some(({ containerPort }) => containerPort === port) : port === kind.port;
}
