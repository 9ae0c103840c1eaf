/** The generator that a repository carries: a tarball of the program that runs, which package.json and package-lock.json name. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import {
  completePackageJson,
  lockFile,
  newPackageJson,
  PACKAGE,
  packProgram,
  parseFields,
  specOf,
  type Tarball,
  tarballName,
} from '../../package/index.js';
import { gitEnvironment } from '../../publish/index.js';
import { CliError, EXIT } from '../shared/exit.js';
import { fromHere } from '../shared/input.js';
import { refuseInTheWay } from './in-the-way.js';
import { EXISTS, note, type Report, writeNew } from './write-new.js';

/** Where the package of the program is, when it is bundled. */
const PROGRAM = join(import.meta.dirname, '..');
const FOLDER = 'tools';

/** Lock files of other package managers, and what they install with. */
const MANAGERS: readonly [lock: string, name: string][] = [
  ['pnpm-lock.yaml', 'pnpm'],
  ['yarn.lock', 'yarn'],
  ['bun.lock', 'bun'],
  ['bun.lockb', 'bun'],
];

/** What is to be written. */
export interface OwnPackage {
  packageJson: { before: string | undefined; text: string; added: string[] };
  /** Not where package.json names the program already. */
  tarball: (Tarball & { path: string }) | undefined;
  /** The text of package-lock.json; undefined where a package manager has to write its lock file. */
  lock: string | undefined;
}

/**
 * Prepares it, and writes nothing.
 *
 * @param root of the repository
 * @throws CliError where a file that is there cannot be read, or is in the way
 */
export async function prepareOwnPackage(root: string): Promise<OwnPackage> {
  refuseInTheWay(root, ['package.json', 'package-lock.json']);
  const before = textOf(join(root, 'package.json'));
  const named = before === undefined ? undefined : namedIn(root, before);
  const tarball = named === undefined ? await packed(root) : undefined;
  const spec = named ?? `file:${tarball!.path}`;
  const packageJson =
    before === undefined ? { text: newPackageJson(spec), added: [] } : completePackageJson(before, spec);
  return { packageJson: { before, ...packageJson }, tarball, lock: tarball && lockOf(root, packageJson.text, tarball) };
}

/** @returns what package.json says where the program is from. */
function namedIn(root: string, text: string): string | undefined {
  const path = fromHere(join(root, 'package.json'));
  let fields;
  try {
    fields = parseFields(text);
  } catch (error) {
    throw new CliError(
      `${path}: npm cannot read it: ${(error as Error).message}; correct or remove it. Nothing was written.`,
    );
  }
  if (fields['name'] === PACKAGE)
    throw new CliError(
      'this is the repository of registry-gitops itself; name a folder for yours: npm run init -- ../registry',
    );
  return specOf(fields);
}

async function packed(root: string): Promise<Tarball & { path: string }> {
  let tarball;
  try {
    tarball = await packProgram(PROGRAM);
  } catch (error) {
    throw new CliError(
      `the program cannot be packed: ${(error as Error).message}; run it from a clone, or from where it is installed. Nothing was written.`,
      EXIT.files,
    );
  }
  const path = `${FOLDER}/${tarballName(tarball.manifest.version)}`;
  refuseInTheWay(root, [path]);
  const there = join(root, path);
  if (existsSync(there) && !readFileSync(there).equals(tarball.bytes))
    throw new CliError(
      `${fromHere(there)} is not the program that runs; move it away, then run again. Nothing was written.`,
      EXIT.files,
    );
  return { ...tarball, path };
}

function lockOf(root: string, packageJson: string, tarball: Tarball): string | undefined {
  if (otherManager(root) !== undefined) return undefined;
  const path = join(root, 'package-lock.json');
  try {
    return lockFile(textOf(path), parseFields(packageJson), tarball, basename(resolve(root)));
  } catch (error) {
    throw new CliError(
      `${fromHere(path)}: npm cannot read it: ${(error as Error).message}; remove it, then run again. Nothing was written.`,
    );
  }
}

/** Writes it, and adds it to the report. */
export function writeOwnPackage(root: string, { packageJson, tarball, lock }: OwnPackage, report: Report): void {
  const { before, text, added } = packageJson;
  if (before === undefined) report.wrote.push('package.json');
  else if (text === before) report.left.push(`package.json ${EXISTS}`);
  else
    report.left.push(`package.json is there already, and got ${[...added, ...(tarball ? [PACKAGE] : [])].join(', ')}`);
  if (text !== before) replace(join(root, 'package.json'), text);
  if (tarball) note(report, tarball.path, writeNew(join(root, tarball.path), tarball.bytes));
  if (lock === undefined) return;
  const path = join(root, 'package-lock.json');
  if (existsSync(path)) report.left.push(`package-lock.json is there already, and got ${PACKAGE}`);
  else report.wrote.push('package-lock.json');
  replace(path, lock);
}

function replace(path: string, text: string): void {
  try {
    writeFileSync(path, text);
  } catch (error) {
    throw new CliError(`${fromHere(path)} cannot be written: ${(error as Error).message}`, EXIT.files);
  }
}

/** @returns the steps that install the generator, and let git take its tarball where git ignores such files */
export function installSteps(root: string, { tarball, lock }: OwnPackage): string[] {
  const manager = otherManager(root);
  return [
    ...(manager === undefined
      ? [lock === undefined && tarball ? 'npm install' : 'npm ci']
      : [
          `${manager} install`,
          ...(tarball
            ? [`for the action on GitHub, which installs with npm, set its input: tarball: ${tarball.path}`]
            : []),
        ]),
    ...(tarball && isIgnored(root, tarball.path) ? [`git add --force ${tarball.path}`] : []),
  ];
}

/** No program that the repository's settings name is started. */
function isIgnored(root: string, path: string): boolean {
  const args = ['-c', 'core.fsmonitor=false', 'check-ignore', '--quiet', '--', path];
  return spawnSync('git', args, { cwd: root, env: gitEnvironment(), stdio: 'ignore' }).status === 0;
}

function otherManager(root: string): string | undefined {
  return MANAGERS.find(([lock]) => existsSync(join(root, lock)))?.[1];
}

function textOf(path: string): string | undefined {
  return existsSync(path) ? readFileSync(path, 'utf8') : undefined;
}
