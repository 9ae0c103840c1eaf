/** Which connections the pods of a unit need, and which its NetworkPolicies allow. */
import type { Container } from 'kubernetes-types/core/v1';
import { collectionsOf } from './collections.js';
import type { Path } from './finding.js';
import { isSentinel, watchedBy } from './redis.js';
import { selects } from './schema/semantics/selectors.js';
import { type Fields, type Manifest, namespaceOf, type View, type Workload } from './view.js';

/** Where a connection leads, or comes from. */
export type Peer = { workload: Workload } | 'dns' | 'outside';

/** A connection that the unit needs to work. */
export interface Need {
  from: Workload | 'outside';
  to: Peer;
  port: number;
  protocol: 'TCP' | 'UDP';
  /** For a person: what it is for, and where that is said. */
  why: string;
  /** One of several ways, of which it is not known which is gone: it may be let through, and need not be. */
  optional?: true;
}

const DNS_PORT = 53;
const STS_PORT = 443;
/** Of a node's metadata service, and of the agent of EKS Pod Identity. */
const METADATA_PORT = 80;
/** The port of the API server's Service. Behind it is another, mostly 6443. */
const API_PORT = 443;

/** @returns the connections that a unit's configuration asks for. */
export function needsOf(view: View): Need[] {
  const needs: Need[] = [];
  const add = (from: Need['from'], to: Peer, port: number, why: string): void => {
    needs.push({ from, to, port, protocol: 'TCP', why });
  };
  const resolve = (from: Workload, host: string, port: number, why: string): void => {
    if (/^(localhost|127\.|::1$)/.test(host)) return;
    if (!/^[\d.]+$|:/.test(host)) {
      for (const protocol of ['UDP', 'TCP'] as const)
        needs.push({ from, to: 'dns', port: DNS_PORT, protocol, why: `${host} is looked up (${why})` });
    }
    const targets = workloadsAt(view, host, from.namespace);
    if (targets.length === 0) add(from, 'outside', port, why);
    for (const workload of targets) add(from, { workload }, port, why);
  };
  for (const { workload, container, settings, env, command } of view.registries) {
    for (const [host, port, why] of hostsOf(settings, env, command)) resolve(workload, host, port, why);
    if (command === 'serve')
      for (const [host, port] of primariesFor(view, workload, settings))
        resolve(workload, host, port, 'the Sentinels name the primary');
    const { bucket, role } = ambientS3(view, workload, container, settings);
    if (role)
      resolve(
        workload,
        `sts.${bucket?.region ?? 'us-east-1'}.amazonaws.com`,
        STS_PORT,
        'the role for storage.s3 without keys',
      );
    else if (bucket)
      needs.push({
        from: workload,
        to: 'outside',
        port: METADATA_PORT,
        protocol: 'TCP',
        why: 'the role of the node for storage.s3 without keys',
        optional: true,
      });
  }
  for (const { workload, collection } of collectionsOf(view)) {
    for (const [host, port] of hostsAndPorts(collection.redis))
      resolve(workload, host, port, '--redis: it empties the cache');
  }
  for (const workload of view.workloads) {
    for (const [host, port] of primariesOf(view, workload))
      resolve(workload, host, port, 'replicaof in its configuration');
    for (const [host, port, why] of watchedFrom(view, workload)) resolve(workload, host, port, why);
    const account = view.find('ServiceAccount', workload.pod['serviceAccountName'] ?? 'default', workload.namespace);
    const token = (workload.pod['automountServiceAccountToken'] ??
      account?.['automountServiceAccountToken'] ??
      true) as boolean;
    const bound = view
      .of('RoleBinding')
      .concat(view.of('ClusterRoleBinding'))
      .some(({ subjects }) =>
        ((subjects ?? []) as Fields[]).some(
          ({ kind, name }) => kind === 'ServiceAccount' && name === account?.metadata.name,
        ),
      );
    if (token && bound) add(workload, 'outside', API_PORT, 'it has rights on the API server');
  }
  for (const service of view.of('Service', '')) {
    if (service['spec']?.clusterIP === 'None') continue;
    for (const workload of view.behind(service)) {
      for (const { targetPort, port } of (service['spec'].ports ?? []) as Fields[]) {
        const number = numberOf(workload, (targetPort ?? port) as number | string);
        if (number !== undefined) add('outside', { workload }, number, `Service/${service.metadata.name} sends there`);
      }
    }
  }
  for (const monitor of view.of('PodMonitor')) {
    for (const workload of view.selected(monitor['spec']?.selector, namespaceOf(monitor))) {
      for (const { port } of (monitor['spec']?.podMetricsEndpoints ?? []) as Fields[]) {
        const number = port === undefined ? undefined : numberOf(workload, port as string);
        if (number !== undefined)
          add('outside', { workload }, number, `PodMonitor/${monitor.metadata.name} scrapes it`);
      }
    }
  }
  return needs;
}

