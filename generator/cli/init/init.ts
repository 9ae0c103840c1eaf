import { existsSync, realpathSync } from 'node:fs';
import { join, relative, resolve, sep } from 'node:path';
import { makePlan } from '../../plan/index.js';
import { compareTree, makeFolder, MANIFEST, recover, TreeError, writeChanges } from '../../tree/index.js';
import { colours } from '../shared/colours.js';
import { CliError, EXIT } from '../shared/exit.js';
import { type Location, placeOf, readBeside, readInput } from '../shared/input.js';
import { refuseInTheWay } from './in-the-way.js';
import { installSteps, type OwnPackage, prepareOwnPackage, writeOwnPackage } from './own-package.js';
import { startRepository } from './repository.js';
import { FILES, fill, registryYaml, template } from './templates.js';
import { EXISTS, note, type Report, writeNew } from './write-new.js';
import { findingsOf } from '../shared/plan-findings.js';

/**
 * `init`: writes a repository to start from, or with --config its registry.yaml alone; never over an existing file.
 *
 * @param folder to write it in, made where it is missing; undefined: the one that the command runs in
 * @returns the exit code
 */
export async function init(folder: string | undefined, { config }: Pick<Location, 'config'>): Promise<number> {
  if (folder !== undefined) enter(folder, config);
  const { file, root } = placeOf({ config });
  if (config !== undefined) {
    if (!writeNew(file, registryYaml(root)))
      throw new CliError(`${file} exists already, and is left as it is; --config names another`, EXIT.files);
    console.log(
      `Wrote ${file}. Set the host and the storage in it, then run \`registry-gitops generate --config ${file}\`.`,
    );
    return EXIT.ok;
  }
  refuseInTheWay(
    root,
    FILES.map(({ path }) => path),
  );
  const own = await prepareOwnPackage(root);
  // What is there already may be wrong, or in the way: that is known before anything is written.
  const bytes = existsSync(file) ? ownInput(file) : Buffer.from(registryYaml(root));
  const plan = await makePlan(bytes, file, { readBeside: readBeside(file) });
  const { text, failed } = await findingsOf(plan, root, file);
  process.stderr.write(text);
  if (failed) {
    console.error(
      'Nothing was written. A rule that may be broken is named in checks.ignore, with the reason; docs/reference/checks.md has them all.',
    );
    return EXIT.found;
  }
  const hasTree = existsSync(join(root, MANIFEST));
  const comparison = hasTree ? undefined : compareTree(root, plan.files);
  if (comparison && comparison.foreign.length > 0)
    throw new TreeError(
      `these files are in the way of the tree: ${comparison.foreign.join(', ')}; move them away, then run again. Nothing was written.`,
    );
  const report: Report = { wrote: [], left: [] };
  const repository = startRepository(root);
  note(report, file, writeNew(file, bytes));
  writeOwnPackage(root, own, report);
  writeTemplates(root, repository.top, report);
  if (!comparison) report.left.push(`the tree ${EXISTS}`);
  else {
    await recover(root);
    if (comparison.changes.length > 0) await writeChanges(root, comparison);
    report.wrote.push(
      `base/ and ${plan.config.overlays.map(({ name }) => `overlays/${name}`).join(', ')} (${plan.files.size} files)`,
    );
  }
  print(report, repository.made);
  console.log(`\n${colours.bold('Next')}`);
  for (const step of steps(root, file, repository.made !== undefined, own)) console.log(`  ${step}`);
  return EXIT.ok;
}

/** Goes to a folder, which is made where it is missing. */
function enter(folder: string, config: string | undefined): void {
  if (config !== undefined) throw new CliError('init takes a folder or --config, and not both');
  try {
    makeFolder(folder);
    process.chdir(folder);
  } catch (error) {
    throw new CliError(`${folder}: no repository can be made there: ${(error as Error).message}`, EXIT.files);
  }
}

function ownInput(file: string): Uint8Array {
  const bytes = readInput(file);
  if (Buffer.from(bytes).toString('utf8').trim() === '')
    throw new CliError(
      `${file}:1:1: the file is empty; remove it, then run again, which writes one to start from. Nothing was written.`,
    );
  return bytes;
}

/** @param top of the repository that root is in; undefined: root is it */
function writeTemplates(root: string, top: string | undefined, report: Report): void {
  const folder = relative(top ?? realpathSync(root), realpathSync(root)).replaceAll(sep, '/');
  for (const { path, from, executable, top: atTop } of FILES) {
    if (atTop && folder !== '') report.left.push(`${path} belongs at the top of the repository, and is not written`);
    else note(report, path, writeNew(join(root, path), fill(template(from), folder), executable ? 0o755 : undefined));
  }
}

function print({ wrote, left }: Report, made: string | undefined): void {
  for (const what of [...wrote, ...(made ? [made] : [])]) console.log(`${colours.green('+')} ${what}`);
  for (const what of left) console.log(`${colours.dim('=')} ${what}`);
}

function steps(root: string, file: string, isNew: boolean, own: OwnPackage): string[] {
  return [
    ...installSteps(root, own),
    ...(existsSync(join(resolve(root), '.githooks/pre-commit')) ? ['git config core.hooksPath .githooks'] : []),
    ...(isNew ? ["git add -A && git commit -m 'Start the registry'"] : ['npm run commit']),
    `set the host and the storage in ${file}, then: npm run generate`,
    'generate prints the way from there to the first push',
  ];
}
