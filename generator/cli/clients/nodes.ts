/** Clients of a cluster: the nodes, which pull, and the pods that images are pulled for. */
import { quote } from '../shared/shell.js';
import { type Client, type Registry, type Setting, toml, urlOf } from './client.js';

const HOSTS_FOLDER = '/etc/containerd/certs.d';
/** Version of containerd's configuration -> the plugin that pulls images. */
const CONTAINERD_PLUGINS: [release: string, version: number, plugin: string][] = [
  ['containerd 2', 3, 'io.containerd.cri.v1.images'],
  ['containerd 1', 2, 'io.containerd.grpc.v1.cri'],
];

/** containerd's file for one host, which kind's nodes read too. */
function hostsToml(registry: Registry, caFile: string): string {
  const url = urlOf(registry);
  const ca = registry.trust === 'own-ca' ? { ca: caFile } : {};
  return toml({ server: url, host: { [url]: { capabilities: ['pull', 'resolve', 'push'], ...ca } } });
}

export const containerd: Client = {
  name: 'containerd',
  title: 'containerd, on the nodes of a cluster',
  source: 'https://github.com/containerd/containerd/blob/main/docs/hosts.md',
  trust: (registry) => {
    const folder = `${HOSTS_FOLDER}/${registry.host}`;
    return [
      ...(registry.trust === 'own-ca'
        ? [
            {
              what: 'Give it the certificate',
              command: `sudo install -D -m 644 ${quote(registry.ca!)} ${folder}/ca.crt`,
            },
          ]
        : []),
      { what: 'Write', file: `${folder}/hosts.toml`, text: hostsToml(registry, `${folder}/ca.crt`) },
      ...CONTAINERD_PLUGINS.map(([release, version, plugin]): Setting => ({
        what: `Where it does not read that folder yet, and is ${release} (\`containerd --version\`), set`,
        file: '/etc/containerd/config.toml',
        text: toml({ version, plugins: { [plugin]: { registry: { config_path: HOSTS_FOLDER } } } }),
      })),
      { what: 'Restart it, where that was set now', command: 'sudo systemctl restart containerd' },
    ];
  },
};

export const k3s: Client = {
  name: 'k3s',
  title: 'k3s',
  source: 'https://docs.k3s.io/installation/private-registry',
  trust: (registry) => {
    const { host, trust, ca } = registry;
    const file = `/etc/rancher/k3s/${host}.crt`;
    const mirrors = `mirrors:\n  "${host}":\n    endpoint:\n      - "${urlOf(registry)}"\n`;
    const configs = trust === 'own-ca' ? `configs:\n  "${host}":\n    tls:\n      ca_file: "${file}"\n` : '';
    return [
      ...(trust === 'own-ca'
        ? [{ what: 'Give each node the certificate', command: `sudo install -D -m 644 ${quote(ca!)} ${file}` }]
        : []),
      {
        what: 'Write on each node, or add to what is there',
        file: '/etc/rancher/k3s/registries.yaml',
        text: `${mirrors}${configs}`,
      },
      { what: 'Restart it (on agents: k3s-agent)', command: 'sudo systemctl restart k3s' },
    ];
  },
};

export const kind: Client = {
  name: 'kind',
  title: 'kind',
  source: 'https://kind.sigs.k8s.io/docs/user/local-registry/',
  trust: (registry) => {
    const folder = `${HOSTS_FOLDER}/${registry.host}`;
    const write = `docker exec -i "$node" cp /dev/stdin ${folder}/hosts.toml`;
    const copy = registry.trust === 'own-ca' ? `  docker cp ${quote(registry.ca!)} "$node:${folder}/ca.crt"\n` : '';
    return [
      {
        what: 'Write the file for containerd on each node',
        command: `for node in $(kind get nodes); do\n  docker exec "$node" mkdir -p ${folder}\n${copy}  ${write} <<'END'\n${hostsToml(registry, `${folder}/ca.crt`)}END\ndone`,
      },
    ];
  },
};

export const minikube: Client = {
  name: 'minikube',
  title: 'minikube',
  source: 'https://minikube.sigs.k8s.io/docs/handbook/untrusted_certs/',
  trust: ({ host, trust, ca }) =>
    trust === 'plain-http'
      ? [
          {
            what: 'Start it with (an existing one has to be deleted first)',
            command: `minikube start --insecure-registry ${host}`,
          },
        ]
      : [
          {
            what: 'Give it the certificate',
            command: `install -D -m 644 ${quote(ca!)} ~/.minikube/certs/${host}.pem`,
          },
          {
            what: 'Where it runs, stop it: its container runtime reads certificates when it starts',
            command: 'minikube stop',
          },
          { what: 'Start it, which copies the certificate to the nodes', command: 'minikube start --embed-certs' },
        ],
};

export const pods: Client = {
  name: 'pods',
  title: 'Pods',
  source: 'https://kubernetes.io/docs/tasks/configure-pod-container/pull-image-private-registry/',
  login: ({ host }) => [
    {
      what: 'Make a Secret with the login in the namespace of the pods; the password is asked for',
      command: `read -rs PASSWORD\nkubectl -n NAMESPACE create secret docker-registry registry-login --docker-server=${host} --docker-username=USER --docker-password="$PASSWORD"`,
    },
    {
      what: 'Give it to the ServiceAccount that the pods run as; pods that are made from then on use it',
      command: `kubectl -n NAMESPACE patch serviceaccount default --patch '{"imagePullSecrets":[{"name":"registry-login"}]}'`,
    },
  ],
};