/** @returns the bucket that a registry opens without keys, and whether its ServiceAccount gives it the role for that. */
function ambientS3(
  view: View,
  { pod, namespace }: Workload,
  { env = [], envFrom = [] }: Container,
  settings: Fields,
): { bucket?: Fields; role?: boolean } {
  const bucket = bucketOf(settings);
  if (!bucket || 'accesskey' in bucket || envFrom.length > 0 || env.some(({ name }) => name === 'AWS_ACCESS_KEY_ID'))
    return {};
  const account = view.find('ServiceAccount', pod['serviceAccountName'] ?? 'default', namespace);
  return {
    bucket,
    role:
      account?.metadata.annotations?.['eks.amazonaws.com/role-arn'] !== undefined ||
      env.some(({ name }) => name === 'AWS_WEB_IDENTITY_TOKEN_FILE'),
  };
}

/** @returns the parts of HOST:PORT; what is none is told by others. */
function hostsAndPorts(addresses: string[]): [host: string, port: number][] {
  return addresses.flatMap((address): [string, number][] => {
    const [, host, port] = /^(.*):(\d+)$/.exec(address) ?? [];
    return host ? [[host, Number(port)]] : [];
  });
}

/** The driver has two names. */
function bucketOf(settings: Fields): Fields | undefined {
  const storage = (settings['storage'] ?? {}) as Fields;
  return (storage['s3'] ?? storage['s3aws']) as Fields | undefined;
}

/** @returns host, port and purpose of what a registry's configuration connects to. */
function hostsOf(
  settings: Fields,
  env: ReadonlyMap<string, string>,
  command: string,
): [host: string, port: number, why: string][] {
  const hosts: [string, number, string][] = [];
  const addUrl = (url: unknown, why: string): void => {
    try {
      const { hostname, port, protocol } = new URL(String(url));
      hosts.push([hostname, Number(port) || (protocol === 'http:' ? 80 : 443), why]);
    } catch {
      // What is no URL is told by the configuration's own schema.
    }
  };
  const { redis, proxy, notifications } = settings;
  const storage = (settings['storage'] ?? {}) as Fields;
  if (command === 'serve') {
    const addresses = [redis?.addr, ...(Array.isArray(redis?.addrs) ? redis.addrs : [])].filter(
      (address): address is string => typeof address === 'string',
    );
    for (const [host, port] of hostsAndPorts(addresses)) hosts.push([host, port, 'redis in config.yml']);
    if (proxy?.remoteurl) addUrl(proxy.remoteurl, 'proxy.remoteurl in config.yml');
    for (const { url } of (notifications?.endpoints ?? []) as Fields[]) addUrl(url, 'notifications in config.yml');
  }
  for (const [name, value] of env) if (/^OTEL_EXPORTER_OTLP(_TRACES)?_ENDPOINT$/.test(name)) addUrl(value, name);
  const bucket = bucketOf(settings);
  if (bucket) {
    const endpoint = String(bucket['regionendpoint'] ?? '') || `s3.${bucket['region'] ?? 'us-east-1'}.amazonaws.com`;
    addUrl(
      endpoint.includes('://') ? endpoint : `${bucket['secure'] === false ? 'http' : 'https'}://${endpoint}`,
      'storage.s3 in config.yml',
    );
  }
  if (storage['gcs']) addUrl('https://storage.googleapis.com', 'storage.gcs in config.yml');
  if (storage['azure'])
    addUrl(
      `https://${storage['azure'].accountname ?? 'account'}.blob.${storage['azure'].realm ?? 'core.windows.net'}`,
      'storage.azure in config.yml',
    );
  return hosts;
}

/** Redis' replicas connect to the primary that their configuration names. */
function primariesOf(view: View, workload: Workload): [host: string, port: number][] {
  const names = new Set(
    ((workload.pod['volumes'] ?? []) as Fields[]).map(({ configMap }) => configMap?.name as string | undefined),
  );
  const texts = view
    .of('ConfigMap')
    .filter((configMap) => names.has(configMap.metadata.name) && namespaceOf(configMap) === workload.namespace)
    .flatMap(({ data }) => Object.values((data ?? {}) as Record<string, string>));
  return texts.flatMap((text) =>
    [...text.matchAll(/^(?:replicaof|slaveof) (\S+) (\d+)/gm)].map(([, host, port]): [string, number] => [
      host!,
      Number(port),
    ]),
  );
}

