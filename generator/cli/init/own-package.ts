/** The generator as a file of the repository that `init` starts: no registry is asked for it, and its contents are pinned. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CliError, EXIT } from '../shared/exit.js';

/** With a scope: a name without one could be taken by anybody, whose code npx would then run. */
export const PACKAGE = '@registry-gitops/cli';
/** Where the package is, when the program is bundled. */
const ROOT = join(import.meta.dirname, '..');

/** The package as npm packs it. */
export interface OwnPackage {
  /** Where it is written, from the folder of package.json. */
  path: string;
  bytes: Buffer;
  version: string;
  /** As npm has it in lock files. */
  integrity: string;
}

/** @returns whether a package.json is this program's own */
export function isOwnPackage(text: string): boolean {
  try {
    return (JSON.parse(text) as { name?: string } | null)?.name === PACKAGE;
  } catch {
    return false;
  }
}

/**
 * Packs the program that runs, without network and without running a script of it. The same program gives the same bytes.
 *
 * @throws CliError where npm is missing or fails
 */
export function packOwn(): OwnPackage {
  const folder = mkdtempSync(join(tmpdir(), 'registry-gitops-pack-'));
  try {
    const args = ['pack', '--json', '--ignore-scripts', '--offline', '--pack-destination', folder];
    const { status, stdout, stderr, error } = spawnSync('npm', args, { cwd: ROOT, encoding: 'utf8' });
    if (error)
      throw new CliError('npm is not on the PATH, and is needed to pack the generator; install it', EXIT.files);
    if (status !== 0) throw new CliError(`npm cannot pack the generator: ${stderr.trim()}`, EXIT.files);
    const [{ filename, version }] = JSON.parse(stdout) as [{ filename: string; version: string }];
    const bytes = readFileSync(join(folder, filename));
    const integrity = `sha512-${createHash('sha512').update(bytes).digest('base64')}`;
    return { path: `tools/${filename}`, bytes, version, integrity };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** @returns a package-lock.json for a package that depends on this one alone: `npm ci` then asks no registry, and compares the hash */
export function lockFile(name: string, { path, version, integrity }: OwnPackage): string {
  const { license, bin, engines } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as Record<
    string,
    unknown
  >;
  const lock = {
    name,
    lockfileVersion: 3,
    requires: true,
    packages: {
      '': { devDependencies: { [PACKAGE]: `file:${path}` } },
      [`node_modules/${PACKAGE}`]: { version, resolved: `file:${path}`, integrity, dev: true, license, bin, engines },
    },
  };
  return `${JSON.stringify(lock, null, 2)}\n`;
}
