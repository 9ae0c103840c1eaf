/** Debian's programs for a node, unpacked into a folder: nothing is installed, no service starts. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Cache } from './cache.js';

/** What runs on the node, and what images are made of. */
const PACKAGES = [
  'busybox-static',
  'conntrack',
  'containerd',
  'containernetworking-plugins',
  'docker-registry',
  'etcd-server',
  'iproute2',
  'ipset',
  'iptables',
  'redis-server',
  'redis-tools',
  'runc',
];

/** Commands that a package's installation would choose a program for. */
const IPTABLES = ['iptables', 'ip6tables'].flatMap((name) => [name, `${name}-save`, `${name}-restore`]);

/**
 * Unpacks the packages, and those that they depend on and that the machine does not have.
 *
 * @returns the folder, laid out as / is: usr/bin/etcd
 * @throws Error if apt or dpkg are missing, or a package cannot be downloaded
 */
export function unpackPackages(cache: Cache): Promise<string> {
  return cache.part(`packages-${release()}-${hashOf(PACKAGES)}`, (output) => {
    const downloads = mkdtempSync(join(tmpdir(), 'packages-'));
    try {
      download(downloads);
      mkdirSync(output);
      for (const file of readdirSync(downloads)) execFileSync('dpkg-deb', ['-x', join(downloads, file), output]);
    } finally {
      rmSync(downloads, { recursive: true, force: true });
    }
    for (const name of IPTABLES) symlinkSync('xtables-nft-multi', join(output, 'usr/sbin', name));
  });
}

/** Names the release of the machine's Debian, as packages of another one need other libraries. */
function release(): string {
  const file = '/etc/os-release';
  const codename = existsSync(file) && /^VERSION_CODENAME="?([\w.-]+)/m.exec(readFileSync(file, 'utf8'))?.[1];
  if (!codename) throw new Error(`a node is built from packages of Debian, and ${file} names no release of it`);
  return codename;
}

function download(folder: string): void {
  try {
    apt(['download', ...withDependencies()], folder);
  } catch {
    // The machine's lists of packages are missing or out of date.
    apt(['update'], folder);
    for (const file of readdirSync(folder)) rmSync(join(folder, file));
    apt(['download', ...withDependencies()], folder);
  }
}

/** @returns the packages, and what apt would install with them. */
function withDependencies(): string[] {
  const plan = apt(['install', '--yes', '--no-install-recommends', '--print-uris', ...PACKAGES], tmpdir());
  const planned = [...plan.matchAll(/^'\S+' ([^_\s]+)_\S+\.deb /gm)].map(([, name]) => name!);
  return [...new Set([...PACKAGES, ...planned])];
}

function apt(args: string[], cwd: string): string {
  // Otherwise root warns of a folder that apt's own user cannot enter.
  const options = ['-qq', '-o', 'APT::Sandbox::User='];
  return execFileSync('apt-get', [...options, ...args], { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

function hashOf(names: string[]): string {
  return createHash('sha256').update(names.join('\n')).digest('hex').slice(0, 8);
}
