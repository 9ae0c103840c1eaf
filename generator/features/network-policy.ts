import type {
  NetworkPolicy,
  NetworkPolicyEgressRule,
  NetworkPolicyIngressRule,
  NetworkPolicyPeer,
  NetworkPolicySpec,
} from 'kubernetes-types/networking/v1';
import { type Endpoint, parseEndpoint, type S3, type Settings } from '../config/index.js';
import { type Complete, type Component, type Draft, explain, metadata, selectorOf } from '../model/index.js';
import { controllers } from './ingress-controllers.js';
import { collects, HTTP_PORT, namespaceNamed, REDIS_PORT, SENTINEL_PORT } from './shared.js';

const HTTPS_PORT = 443;

/**
 * Where pods without keys ask for some: the node's metadata service, and the agent of EKS Pod Identity.
 * @see https://docs.aws.amazon.com/eks/latest/userguide/pod-id-how-it-works.html
 */
const METADATA_SERVICES = ['169.254.169.254/32', '169.254.170.23/32'];

/** Each component's pods reach what they need, and are reached by those that need them; nothing else. */
export function networkPolicy(draft: Draft): void {
  const { settings } = draft;
  const withRedis = settings.redis.type === 'statefulset';
  const redisPods: NetworkPolicyPeer = { podSelector: selectorOf(settings, 'redis') };
  const withSentinel = settings.redis.type === 'statefulset' && settings.redis.failover === 'sentinel';
  const redisPorts = [REDIS_PORT, ...(withSentinel ? [SENTINEL_PORT] : [])].map((port) => ({ port, protocol: 'TCP' }));
  const toRedis: NetworkPolicyEgressRule = { to: [redisPods], ports: redisPorts };

  // A volume is mounted by the node, not by the pod.
  const toStorage = settings.storage.type === 's3' ? toBucket(settings, settings.storage.s3) : [];
  const storageByName = settings.storage.type === 's3' && needsNames(settings.storage.s3);
  const from = registrySources(settings);
  const egress = [...(withRedis ? [toRedis] : []), ...toStorage, ...(withRedis || storageByName ? [dns()] : [])];
  draft.add(
    policy(settings, 'registry', '', {
      ingress: [{ ...(from.length > 0 ? { from } : {}), ports: [{ port: HTTP_PORT, protocol: 'TCP' }] }],
      ...(egress.length > 0 ? { egress } : {}),
    }),
  );
  if (withRedis) {
    const registryPods: NetworkPolicyPeer = { podSelector: selectorOf(settings, 'registry') };
    // Replicas find the primary by its name, and follow it; Sentinels find each other.
    const replicated = settings.redis.type === 'statefulset' && settings.redis.replicas > 0;
    draft.add(
      policy(settings, 'redis', 'redis', {
        ingress: [
          { from: replicated ? [registryPods, redisPods] : [registryPods], ports: redisPorts },
          ...fromCollector(settings),
        ],
        ...(replicated ? { egress: [toRedis, dns()] } : {}),
      }),
    );
  }
  if (settings.gc.enabled) {
    const toFlush: NetworkPolicyEgressRule = { to: [redisPods], ports: [{ port: REDIS_PORT, protocol: 'TCP' }] };
    const flushes = collects(settings) && withRedis;
    const toCollect = [
      ...(collects(settings) ? [apiServer()] : []),
      ...(flushes ? [toFlush] : []),
      ...toStorage,
      ...(flushes || storageByName ? [dns()] : []),
    ];
    draft.add(policy(settings, 'garbage-collector', 'gc', toCollect.length > 0 ? { egress: toCollect } : {}));
    if (collects(settings)) draft.add(policy(settings, 'gc-recover', 'gc-recover', { egress: [apiServer()] }));
  }
}

/** Neither its address nor its labels are known to a policy: only the ports that clusters have it on. */
function apiServer(): NetworkPolicyEgressRule {
  return explain(
    { ports: [443, 6443, 8443, 16443].map((port) => ({ port, protocol: 'TCP' })) },
    { ports: "The API server's, which differ between clusters." },
  );
}

/** The collector empties the cache of what it has collected. */
function fromCollector(settings: Settings): NetworkPolicyIngressRule[] {
  if (!collects(settings)) return [];
  return [
    {
      from: [{ podSelector: selectorOf(settings, 'garbage-collector') }],
      ports: [{ port: REDIS_PORT, protocol: 'TCP' }],
    },
  ];
}

