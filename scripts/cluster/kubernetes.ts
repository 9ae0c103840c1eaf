/**
 * Kubernetes' own programs, from the official Go module. Its go.mod replaces its parts with folders that the module does not
 * carry; each part is also released as a module of its own, so a small module that asks for those can build the programs.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { moduleFolder } from '../schemas/go-modules.js';
import { copySums, goBuild, inTemporaryFolder } from './go.js';
import { Cache, type Log } from './cache.js';

const MODULE = 'k8s.io/kubernetes';

/**
 * @param folder keeps the programs, as NAME-VERSION
 * @param version of Kubernetes: v1.34.4
 * @param programs names below cmd/ in Kubernetes' repository
 * @returns the paths of the programs, in the same order; those that are not there are built
 * @throws Error if Go is missing, or says that there is no such version or program
 */
export async function buildKubernetes(
  folder: string,
  version: string,
  programs: readonly string[],
  log?: Log,
): Promise<string[]> {
  const [, minor, patch] = /^v1\.(\d+)\.(\d+)$/.exec(version) ?? [];
  if (!minor) throw new Error(`"${version}" is not a version of Kubernetes, such as v1.34.4`);
  const cache = new Cache(folder, log);
  const built: string[] = [];
  for (const program of programs)
    built.push(
      await cache.part(`${program}-${version}`, (output) =>
        inTemporaryFolder((module) => {
          writeModule(module, version, `v0.${minor}.${patch}`);
          goBuild(module, `${MODULE}/cmd/${program}`, output, {
            variables: versionVariables(version, minor),
            cgo: true,
          });
        }),
      ),
    );
  return built;
}

function writeModule(module: string, version: string, partVersion: string): void {
  const source = moduleFolder(`${MODULE}@${version}`);
  const text = readFileSync(join(source, 'go.mod'), 'utf8');
  const parts = [...text.matchAll(/^\t(\S+) => \.\/staging/gm)].map(([, part]) => part!);
  const lines = [
    'module node',
    /^go \S+$/m.exec(text)![0],
    `require ${MODULE} ${version}`,
    ...parts.map((part) => `replace ${part} => ${part} ${partVersion}`),
  ];
  writeFileSync(join(module, 'go.mod'), `${lines.join('\n')}\n`);
  copySums(source, module);
}

/** Without them a program reports v0.0.0-master as its version. */
function versionVariables(version: string, minor: string): Record<string, string> {
  const component = 'k8s.io/component-base/version';
  return { [`${component}.gitVersion`]: version, [`${component}.gitMajor`]: '1', [`${component}.gitMinor`]: minor };
}