/** @returns where the Redis is that a Sentinel of the pod watches, and where the other Sentinels are. */
function watchedFrom(view: View, workload: Workload): [host: string, port: number, why: string][] {
  const ports = workload.containers.flatMap(({ container }) =>
    isSentinel(container as Fields) ? (container.ports ?? []) : [],
  );
  if (!workload.containers.some(({ container }) => isSentinel(container))) return [];
  return watchedBy(view, workload).flatMap(({ host, port }) => [
    [host, port, 'sentinel monitor in its configuration'] as [string, number, string],
    // Sentinels find each other through the Redis that they watch: in the same pods.
    ...ports.map(({ containerPort }): [string, number, string] => [
      host,
      containerPort,
      'Sentinels agree with each other',
    ]),
  ]);
}

/** @returns where a registry finds Redis that it asks Sentinels for. */
function primariesFor(view: View, { namespace }: Workload, { redis }: Fields): [host: string, port: number][] {
  if (!redis?.mastername) return [];
  const others = view.workloads.filter((other) => other.namespace === namespace);
  return others.flatMap((other) =>
    watchedBy(view, other).flatMap(({ name, host, port }): [string, number][] =>
      name === String(redis.mastername) ? [[host, port]] : [],
    ),
  );
}

/** @returns the workloads that a name of the cluster leads to. */
export function workloadsAt(view: View, host: string, namespace: string): Workload[] {
  const [first, second] = host.split('.');
  const service =
    view.find('Service', first!, namespace) ?? (second ? view.find('Service', second, namespace) : undefined);
  return service ? view.behind(service) : [];
}

/** @returns the number of a container port given by name or number. */
function numberOf({ containers }: Workload, port: number | string): number | undefined {
  if (typeof port === 'number') return port;
  return containers.flatMap(({ container }) => container.ports ?? []).find(({ name }) => name === port)?.containerPort;
}

/** One rule of a NetworkPolicy that concerns a workload. */
export interface PolicyRule {
  policy: Manifest;
  path: Path;
  peers: Fields[];
  ports: Fields[];
}

/** @returns the rules for a workload in one direction; undefined where no policy isolates it. */
export function policyRules(view: View, workload: Workload, direction: 'ingress' | 'egress'): PolicyRule[] | undefined {
  const policies = view.of('NetworkPolicy').filter((policy) => isolates(policy, workload, direction));
  if (policies.length === 0) return undefined;
  return policies.flatMap((policy) =>
    ((policy['spec']?.[direction] ?? []) as Fields[]).map((rule, index) => ({
      policy,
      path: ['spec', direction, index],
      peers: (rule[direction === 'ingress' ? 'from' : 'to'] ?? []) as Fields[],
      ports: (rule['ports'] ?? []) as Fields[],
    })),
  );
}

/** A policy without policyTypes is for ingress, and for egress where it has rules for that. */
function isolates(policy: Manifest, workload: Workload, direction: 'ingress' | 'egress'): boolean {
  if (namespaceOf(policy) !== workload.namespace || !selects(policy['spec']?.podSelector, workload.labels))
    return false;
  const types = policy['spec']?.policyTypes as string[] | undefined;
  if (types && types.length > 0) return types.includes(direction === 'ingress' ? 'Ingress' : 'Egress');
  return direction === 'ingress' || (policy['spec']?.egress ?? []).length > 0;
}

/** @returns whether a rule's ports include one. No ports are all of them. */
export function portAllowed(
  { ports }: PolicyRule,
  workload: Workload | undefined,
  port: number,
  protocol: string,
): boolean {
  if (ports.length === 0) return true;
  return ports.some(({ port: own, endPort, protocol: ownProtocol = 'TCP' }) => {
    if (ownProtocol !== protocol) return false;
    if (own === undefined) return true;
    const number = typeof own === 'number' ? own : workload && numberOf(workload, own);
    return number !== undefined && (endPort === undefined ? number === port : number <= port && port <= endPort);
  });
}

/** @returns whether a peer of a policy covers a workload. */
export function peerCovers(peer: Fields, policyNamespace: string, workload: Workload): boolean {
  if (peer['ipBlock']) return false;
  if (peer['namespaceSelector'] === undefined)
    return policyNamespace === workload.namespace && selects(peer['podSelector'], workload.labels);
  const names = { 'kubernetes.io/metadata.name': workload.namespace };
  return (
    selects(peer['namespaceSelector'], names) &&
    (peer['podSelector'] === undefined || selects(peer['podSelector'], workload.labels))
  );
}

/** @returns whether a peer reaches beyond the pods of its own namespace. */
export function reachesOut(peer: Fields): boolean {
  return peer['ipBlock'] !== undefined || peer['namespaceSelector'] !== undefined;
}