/** @param rules a direction without any is left out: the API server keeps no empty list, and would report a difference for ever */
function policy(
  settings: Settings,
  component: Component,
  suffix: string,
  rules: Pick<NetworkPolicySpec, 'ingress' | 'egress'>,
): Complete<NetworkPolicy> {
  const closed = [rules.ingress ? '' : 'ingress', rules.egress ? '' : 'egress'].filter(Boolean).join(' and ');
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: metadata(settings, 'NetworkPolicy', component, suffix),
    spec: explain(
      { podSelector: selectorOf(settings, component), policyTypes: ['Ingress', 'Egress'], ...rules },
      closed === '' ? {} : { policyTypes: `Without a rule for ${closed}, all of it is denied.` },
    ),
  };
}

/** @returns who may open connections to the registry; empty: everyone. */
function registrySources({ ingress }: Settings): NetworkPolicyPeer[] {
  // Without an Ingress the registry serves the cluster, unless a way in of the user's own is named.
  const known = ingress.type === 'none' ? [{ namespaceSelector: {} }] : controllers[ingress.controller].sources;
  if (ingress.allowFrom.length === 0) return known;
  const chosen = ingress.allowFrom.map((source) =>
    'cidr' in source ? { ipBlock: { cidr: source.cidr } } : namespaceNamed(source.namespace),
  );
  // Without its own health checks a Google load balancer sends no requests.
  return ingress.type === 'ingress' && ingress.controller === 'gce' ? [...known, ...chosen] : chosen;
}

/** @returns the ways to a bucket, and to what gives a pod its role where it has no keys. */
function toBucket(settings: Settings, s3: S3): NetworkPolicyEgressRule[] {
  const endpoint = parseEndpoint(s3.endpoint);
  const tcp = (...ports: number[]): NetworkPolicyEgressRule['ports'] =>
    ports.map((port) => ({ port, protocol: 'TCP' }));
  const https = explain({ ports: tcp(HTTPS_PORT) }, { ports: 'To anywhere: AWS has no addresses that last.' });
  const ways = endpoint
    ? [toEndpoint(settings, endpoint, tcp(...new Set([endpoint.port, s3.targetPort || endpoint.port])))]
    : [https];
  if (s3.credentials === 'secret') return ways;
  if (!hasRole(s3)) {
    const to = METADATA_SERVICES.map((cidr) => ({ ipBlock: { cidr } }));
    return [
      ...ways,
      explain({ to, ports: tcp(80) }, { to: 'Credentials of the pod: the role of the node, or EKS Pod Identity.' }),
    ];
  }
  // The token of the ServiceAccount is exchanged for keys at AWS' STS.
  return endpoint && (endpoint.service || endpoint.isAddress || endpoint.port !== HTTPS_PORT) ? [...ways, https] : ways;
}

function toEndpoint(
  settings: Settings,
  { host, isAddress, service }: Endpoint,
  ports: NetworkPolicyEgressRule['ports'],
): NetworkPolicyEgressRule {
  if (isAddress) return { to: [{ ipBlock: { cidr: `${host}/${host.includes(':') ? 128 : 32}` } }], ports };
  if (!service) return explain({ ports }, { ports: 'To anywhere: a NetworkPolicy knows no names.' });
  return { to: [namespaceNamed(service.namespace || settings.namespace)], ports };
}

/** Whether a pod looks up names to reach a bucket. */
function needsNames(s3: S3): boolean {
  return !parseEndpoint(s3.endpoint)?.isAddress || hasRole(s3);
}

/** Whether the pods get their role by their ServiceAccount (IRSA). */
function hasRole({ credentials, serviceAccountAnnotations }: S3): boolean {
  return credentials === 'ambient' && 'eks.amazonaws.com/role-arn' in serviceAccountAnnotations;
}

function dns(): NetworkPolicyEgressRule {
  return explain(
    {
      to: [
        { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'kube-system' } } },
        { ipBlock: { cidr: '169.254.20.10/32' } },
        { ipBlock: { cidr: '169.254.169.254/32' } },
      ],
      ports: [
        { port: 53, protocol: 'UDP' },
        { port: 53, protocol: 'TCP' },
      ],
    },
    {
      // See https://cloud.google.com/kubernetes-engine/docs/how-to/cloud-dns
      to: "DNS: in the cluster, by the node's own cache (NodeLocal DNSCache), or by GKE's Cloud DNS.",
    },
  );
}
