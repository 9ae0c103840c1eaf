/**
 * The images that a node runs, made on this machine of what Debian, npm and the Go module proxy have. They go by the names of
 * the official ones, and are like them in what the tree uses: the paths of programs, entrypoints, a shell and its tools.
 * Redis is Debian's version; Node is built for glibc.
 */
import { join } from 'node:path';
import type { Cache } from './cache.js';
import { type Entry, fingerprint, type Image, type RunConfig, writeImage } from './image.js';
import { COREDNS, defaultImages, fullName, OLDER_REGISTRIES, PAUSE, TRAEFIK } from './names.js';
import { buildCoreDns, buildNode, buildPause, buildRegistry } from './programs.js';
import { base, libraries, tools } from './root-files.js';
import { buildTraefik } from './traefik.js';

const PATH = ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'];

/** As the official image: a configuration file or a subcommand is for the registry, all else is a command of its own. */
const REGISTRY_ENTRYPOINT = `#!/bin/sh
case "$1" in
  *.yml | *.yaml) exec registry serve "$@" ;;
  serve | garbage-collect | help | -*) exec registry "$@" ;;
  *) exec "$@" ;;
esac
`;
const REGISTRY_CONFIG = `version: 0.1
storage:
  filesystem:
    rootdirectory: /var/lib/registry
  delete:
    enabled: true
http:
  addr: :5000
`;

/**
 * @param cache of images @param programs cache of what is built for them @param packages folder of the unpacked packages
 * @returns the archives, for `ctr images import`
 */
export async function buildImages(cache: Cache, programs: Cache, packages: string): Promise<string[]> {
  const field = defaultImages();
  const images: Image[] = [
    { reference: PAUSE, ...pauseImage(await buildPause(programs)) },
    { reference: COREDNS, ...coreDnsImage(await buildCoreDns(programs)) },
  ];
  for (const reference of [field.get('image')!, ...OLDER_REGISTRIES])
    images.push({ reference, ...registryImage(packages, await buildRegistry(programs, packages, reference)) });
  for (const reference of new Set([field.get('gc.image')!, field.get('metrics.image')!]))
    images.push({ reference, ...nodeImage(packages, await buildNode(programs, reference)) });
  images.push({ reference: field.get('redis.image')!, ...redisImage(packages) });

  const archives: string[] = [];
  for (const image of images) archives.push(await archive(cache, image));
  return archives;
}

/** @returns the archive of Traefik's image, which a node has where it is imported. */
export async function buildTraefikImage(cache: Cache, programs: Cache, packages: string): Promise<string> {
  return archive(cache, { reference: TRAEFIK, ...traefikImage(packages, await buildTraefik(programs)) });
}

function archive(cache: Cache, image: Image): Promise<string> {
  const named = { ...image, reference: fullName(image.reference) };
  const name = `${image.reference.split('/').at(-1)!.replace(':', '-')}-${fingerprint(named)}.tar`;
  return cache.part(name, (output) => writeImage(output, named));
}

type Contents = Pick<Image, 'entries' | 'config'>;

function pauseImage(program: string): Contents {
  return {
    entries: [...base(), executable('pause', program)],
    config: { Entrypoint: ['/pause'], User: '65535:65535' },
  };
}

function coreDnsImage(program: string): Contents {
  return {
    entries: [...base(), executable('coredns', program)],
    config: { Entrypoint: ['/coredns'], WorkingDir: '/' },
  };
}

function traefikImage(packages: string, program: string): Contents {
  return {
    entries: [...base(), ...tools(packages), executable('usr/local/bin/traefik', program)],
    config: { Entrypoint: ['traefik'], Env: PATH },
  };
}

function registryImage(packages: string, program: string): Contents {
  const config: RunConfig = {
    Entrypoint: ['/entrypoint.sh'],
    Cmd: ['/etc/distribution/config.yml'],
    Env: PATH,
    Volumes: { '/var/lib/registry': {} },
  };
  const entries = [
    ...base(),
    ...tools(packages),
    executable('bin/registry', program),
    ...libraries(packages, [program]),
    { path: 'entrypoint.sh', text: REGISTRY_ENTRYPOINT, mode: 0o755 },
    { path: 'etc/distribution/config.yml', text: REGISTRY_CONFIG },
    { path: 'var/lib/registry' },
  ];
  return { entries, config };
}

function nodeImage(packages: string, program: string): Contents {
  const entries = [
    ...base({ node: 1000 }),
    ...tools(packages),
    executable('usr/local/bin/node', program),
    ...libraries(packages, [program]),
    { path: 'home/node', owner: 1000 },
  ];
  return { entries, config: { Cmd: ['node'], Env: PATH } };
}

function redisImage(packages: string): Contents {
  const programs = ['redis-server', 'redis-cli', 'redis-benchmark'].map((name) => join(packages, 'usr/bin', name));
  const entries = [
    ...base({ redis: 999 }),
    ...tools(packages),
    ...programs.map((program) => executable(`usr/local/bin/${program.split('/').at(-1)}`, program)),
    { path: 'usr/local/bin/redis-sentinel', link: 'redis-server' },
    ...libraries(packages, programs),
    { path: 'data', owner: 999 },
  ];
  return { entries, config: { Cmd: ['redis-server'], Env: PATH, WorkingDir: '/data', Volumes: { '/data': {} } } };
}

function executable(path: string, from: string): Entry {
  return { path, from, mode: 0o755 };
}
