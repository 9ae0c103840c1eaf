/** The clients, and what each has to be told of a registry with plain HTTP or with an own certificate authority. */

/** What clients have to know. */
export interface Registry {
  /** With the port, where it is not the usual one. */
  host: string;
  trust: 'public' | 'own-ca' | 'plain-http';
  /** Path of the authority's certificate on this machine. */
  ca: string | undefined;
  /** Reached through `kubectl port-forward` only. */
  isForwarded: boolean;
}

/** One thing to be done: a file with a text, or a command. */
export interface Setting {
  what: string;
  file?: string;
  text?: string;
  command?: string;
}

export interface Client {
  name: string;
  title: string;
  /** Where its own documentation says so. */
  source: string;
  settings(registry: Registry): Setting[];
}

function scheme({ trust }: Registry): 'http' | 'https' {
  return trust === 'plain-http' ? 'http' : 'https';
}

function json(value: object): string {
  return JSON.stringify(value, null, 2);
}

/** containerd's file for one host, which k3s, kind and minikube understand too. */
function hostsToml(registry: Registry, caFile: string): string {
  const { host, trust } = registry;
  const url = `${scheme(registry)}://${host}`;
  return [
    `server = "${url}"`,
    '',
    `[host."${url}"]`,
    '  capabilities = ["pull", "resolve", "push"]',
    ...(trust === 'own-ca' ? [`  ca = "${caFile}"`] : []),
    '',
  ].join('\n');
}

const docker: Client = {
  name: 'docker',
  title: 'Docker',
  source: 'https://docs.docker.com/reference/cli/dockerd/#insecure-registries',
  settings: ({ host, trust, ca }) =>
    trust === 'plain-http'
      ? [
          {
            what: 'Add to the settings of the daemon',
            file: '/etc/docker/daemon.json',
            text: json({ 'insecure-registries': [host] }),
          },
          { what: 'Restart it', command: 'sudo systemctl restart docker' },
        ]
      : [
          {
            what: 'Give it the certificate; no restart is needed',
            command: `sudo install -D -m 644 ${ca} /etc/docker/certs.d/${host}/ca.crt`,
          },
        ],
};

const containerd: Client = {
  name: 'containerd',
  title: 'containerd, on the nodes of a cluster',
  source: 'https://github.com/containerd/containerd/blob/main/docs/hosts.md',
  settings: (registry) => {
    const folder = `/etc/containerd/certs.d/${registry.host}`;
    return [
      ...(registry.trust === 'own-ca'
        ? [{ what: 'Give it the certificate', command: `sudo install -D -m 644 ${registry.ca} ${folder}/ca.crt` }]
        : []),
      { what: 'Write', file: `${folder}/hosts.toml`, text: hostsToml(registry, `${folder}/ca.crt`) },
      {
        what: 'Have it read that folder (containerd 2; in 1.x the plugin is "io.containerd.grpc.v1.cri".registry), and restart it',
        file: '/etc/containerd/config.toml',
        text: '[plugins."io.containerd.cri.v1.images".registry]\n  config_path = "/etc/containerd/certs.d"\n',
      },
    ];
  },
};

const podman: Client = {
  name: 'podman',
  title: 'Podman, Buildah, Skopeo and CRI-O',
  source: 'https://github.com/containers/image/blob/main/docs/containers-registries.conf.5.md',
  settings: ({ host, trust, ca }) =>
    trust === 'plain-http'
      ? [
          {
            what: 'Write',
            file: '/etc/containers/registries.conf.d/registry.conf',
            text: `[[registry]]\nlocation = "${host}"\ninsecure = true\n`,
          },
        ]
      : [
          {
            what: 'Give it the certificate',
            command: `sudo install -D -m 644 ${ca} /etc/containers/certs.d/${host}/ca.crt`,
          },
        ],
};

const k3s: Client = {
  name: 'k3s',
  title: 'k3s',
  source: 'https://docs.k3s.io/installation/private-registry',
  settings: (registry) => {
    const { host, trust, ca } = registry;
    const file = '/etc/rancher/k3s/registry-ca.crt';
    const mirrors = `mirrors:\n  "${host}":\n    endpoint:\n      - "${scheme(registry)}://${host}"\n`;
    const configs = trust === 'own-ca' ? `configs:\n  "${host}":\n    tls:\n      ca_file: ${file}\n` : '';
    return [
      ...(trust === 'own-ca'
        ? [{ what: 'Give each node the certificate', command: `sudo install -m 644 ${ca} ${file}` }]
        : []),
      { what: 'Write on each node', file: '/etc/rancher/k3s/registries.yaml', text: `${mirrors}${configs}` },
      { what: 'Restart it (on agents: k3s-agent)', command: 'sudo systemctl restart k3s' },
    ];
  },
};

const kind: Client = {
  name: 'kind',
  title: 'kind',
  source: 'https://kind.sigs.k8s.io/docs/user/local-registry/',
  settings: (registry) => {
    const folder = `/etc/containerd/certs.d/${registry.host}`;
    const write = `docker exec -i "$node" cp /dev/stdin ${folder}/hosts.toml`;
    const copy = registry.trust === 'own-ca' ? `  docker cp ${registry.ca} "$node:${folder}/ca.crt"\n` : '';
    return [
      {
        what: 'Write the file for containerd on each node',
        command: `for node in $(kind get nodes); do\n  docker exec "$node" mkdir -p ${folder}\n${copy}  ${write} <<'END'\n${hostsToml(registry, `${folder}/ca.crt`)}END\ndone`,
      },
    ];
  },
};

const minikube: Client = {
  name: 'minikube',
  title: 'minikube',
  source: 'https://minikube.sigs.k8s.io/docs/handbook/registry/',
  settings: ({ host, trust, ca }) =>
    trust === 'plain-http'
      ? [
          {
            what: 'Start it with (an existing one has to be deleted first)',
            command: `minikube start --insecure-registry ${host}`,
          },
        ]
      : [
          {
            what: 'Give it the certificate, and start it with it',
            command: `install -D -m 644 ${ca} ~/.minikube/certs/registry-ca.pem\nminikube start --embed-certs`,
          },
        ],
};

const buildkit: Client = {
  name: 'buildkit',
  title: 'BuildKit (docker buildx with a builder of its own)',
  source: 'https://docs.docker.com/build/buildkit/toml-configuration/',
  settings: ({ host, trust, ca }) => [
    {
      what: 'Write',
      file: 'buildkitd.toml',
      text: `[registry."${host}"]\n${trust === 'plain-http' ? '  http = true\n' : `  ca = ["${ca}"]\n`}`,
    },
    { what: 'Make a builder with it', command: 'docker buildx create --use --buildkitd-config buildkitd.toml' },
  ],
};

/** In the order in which they are printed. */
export const CLIENTS: readonly Client[] = [docker, podman, containerd, k3s, kind, minikube, buildkit];
