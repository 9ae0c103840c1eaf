/**
 * Builds kube-apiserver from the official Go module, for comparing the checks with it:
 *
 *   node --import tsx scripts/build-apiserver.ts FOLDER [VERSION]
 *
 * The module's own go.mod replaces its parts with folders that the module does not carry, so it is built in a small
 * module that asks for the parts' own releases. FOLDER keeps the program, and Go's cache what it was built from.
 */
import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { moduleFolder } from './schemas/go-modules.js';
import { root } from './schemas/json.js';

/** @returns the newest version that there are schemas for. */
export function newestVersion(): string {
  const { sources } = JSON.parse(readFileSync(join(root, 'schemas/kubernetes/definitions.json'), 'utf8')) as {
    sources: { version: string }[];
  };
  return sources.at(-1)!.version;
}

/** @returns the path of the program, built where it is not there. */
export function buildApiServer(folder: string, version = newestVersion()): string {
  const program = join(resolve(folder), `kube-apiserver-${version}`);
  if (existsSync(program)) return program;
  const source = moduleFolder(`k8s.io/kubernetes@${version}`);
  const parts = [...readFileSync(join(source, 'go.mod'), 'utf8').matchAll(/^\t(\S+) => \.\/staging/gm)].map(
    ([, part]) => part!,
  );
  const [, minor, patch] = version.split('.');
  const module = mkdtempSync(join(tmpdir(), 'kube-apiserver-'));
  try {
    const go = /^go \S+$/m.exec(readFileSync(join(source, 'go.mod'), 'utf8'))![0];
    writeFileSync(
      join(module, 'go.mod'),
      [
        'module apiserver',
        go,
        `require k8s.io/kubernetes ${version}`,
        ...parts.map((part) => `replace ${part} => ${part} v0.${minor}.${patch}`),
        '',
      ].join('\n'),
    );
    writeFileSync(
      join(module, 'tools.go'),
      '//go:build tools\n\npackage tools\n\nimport _ "k8s.io/kubernetes/cmd/kube-apiserver"\n',
    );
    copyFileSync(join(source, 'go.sum'), join(module, 'go.sum'));
    execFileSync('chmod', ['u+w', join(module, 'go.sum')]);
    mkdirSync(resolve(folder), { recursive: true });
    const flags = [
      '-s',
      '-w',
      `-X k8s.io/component-base/version.gitVersion=${version}`,
      '-X k8s.io/component-base/version.gitMajor=1',
      `-X k8s.io/component-base/version.gitMinor=${minor}`,
    ].join(' ');
    execFileSync(
      'go',
      ['build', '-mod=mod', '-trimpath', '-ldflags', flags, '-o', program, 'k8s.io/kubernetes/cmd/kube-apiserver'],
      { cwd: module, stdio: ['ignore', 'inherit', 'pipe'], env: { ...process.env, GOFLAGS: '-buildvcs=false' } },
    );
  } finally {
    rmSync(module, { recursive: true, force: true });
  }
  return program;
}

if (process.argv[1] === import.meta.filename) {
  const [folder, version] = process.argv.slice(2);
  if (!folder) {
    console.error('usage: node --import tsx scripts/build-apiserver.ts FOLDER [VERSION]');
    process.exit(2);
  }
  console.log(buildApiServer(folder, version));
}
