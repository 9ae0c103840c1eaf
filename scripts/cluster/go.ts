/** Go programs, built from the module proxy: one at a time, as each takes all processors and gigabytes of memory. */
import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, cpSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { moduleFolder } from '../schemas/go-modules.js';

const ENVIRONMENT = { GOFLAGS: '-buildvcs=false', GOTOOLCHAIN: 'auto' };

/** How a program is linked. */
export interface Linking {
  /** Values for variables of the program: package.variable -> text. */
  variables?: Record<string, string>;
  /** Whether it may link C libraries, as the kubelet does; otherwise it runs in an image that has none. */
  cgo?: boolean;
}

/**
 * Builds a package in a module that depends on it.
 *
 * @param module folder with a go.mod; what Go adds to it stays there
 * @throws Error with what Go says
 */
export function goBuild(module: string, goPackage: string, output: string, linking: Linking = {}): void {
  run(['build', '-mod=mod', '-trimpath', ...linkerFlags(linking), '-o', output, goPackage], module, linking);
}

/**
 * Builds a package of a module in a copy of it, as Go writes into go.mod and go.sum. So does a released program whose module
 * replaces others, which `go install` refuses.
 *
 * @param folder of the module
 */
export function goBuildCopy(folder: string, output: string, goPackage = '.'): void {
  inTemporaryFolder((copy) => {
    cpSync(folder, copy, { recursive: true });
    for (const name of ['.', 'go.mod', 'go.sum'].map((file) => join(copy, file)))
      // Files in Go's cache are read-only.
      if (existsSync(name)) chmodSync(name, 0o755);
    goBuild(copy, goPackage, output);
  });
}

/** Builds a released program. @param program path of its package, @ and its version */
export function goInstall(program: string, output: string, linking: Linking = {}): void {
  inTemporaryFolder((folder) => {
    run(['install', '-trimpath', ...linkerFlags(linking), program], folder, linking, { GOBIN: folder });
    // Go leaves out the major version that a path may end with.
    copyFileSync(join(folder, basename(program.replace(/(\/v\d+)?@.*/, ''))), output);
  });
}

/**
 * Builds a released program whose go.mod replaces modules, which `go install` refuses, in a module that requires it. What it replaces by
 * a folder of its own repository is released as a module, too, and is taken from there.
 *
 * @param program path of its module, whose main package is at the top, @ and its version
 */
export function goBuildReleased(program: string, output: string): void {
  const source = moduleFolder(program);
  const [path, version] = program.split('@') as [string, string];
  const { Go, Replace } = JSON.parse(
    execFileSync('go', ['mod', 'edit', '-json', join(source, 'go.mod')], { encoding: 'utf8' }),
  ) as { Go: string; Replace: { Old: { Path: string }; New: { Path: string; Version?: string } }[] | null };
  const replaced = (Replace ?? []).filter(({ New }) => New.Version);
  const lines = [
    'module program',
    `go ${Go}`,
    `require ${path} ${version}`,
    ...replaced.map(({ Old, New }) => `replace ${Old.Path} => ${New.Path} ${New.Version}`),
  ];
  inTemporaryFolder((module) => {
    writeFileSync(join(module, 'go.mod'), `${lines.join('\n')}\n`);
    copySums(source, module);
    goBuild(module, path, output);
  });
}

/** Copies a module's go.sum, writable: files in Go's cache are not, and Go adds to it. */
export function copySums(source: string, module: string): void {
  copyFileSync(join(source, 'go.sum'), join(module, 'go.sum'));
  chmodSync(join(module, 'go.sum'), 0o644);
}

/** Runs with a folder of its own, removed afterwards. */
export function inTemporaryFolder<T>(use: (folder: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'go-program-'));
  try {
    return use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function linkerFlags({ variables = {} }: Linking): string[] {
  return ['-ldflags', ['-s', '-w', ...Object.entries(variables).map(([name, text]) => `-X ${name}=${text}`)].join(' ')];
}

function run(args: string[], cwd: string, { cgo }: Linking, more: Record<string, string> = {}): void {
  const env = { ...process.env, ...ENVIRONMENT, ...(cgo ? {} : { CGO_ENABLED: '0' }), ...more };
  try {
    execFileSync('go', args, { cwd, env, stdio: ['ignore', 'inherit', 'pipe'], maxBuffer: 64 * 2 ** 20 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    throw new Error(`Go is needed to build ${args.at(-1)}: https://go.dev/doc/install`, { cause: error });
  }
}
