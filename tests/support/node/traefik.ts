/** Traefik as its own Helm chart installs it, with as much of that as a test needs. */
import { ADDRESS } from '../../../scripts/cluster/settings.js';
import { TRAEFIK } from '../../../scripts/cluster/names.js';

const name = 'traefik';
const labels = { 'app.kubernetes.io/name': name };
/** Of the user of its container. */
const USER = 65532;

/** @returns namespace, rights and a Deployment on the node's ports 80 and 443 @param args beyond its entry points, such as of a provider */
export function traefik(namespace: string, args: readonly string[]): object[] {
  const metadata = { name, namespace };
  const rbac = 'rbac.authorization.k8s.io';
  return [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata },
    {
      apiVersion: `${rbac}/v1`,
      kind: 'ClusterRole',
      metadata: { name },
      rules: [
        read('', 'services', 'secrets', 'nodes', 'configmaps', 'namespaces'),
        read('discovery.k8s.io', 'endpointslices'),
        read('networking.k8s.io', 'ingresses', 'ingressclasses'),
        { apiGroups: ['networking.k8s.io'], resources: ['ingresses/status'], verbs: ['update'] },
      ],
    },
    {
      apiVersion: `${rbac}/v1`,
      kind: 'ClusterRoleBinding',
      metadata: { name },
      roleRef: { apiGroup: rbac, kind: 'ClusterRole', name },
      subjects: [{ kind: 'ServiceAccount', ...metadata }],
    },
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata,
      spec: {
        selector: { matchLabels: labels },
        // Two pods cannot have one port of the node.
        strategy: { type: 'Recreate' },
        template: {
          metadata: { labels },
          spec: { serviceAccountName: name, terminationGracePeriodSeconds: 10, containers: [container(args)] },
        },
      },
    },
  ];
}

function container(args: readonly string[]): object {
  return {
    name,
    image: TRAEFIK,
    args: ['--entrypoints.web.address=:8000', '--entrypoints.websecure.address=:8443', ...args],
    ports: [
      { name: 'web', containerPort: 8000, hostPort: 80 },
      { name: 'websecure', containerPort: 8443, hostPort: 443 },
    ],
    readinessProbe: { tcpSocket: { port: 'websecure' }, periodSeconds: 1 },
    securityContext: {
      runAsUser: USER,
      runAsNonRoot: true,
      readOnlyRootFilesystem: true,
      allowPrivilegeEscalation: false,
      capabilities: { drop: ['ALL'] },
    },
  };
}

function read(group: string, ...resources: string[]): object {
  return { apiGroups: [group], resources, verbs: ['get', 'list', 'watch'] };
}

/** @returns the class of the Ingresses that a controller reads @param controller its name for itself */
export function ingressClass(className: string, controller: string): object {
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'IngressClass',
    metadata: { name: className },
    spec: { controller },
  };
}

/** Arguments for the provider of Ingresses with annotations of Traefik's own. */
export const OWN_INGRESSES = [
  '--providers.kubernetesingress',
  `--providers.kubernetesingress.ingressendpoint.ip=${ADDRESS}`,
];
/** The same for those of ingress-nginx, which Traefik takes over. */
export const NGINX_INGRESSES = [
  '--providers.kubernetesingressnginx',
  `--providers.kubernetesingressnginx.publishstatusaddress=${ADDRESS}`,
];
