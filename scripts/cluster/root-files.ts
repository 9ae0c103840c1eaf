/** What images that are made of other systems' programs need besides them, as Alpine has it: tools, libraries, users. */
import { execFileSync, spawnSync } from 'node:child_process';
import { posix } from 'node:path';
import type { Entry } from './image.js';

/** @returns a shell and the usual tools: BusyBox, where Alpine has it. @param packages folder with Debian's busybox-static */
export function tools(packages: string): Entry[] {
  const busybox = `${packages}/bin/busybox`;
  const commands = execFileSync(busybox, ['--list-full'], { encoding: 'utf8' }).trim().split('\n');
  return [
    { path: 'bin/busybox', from: busybox, mode: 0o755 },
    ...commands
      .filter((path) => path.includes('/') && path !== 'bin/busybox')
      .map((path) => ({ path, link: '/bin/busybox' })),
  ];
}

/** @returns what every image has: a folder for temporary files, and names for root and for the image's own users. */
export function base(users: Record<string, number> = {}): Entry[] {
  const all = Object.entries({ root: 0, ...users, nobody: 65534 });
  const shell = (id: number): string => (id === 65534 ? '/sbin/nologin' : '/bin/sh');
  return [
    { path: 'tmp', mode: 0o1777 },
    { path: 'etc/passwd', text: lines(all.map(([name, id]) => `${name}:x:${id}:${id}:${name}:/:${shell(id)}`)) },
    { path: 'etc/group', text: lines(all.map(([name, id]) => `${name}:x:${id}:`)) },
  ];
}

/**
 * @param programs of this machine, or of the unpacked packages
 * @returns their shared libraries, where the programs look for them
 * @throws Error with the libraries that are not there
 */
export function libraries(packages: string, programs: string[]): Entry[] {
  const paths = new Set<string>();
  for (const program of programs) {
    const env = { ...process.env, LC_ALL: 'C', LD_LIBRARY_PATH: libraryFolders(packages).join(':') };
    const { stdout: listed, stderr, status } = spawnSync('ldd', [program], { encoding: 'utf8', env });
    if (status !== 0 && !stderr.includes('not a dynamic executable')) throw new Error(`ldd ${program}: ${stderr}`);
    const missing = [...listed.matchAll(/^\s*(\S+) => not found/gm)].map(([, name]) => name);
    if (missing.length > 0) throw new Error(`${program} needs ${missing.join(', ')}, which no package brought`);
    for (const [, path] of listed.matchAll(/(\/\S+) \(0x/g)) paths.add(path!);
  }
  return [...paths].map((from) => ({ path: placeOf(from, packages), from, mode: 0o755 }));
}

/** @returns where programs of the unpacked packages find libraries that the machine does not have; /usr/lib's first */
export function libraryFolders(packages: string): string[] {
  return ['usr/lib', 'lib'].map((folder) => `${packages}/${folder}/${multiarch()}`);
}

/** Debian's name for this machine's kind of libraries. */
function multiarch(): string {
  return `${process.arch === 'x64' ? 'x86_64' : 'aarch64'}-linux-gnu`;
}

function placeOf(path: string, packages: string): string {
  return posix.relative('/', path.startsWith(`${packages}/`) ? path.slice(packages.length) : path);
}

function lines(all: string[]): string {
  return all.map((line) => `${line}\n`).join('');
}
