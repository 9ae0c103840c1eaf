import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { CliError, EXIT } from './exit.js';
import { type Location, placeOf } from './input.js';

const SCHEMA = 'schemas/registry.schema.json';

/** `init`: writes a registry.yaml to start from, never over an existing file. @returns the exit code */
export function init(options: Pick<Location, 'config'>): number {
  const { file } = placeOf(options);
  const folder = dirname(file);
  const schema = existsSync(join(folder, SCHEMA)) ? `./${SCHEMA}` : `./node_modules/registry-gitops/${SCHEMA}`;
  try {
    mkdirSync(folder, { recursive: true });
    writeFileSync(file, template(schema), { flag: 'wx' });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') throw new CliError(`${file} exists already, and is left as it is; --config names another`, EXIT.files);
    throw new CliError(`${file} cannot be written: ${message}`, EXIT.files);
  }
  console.log(`Wrote ${file}. Set the host and the storage in it, then run \`registry-gitops generate\`.`);
  return EXIT.ok;
}

function template(schema: string): string {
  return `# yaml-language-server: $schema=${schema}
#
# A private container registry on Kubernetes: the one file that you write. \`registry-gitops generate\` makes base/ and
# overlays/ of it; commit those too. Lines with a # in front show defaults, or what else there is.

# Name of the registry, of its objects, and of the namespace that they live in.
name: registry
namespace: registry

# The DNS name under which clients reach the registry.
host: registry.example.com

# Pinned by an exact tag or by a digest (then say the version too).
image: registry:3.1.1
# version: "3.1.1"

replicas: 2

storage:
  size: 100Gi
  # Several replicas need a volume that many nodes can mount at once: ReadWriteMany.
  # With ReadWriteOnce set colocate: true (all replicas on one node), or replicas: 1.
  accessMode: ReadWriteMany
  # Empty is the cluster's default class.
  storageClass: ""
  # A volume that exists already, instead of a class:
  # static:
  #   nfs:
  #     server: nfs.example.com
  #     path: /exports/registry
  # Or a bucket instead of all these, at AWS, or where the endpoint says: MinIO, Ceph and others.
  # type: s3
  # s3: { bucket: example-registry, region: eu-central-1, endpoint: "" }

# Users are in a Secret, never in git: \`registry-gitops htpasswd USER\` makes it.
auth:
  type: htpasswd

# Garbage collection. The registry takes no writes meanwhile, pulls go on: choose a time when few push.
gc:
  schedule: "17 3 * * 0"
  deadlineSeconds: 3600
  # dryRun: true
  # deleteUntagged: false

# The Kubernetes that it has to work on: a minor, or a range of which every minor is checked.
# kubernetesVersion: "1.33-1.36"

# What the checks refuse and you have to do all the same, rule by rule, with the reason:
# checks:
#   ignore:
#     plain-http-login: Reached through a VPN only.

# The variants that you want to run. Each becomes a folder overlays/NAME and may override any field above.
overlays:
  # One Redis for all replicas (sidecar: one in each pod), reached over HTTPS.
  tls:
    redis:
      type: statefulset
      # Two replicas and registry 3: one takes the primary's place where that is lost.
      replicas: 2
    ingress:
      # gce, nginx, traefik, haproxy, contour, or the name of another class.
      class: nginx
    tls:
      # Or gke-managed (class gce), or secret with secretName.
      type: cert-manager
      issuer: letsencrypt

  # Another one that builds on it:
  # tls-staging:
  #   extends: tls
  #   namespace: registry-staging
  #   host: registry.staging.example.com
`;
}
