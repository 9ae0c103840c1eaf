import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, realpathSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import type { Test } from 'uvu';

/** Defines a test that needs a tool: skipped by name where the tool is missing, failed there in CI. */
export function testWith(test: Test, tool: string, found: boolean, name: string, run: () => unknown): void {
  if (found) test(name, async () => void (await run()));
  else if (process.env['CI'] === 'true') {
    test(name, () => {
      throw new Error(`${tool} is missing, and CI may skip nothing`);
    });
  } else {
    console.log(`skipped for want of ${tool}: ${name}`);
    test.skip(name, () => {});
  }
}

/** @returns the full path of a program on the PATH. */
export function findProgram(name: string): string | undefined {
  return (process.env['PATH'] ?? '')
    .split(delimiter)
    .map((folder) => join(folder, name))
    .find((path) => existsSync(path));
}

export interface Kustomize {
  /** Such as kubectl.1.33 (kustomize v5.6.0). */
  label: string;
  version: string;
  /** Program and arguments, to be followed by the folder. */
  command: [program: string, ...args: string[]];
}

/** @returns every kustomize 5 at hand: kustomize itself, the kubectl on the PATH, and those beside it (kubectl.1.33). */
export function findKustomizes(): Kustomize[] {
  const found: Kustomize[] = [];
  const kustomize = findProgram('kustomize');
  if (kustomize) {
    const version = execFileSync(kustomize, ['version'], { encoding: 'utf8' }).trim();
    found.push({ label: `kustomize (${version})`, version, command: [kustomize, 'build'] });
  }
  const kubectl = findProgram('kubectl');
  if (kubectl) {
    const folder = dirname(realpathSync(kubectl));
    for (const name of readdirSync(folder)
      .filter((name) => /^kubectl(\.\d+\.\d+)?$/.test(name))
      .sort()) {
      const program = join(folder, name);
      const text = execFileSync(program, ['version', '--client'], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      });
      const version = /Kustomize Version: (v\S+)/.exec(text)?.[1];
      if (version) found.push({ label: `${name} (kustomize ${version})`, version, command: [program, 'kustomize'] });
    }
  }
  return found.filter(({ version }) => version.startsWith('v5.'));
}
