/** The ways in from outside: what opens one, lets more people use it, or lets others read along. */
import { isEqual } from '../kustomize/index.js';
import type { KubernetesObject } from '../model/index.js';
import type { Difference } from './fields.js';
import { type Fields, type Judge, type Judgement, opens, pathText } from './judgement.js';

/** Kinds that lead in by being there, beside a Service. */
const WAYS_IN = new Set([
  'Ingress',
  'IngressRoute',
  'IngressRouteTCP',
  'HTTPRoute',
  'GRPCRoute',
  'TLSRoute',
  'TCPRoute',
  'VirtualService',
  'Gateway',
  'HTTPProxy',
]);
/** Fields of a route that say how long and how often, and not who and where to. */
const MANNERS = /\/(timeouts?|timeoutPolicy|retries|retry|retryPolicy|weight)(\/|$)/;
/** Kinds that hold a way in: whoever passes, passes what stands there. */
const GUARDS = new Set([
  'Middleware',
  'MiddlewareTCP',
  'TLSOption',
  'AuthorizationPolicy',
  'RequestAuthentication',
  'PeerAuthentication',
  'SecurityPolicy',
  'BackendTLSPolicy',
  'ClientTrafficPolicy',
]);
/** Fields of Google's settings of a load balancer that hold it. */
const GOOGLE = /^spec(\/(redirectToHttps|sslPolicy|iap|securityPolicy)(\/.*)?)?$/;

const CLASS = 'kubernetes.io/ingress.class';
/** Annotations that give an Ingress its certificate. */
const CERTIFICATE =
  /^(networking\.gke\.io\/managed-certificates|ingress\.gcp\.kubernetes\.io\/pre-shared-cert|alb\.ingress\.kubernetes\.io\/certificate-arn|traefik\.ingress\.kubernetes\.io\/router\.tls)$/;
/** Annotations that decide, by a word in their name, who may connect, and how. */
const DECIDING =
  /range|allow|deny|whitelist|auth|ssl|tls|https|scheme|cidr|internal|security|entrypoint|source|load-balancer-type|alias|snippet|middleware|group|listen|waf|redirect/i;
/** Annotations that send plain HTTP away, by the value that does. */
const CLOSING: [RegExp, string][] = [
  [/ssl-redirect$/, 'true'],
  [/^kubernetes\.io\/ingress\.allow-http$/, 'false'],
];
/** Annotations that decide nothing of it, whatever they say. */
const HARMLESS = [
  /^(acme\.)?cert-manager\.io\//,
  /^(argocd\.argoproj|kustomize\.toolkit\.fluxcd|(meta\.)?helm|prometheus|app\.kubernetes|kubectl\.kubernetes)\.(io|sh)\//,
  /^kubernetes\.io\/(description|change-cause)$/,
  /^cloud\.google\.com\/neg$/,
  /^external-dns\.alpha\.kubernetes\.io\/ttl$/,
  /^service\.kubernetes\.io\/topology-/,
  /\/(proxy-(body-size|buffer\w*|buffers-number|buffering|request-buffering|max-temp-file-size|(next-upstream|connect|read|send)[\w-]*)|client-(max-)?body-[\w-]+|[\w-]*timeout[\w-]*|[\w-]*healthcheck[\w-]*|[\w-]*health-check[\w-]*|tags)$/,
];

/** What leads in by being there. */
export function leadsIn(object: KubernetesObject): Judgement | undefined {
  if (WAYS_IN.has(object.kind)) return opens('it leads in from outside');
  const spec = (object as Fields)['spec'] as Fields | undefined;
  return object.kind === 'Service' && isPublic(spec)
    ? opens(`a Service of type ${String(spec!['type'])} leads in from outside`)
    : undefined;
}

/** What held a way in until it was taken away. @param after what the cluster has then */
export function unguards(object: KubernetesObject, after: readonly KubernetesObject[]): Judgement | undefined {
  const { kind, metadata } = object;
  const waysIn = after.filter((other) => WAYS_IN.has(other.kind) && other.metadata.namespace === metadata.namespace);
  if (waysIn.length === 0) return undefined;
  if (GUARDS.has(kind)) return opens('requests that it refused are no longer refused');
  const readable = waysIn.some((way) => way.kind === 'Ingress' && !endsTls(way));
  if ((kind === 'ManagedCertificate' || kind === 'Certificate') && readable)
    return opens('without a certificate, passwords are sent in clear text');
  if (kind === 'FrontendConfig' && (object as Fields)['spec']?.redirectToHttps?.enabled === true)
    return opens('plain HTTP is no longer redirected to HTTPS');
  if (kind === 'BackendConfig' && ((object as Fields)['spec']?.iap || (object as Fields)['spec']?.securityPolicy))
    return opens('requests that it refused are no longer refused');
  return undefined;
}

