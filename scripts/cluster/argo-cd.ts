/**
 * Argo CD, as far as it syncs: its application controller and its repository server, from the official Go module, and kustomize,
 * which they run. One suite needs them, so they are no parts of a node.
 */
import { chmodSync, copyFileSync, cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { moduleFolder } from '../schemas/go-modules.js';
import { Cache, type Log } from './cache.js';
import { copySums, goBuild, goInstall, inTemporaryFolder } from './go.js';

const MODULE = 'github.com/argoproj/argo-cd/v3';
const VERSION = 'v3.6.1';
const KUSTOMIZE = 'v5.8.2';
/** Of the parts, below the folder for all of them. */
const PATHS = {
  program: `programs/argo-cd-${VERSION}`,
  kustomize: `programs/kustomize-${KUSTOMIZE}`,
  files: `argo-cd-files-${VERSION}`,
};
/** In the module, and in the part. */
const FILES = [
  ['hack/git-verify-wrapper.sh', 'bin/git-verify-wrapper.sh'],
  ['manifests/base/config', 'config'],
  ['manifests/crds', 'crds'],
] as const;
const PROGRAM = join(import.meta.dirname, 'modules/argo-cd/main.go');

export interface ArgoCdParts {
  /** Takes the name of a controller as its first argument: argocd-application-controller, argocd-repo-server. */
  program: string;
  /** Folders with what the program runs: kustomize, and a script of Argo CD's own. */
  path: string[];
  /** Folders for `kubectl apply --kustomize`: the definitions of Argo CD's kinds, and its configuration as it is shipped. */
  crds: string;
  config: string;
}

/**
 * Builds what is not there yet; each part is kept under its version.
 *
 * @param folder outside of the repository
 * @throws Error if Go is missing, or fails
 */
export async function buildArgoCd(folder: string, log?: Log): Promise<void> {
  const cache = new Cache(folder, log);
  await cache.part(PATHS.kustomize, (output) => {
    mkdirSync(output);
    goInstall(`sigs.k8s.io/kustomize/kustomize/v5@${KUSTOMIZE}`, join(output, 'kustomize'));
  });
  await cache.part(PATHS.program, (output) =>
    inTemporaryFolder((module) => {
      writeModule(module);
      goBuild(module, '.', output);
    }),
  );
  await cache.part(PATHS.files, (output) => {
    const source = moduleFolder(`${MODULE}@${VERSION}`);
    for (const [path, copy] of FILES) cpSync(join(source, path), join(output, copy), { recursive: true });
    chmodSync(join(output, 'bin/git-verify-wrapper.sh'), 0o755);
  });
}

/** @returns what was built in a folder; undefined where that was nothing, or not all */
export function findArgoCd(folder: string): ArgoCdParts | undefined {
  if (!Object.values(PATHS).every((name) => existsSync(join(folder, name)))) return undefined;
  return {
    program: join(folder, PATHS.program),
    path: [join(folder, PATHS.kustomize), join(folder, PATHS.files, 'bin')],
    crds: join(folder, PATHS.files, 'crds'),
    config: join(folder, PATHS.files, 'config'),
  };
}

/** Argo CD replaces a part of itself by a folder that its module does not carry, and that is released as a module too. */
function writeModule(module: string): void {
  const source = moduleFolder(`${MODULE}@${VERSION}`);
  const required = readFileSync(join(source, 'go.mod'), 'utf8')
    .replace(/^module .*/m, 'module argo-cd')
    .replace(/^(replace |\t)\S+ => \.\/.*\n/gm, '');
  writeFileSync(join(module, 'go.mod'), `${required}\nrequire ${MODULE} ${VERSION}\n`);
  copySums(source, module);
  copyFileSync(PROGRAM, join(module, 'main.go'));
}
