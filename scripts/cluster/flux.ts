/** Flux for a node, from its official Go modules: the controllers that sync, and what makes the keys and Secrets that they decrypt. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { moduleFolder } from '../schemas/go-modules.js';
import { Cache, type Log } from './cache.js';
import { goBuildReleased, goInstall } from './go.js';

/** Those of Flux 2.9. Of later versions of the source-controller the module proxy lacks a part. */
const CONTROLLERS = { 'source-controller': 'v1.9.0', 'kustomize-controller': 'v1.9.5' };
/** As that kustomize-controller has them. Program -> module, package in it, version. */
const TOOLS = {
  sops: ['github.com/getsops/sops/v3', 'cmd/sops', 'v3.13.2'],
  'age-keygen': ['filippo.io/age', 'cmd/age-keygen', 'v1.3.1'],
} as const;

/** The paths of the programs. */
export type FluxPrograms = Record<keyof typeof CONTROLLERS | keyof typeof TOOLS, string>;

const controllers = Object.entries(CONTROLLERS).map(([name, version]) => ({
  name,
  version,
  module: `github.com/fluxcd/${name}@${version}`,
}));
const tools = Object.entries(TOOLS).map(([name, [module, path, version]]) => ({
  name,
  version,
  program: `${module}/${path}@${version}`,
}));

/**
 * Builds what is not there yet.
 *
 * @param folder of the parts of a node
 * @throws Error if Go is missing or fails
 */
export async function buildFlux(folder: string, log?: Log): Promise<void> {
  const cache = new Cache(join(folder, 'programs'), log);
  for (const { name, version, module } of controllers)
    await cache.part(`${name}-${version}`, (output) => goBuildReleased(module, output));
  for (const { name, version, program } of tools)
    await cache.part(`${name}-${version}`, (output) => goInstall(program, output));
}

/** @returns what was built in a folder; undefined where that is not all */
export function findFlux(folder: string): FluxPrograms | undefined {
  const paths = [...controllers, ...tools].map(
    ({ name, version }) => [name, join(folder, 'programs', `${name}-${version}`)] as const,
  );
  return paths.every(([, path]) => existsSync(path)) ? (Object.fromEntries(paths) as FluxPrograms) : undefined;
}

/** @returns the folders with the definitions of the controllers' kinds */
export function fluxDefinitions(): string[] {
  return controllers.map(({ module }) => join(moduleFolder(module), 'config/crd/bases'));
}
