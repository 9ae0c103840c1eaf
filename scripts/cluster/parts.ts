/** All that a Kubernetes node of this machine's own is built of. */
import { existsSync, mkdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, join, relative } from 'node:path';
import { Cache, type Log } from './cache.js';
import { buildImages, buildTraefikImage } from './images.js';
import { buildKubernetes } from './kubernetes.js';
import { unpackPackages } from './packages.js';
import { buildCrane, buildKubeRouter, buildLocalPathProvisioner, buildVolumePrograms } from './programs.js';

export const PARTS_FOLDER = join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'registry-gitops/cluster');

/** Kubernetes of a node where nobody asks for another one. */
const KUBERNETES = 'v1.34.4';
const KUBERNETES_PROGRAMS = ['kubelet', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'kube-proxy'];

export interface Parts {
  /** Folder with the programs of Kubernetes, kube-router, crane, and those that make volumes. */
  bin: string;
  /** Folder with Debian's programs, laid out as / is. */
  packages: string;
  /** Archives for `ctr images import`. */
  images: string[];
  /** The same of Traefik, for the node that it is to run on; undefined where an earlier version of this program built the parts. */
  traefik?: string;
}

/**
 * Builds what is not there yet; each part is kept under its version.
 *
 * @param folder outside of the repository
 * @param options version of Kubernetes, and what is told what is built
 * @throws Error if Go, npm, apt or dpkg are missing, or one of them fails
 */
export async function buildParts(folder: string, options: { version?: string; log?: Log } = {}): Promise<Parts> {
  const { version = KUBERNETES, log } = options;
  const programs = new Cache(join(folder, 'programs'), log);
  const packages = await unpackPackages(new Cache(folder, log));
  const paths = [
    ...(await buildKubernetes(programs.folder, version, KUBERNETES_PROGRAMS, log)),
    await buildKubeRouter(programs),
    await buildCrane(programs),
    ...(await buildVolumePrograms(programs)),
    await buildLocalPathProvisioner(programs),
  ];
  const archives = new Cache(join(folder, 'images'), log);
  const parts = {
    bin: linkPrograms(join(programs.folder, '..', `bin-${version}`), paths),
    packages,
    images: await buildImages(archives, programs, packages),
    traefik: await buildTraefikImage(archives, programs, packages),
  };
  writeFileSync(listOf(folder, version), JSON.stringify(parts));
  return parts;
}

/** @returns what was built in a folder; undefined where that was nothing, or not all */
export function findParts(folder: string, version = KUBERNETES): Parts | undefined {
  const list = listOf(folder, version);
  return existsSync(list) ? (JSON.parse(readFileSync(list, 'utf8')) as Parts) : undefined;
}

const listOf = (folder: string, version: string): string => join(folder, `parts-${version}.json`);

/** @returns the folder, with each program under its name without the version. */
function linkPrograms(folder: string, programs: string[]): string {
  mkdirSync(folder, { recursive: true });
  for (const program of programs) {
    const link = join(folder, basename(program).replace(/-v\d.*/, ''));
    const made = `${link}.${process.pid}`;
    symlinkSync(relative(folder, program), made);
    renameSync(made, link);
  }
  return folder;
}
