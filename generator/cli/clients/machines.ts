/** Clients on a machine of a developer or of CI. */
import { quote } from '../shared/shell.js';
import { type Client, json, toml } from './client.js';

export const docker: Client = {
  name: 'docker',
  title: 'Docker',
  source: 'https://docs.docker.com/reference/cli/dockerd/#insecure-registries',
  trust: ({ host, trust, ca }) =>
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
            command: `sudo install -D -m 644 ${quote(ca!)} /etc/docker/certs.d/${host}/ca.crt`,
          },
        ],
};

export const podman: Client = {
  name: 'podman',
  title: 'Podman, Buildah, Skopeo and CRI-O',
  source: 'https://github.com/containers/image/blob/main/docs/containers-registries.conf.5.md',
  forwarded: true,
  trust: ({ host, trust, ca, isForwarded }) =>
    trust === 'plain-http'
      ? [
          {
            what: 'Write',
            file: `/etc/containers/registries.conf.d/${host.replace(/:\d+$/, '')}.conf`,
            text: toml({ registry: [{ location: host, insecure: true }] }),
          },
          ...(isForwarded
            ? []
            : [{ what: 'Where CRI-O runs, have it read that', command: 'sudo systemctl reload crio' }]),
        ]
      : [
          {
            what: 'Give it the certificate; it is read at each pull and push',
            command: `sudo install -D -m 644 ${quote(ca!)} /etc/containers/certs.d/${host}/ca.crt`,
          },
        ],
};

export const buildkit: Client = {
  name: 'buildkit',
  title: 'BuildKit (docker buildx with a builder of its own)',
  source: 'https://docs.docker.com/build/buildkit/toml-configuration/',
  trust: ({ host, trust, ca }) => [
    {
      what: 'Write',
      file: 'buildkitd.toml',
      text: toml({ registry: { [host]: trust === 'plain-http' ? { http: true } : { ca: [ca!] } } }),
    },
    { what: 'Make a builder with it', command: 'docker buildx create --use --buildkitd-config buildkitd.toml' },
  ],
};
