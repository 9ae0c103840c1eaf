/** Which connections the pods of a unit need. */
import type { RegistryView } from '../registry/containers.js';
import { collectionsOf } from '../unit/collections.js';
import { type Fields, namespaceOf } from '../unit/manifest.js';
import type { View } from '../unit/view.js';
import type { Workload } from '../unit/workloads.js';
import { primariesFor, primariesOf, watchedFrom } from './redis-hosts.js';
import { hostsOf, ambientS3, hostsAndPorts } from './registry-hosts.js';
import { workloadsAt, numberOf } from './targets.js';

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
  return [
    ...view.registries.flatMap((registry) => needsOfRegistry(view, registry)),
    ...collectionsOf(view).flatMap(({ workload, collection }) =>
      hostsAndPorts(collection.redis).flatMap(([host, port]) =>
        needsOfHost(view, workload, host, port, '--redis: it empties the cache'),
      ),
    ),
    ...view.workloads.flatMap((workload) => needsOfWorkload(view, workload)),
    ...needsOfServices(view),
    ...needsOfMonitors(view),
  ];
}

function tcp(from: Need['from'], to: Peer, port: number, why: string): Need {
  return { from, to, port, protocol: 'TCP', why };
}

/** To connect to a host by name needs DNS as well. */
function needsOfHost(view: View, from: Workload, host: string, port: number, why: string): Need[] {
  if (/^(localhost|127\.|::1$)/.test(host)) return [];
  const isAddress = /^[\d.]+$|:/.test(host);
  const lookups = isAddress
    ? []
    : (['UDP', 'TCP'] as const).map((protocol): Need => ({
        from,
        to: 'dns',
        port: DNS_PORT,
        protocol,
        why: `${host} is looked up (${why})`,
      }));
  const targets = workloadsAt(view, host, from.namespace);
  return [
    ...lookups,
    ...(targets.length === 0
      ? [tcp(from, 'outside', port, why)]
      : targets.map((workload) => tcp(from, { workload }, port, why))),
  ];
}

function needsOfRegistry(view: View, { workload, container, settings, env, command }: RegistryView): Need[] {
  const primaries = command === 'serve' ? primariesFor(view, workload, settings) : [];
  return [
    ...hostsOf(settings, env, command).flatMap(([host, port, why]) => needsOfHost(view, workload, host, port, why)),
    ...primaries.flatMap(([host, port]) => needsOfHost(view, workload, host, port, 'the Sentinels name the primary')),
    ...needsOfRole(view, workload, ambientS3(view, workload, container, settings)),
  ];
}

/** A registry that has no keys for its bucket asks AWS for credentials: by a role of its own, or by that of the node. */
function needsOfRole(view: View, workload: Workload, { bucket, role }: ReturnType<typeof ambientS3>): Need[] {
  if (role)
    return needsOfHost(
      view,
      workload,
      `sts.${bucket?.['region'] ?? 'us-east-1'}.amazonaws.com`,
      STS_PORT,
      'the role for storage.s3 without keys',
    );
  if (!bucket) return [];
  const why = 'the role of the node for storage.s3 without keys';
  return [{ ...tcp(workload, 'outside', METADATA_PORT, why), optional: true }];
}

function needsOfWorkload(view: View, workload: Workload): Need[] {
  return [
    ...primariesOf(view, workload).flatMap(([host, port]) =>
      needsOfHost(view, workload, host, port, 'replicaof in its configuration'),
    ),
    ...watchedFrom(view, workload).flatMap(([host, port, why]) => needsOfHost(view, workload, host, port, why)),
    ...(callsApiServer(view, workload) ? [tcp(workload, 'outside', API_PORT, 'it has rights on the API server')] : []),
  ];
}

/** @returns whether pods have the token of a ServiceAccount that a role is bound to. */
function callsApiServer(view: View, { pod, namespace }: Workload): boolean {
  const account = view.find('ServiceAccount', pod['serviceAccountName'] ?? 'default', namespace);
  const hasToken = pod['automountServiceAccountToken'] ?? account?.['automountServiceAccountToken'] ?? true;
  const bindings = [...view.of('RoleBinding'), ...view.of('ClusterRoleBinding')];
  return (
    hasToken &&
    bindings.some(({ subjects }) =>
      ((subjects ?? []) as Fields[]).some(
        ({ kind, name }) => kind === 'ServiceAccount' && name === account?.metadata.name,
      ),
    )
  );
}

function needsOfServices(view: View): Need[] {
  return view
    .of('Service', '')
    .filter((service) => service['spec']?.clusterIP !== 'None')
    .flatMap((service) =>
      view.behind(service).flatMap((workload) =>
        ((service['spec'].ports ?? []) as Fields[]).flatMap(({ targetPort, port }) => {
          const number = numberOf(workload, (targetPort ?? port) as number | string);
          const why = `Service/${service.metadata.name} sends there`;
          return number === undefined ? [] : [tcp('outside', { workload }, number, why)];
        }),
      ),
    );
}

function needsOfMonitors(view: View): Need[] {
  return view.of('PodMonitor').flatMap((monitor) =>
    view.selected(monitor['spec']?.selector, namespaceOf(monitor)).flatMap((workload) =>
      ((monitor['spec']?.podMetricsEndpoints ?? []) as Fields[]).flatMap(({ port }) => {
        const number = port === undefined ? undefined : numberOf(workload, port as string);
        const why = `PodMonitor/${monitor.metadata.name} scrapes it`;
        return number === undefined ? [] : [tcp('outside', { workload }, number, why)];
      }),
    ),
  );
}