/** @returns what a single field of a way in, or of what holds one, opens. */
export const opensWay: Judge = (difference, object, before) => {
  const text = pathText(difference);
  const { kind } = object;
  if (kind === 'Ingress' || kind === 'Service') {
    const [, name] = /^metadata\/annotations\/(.+)$/.exec(text) ?? [];
    if (name !== undefined) return opensByAnnotation(name, difference, object, before);
  }
  if (kind === 'Ingress') return opensByIngress(text, difference, object);
  if (WAYS_IN.has(kind))
    return text.startsWith('spec/') && !MANNERS.test(text)
      ? opens('it decides who has access from outside, and how')
      : undefined;
  if (GUARDS.has(kind)) return /^spec(\/|$)/.test(text) ? opens('it decides which requests are refused') : undefined;
  if ((kind === 'FrontendConfig' || kind === 'BackendConfig') && GOOGLE.test(text))
    return difference.before === undefined ? undefined : opens('it protects the load balancer');
  return undefined;
};

function opensByIngress(text: string, { before, after }: Difference, ingress: KubernetesObject): Judgement | undefined {
  const left = /^spec\/tls\/\d+\/hosts$/.test(text)
    ? ((before ?? []) as unknown[]).filter((host) => !((after ?? []) as unknown[]).includes(host))
    : [];
  const serves = ((ingress as Fields)['spec'].rules ?? []) as Fields[];
  if (
    (/^spec\/tls(\/\d+)?$/.test(text) && (after === undefined || (after as unknown[]).length === 0)) ||
    serves.some(({ host }) => left.includes(host))
  )
    return opens('passwords are sent in clear text');
  if (/^spec\/(rules|defaultBackend)(\/|$)/.test(text) && after !== undefined)
    return opens('another name or path is reachable from outside');
  if (text === 'spec/ingressClassName') return opens('another Ingress class serves the requests');
  return undefined;
}

function opensByAnnotation(
  name: string,
  { before: was, after: value }: Difference,
  object: KubernetesObject,
  before: KubernetesObject,
): Judgement | undefined {
  if (name === CLASS) return opens('another Ingress class serves the requests');
  if (CERTIFICATE.test(name))
    return endsTls(before) && !endsTls(object) ? opens('passwords are sent in clear text') : undefined;
  if (
    HARMLESS.some((pattern) => pattern.test(name)) ||
    CLOSING.some(([pattern, closed]) => pattern.test(name) && value === closed)
  )
    return undefined;
  return was !== undefined || DECIDING.test(name) ? opens('it can decide who may connect, and how') : undefined;
}

/** Whether an Ingress has a certificate. */
function endsTls(ingress: KubernetesObject): boolean {
  const { annotations = {} } = ingress.metadata;
  const tls = ((ingress as Fields)['spec']?.tls ?? []) as unknown[];
  return (
    tls.length > 0 ||
    Object.entries(annotations).some(([name, value]) => CERTIFICATE.test(name) && value !== 'false' && value !== '')
  );
}

function isPublic(spec: Fields | undefined): boolean {
  return ['LoadBalancer', 'NodePort'].includes(spec?.['type'] as string);
}

/** @returns what a Service as a whole lets in beyond what it did. */
export function serviceWidens(old: Fields, now: Fields): Judgement | undefined {
  if (isPublic(now) && !isPublic(old)) return opens(`a Service of type ${String(now['type'])} leads in from outside`);
  const more = (field: string): unknown =>
    ((now[field] ?? []) as unknown[]).find(
      (item) => !((old[field] ?? []) as unknown[]).some((other) => isEqual(item, other)),
    );
  if (more('externalIPs') !== undefined) return opens('an external address leads in from outside');
  if (!isPublic(now)) return undefined;
  const ranges = 'loadBalancerSourceRanges';
  if (old[ranges] && (!now[ranges] || more(ranges) !== undefined))
    return opens('more addresses may connect to the load balancer');
  return more('ports') === undefined ? undefined : opens('another port leads in from outside');
}
