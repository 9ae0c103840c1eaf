import { existsSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { makePlan } from '../../plan/plan.js';
import { compareTree, makeFolder, MANIFEST, recover, TreeError, writeChanges } from '../../tree/index.js';
import { colours } from '../shared/colours.js';
import { CliError, EXIT } from '../shared/exit.js';
import { fromHere, type Location, placeOf, readBeside, readInput } from '../shared/input.js';
import { refuseInTheWay } from './in-the-way.js';
import { isOwnPackage, lockFile, type OwnPackage, PACKAGE, packOwn } from './own-package.js';
import { packageJson } from './package-json.js';
import { startRepository } from './repository.js';
import { toldOf } from '../shared/plan-findings.js';

const SCHEMA = 'schemas/registry.schema.json';
/** The files as they are written, put beside the program when it is bundled. */
const TEMPLATES = join(import.meta.dirname, 'init');

interface Template {
  /** Where it is written. */
  path: string;
  /** Its name among the templates. */
  from: string;
  /** Whether git has to be able to run it. */
  executable?: boolean;
  /** Whether it works at the top of a repository only. */
  top?: boolean;
}

const FILES: readonly Template[] = [
  { path: 'README.md', from: 'README.md' },
  { path: '.gitignore', from: 'gitignore' },
  { path: '.gitattributes', from: 'gitattributes' },
  { path: '.githooks/pre-commit', from: 'pre-commit', executable: true, top: true },
  { path: '.github/workflows/registry.yaml', from: 'workflow.yaml', top: true },
  { path: '.github/actions/registry-gitops/action.yml', from: 'action.yml', top: true },
  { path: 'renovate.json', from: 'renovate.json', top: true },
];

const THERE = 'is there already, and is left as it is';

/** What was done with each file. */
interface Done {
  wrote: string[];
  /** What was not written, each with the reason. */
  left: string[];
}

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
    if (!write(file, registryYaml(root)))
      throw new CliError(`${file} exists already, and is left as it is; --config names another`, EXIT.files);
    console.log(
      `Wrote ${file}. Set the host and the storage in it, then run \`registry-gitops generate --config ${file}\`.`,
    );
    return EXIT.ok;
  }
  refuseInTheWay(root, [...FILES.map(({ path }) => path), 'package.json', 'package-lock.json']);
  if (existsSync(join(root, 'package.json')) && isOwnPackage(readFileSync(join(root, 'package.json'), 'utf8')))
    throw new CliError(
      'this is the repository of registry-gitops itself; name a folder for yours: npm run init -- ../registry',
    );
  // What is there already may be wrong, or in the way: that is known before anything is written.
  const bytes = existsSync(file) ? ownInput(file) : Buffer.from(registryYaml(root));
  const plan = await makePlan(bytes, file, { readBeside: readBeside(file) });
  const { text, failed } = await toldOf(plan, root, file);
  process.stderr.write(text);
  if (failed) {
    console.error(
      'Nothing was written. A rule that may be broken is named in checks.ignore, with the reason; docs/reference/checks.md has them all.',
    );
    return EXIT.found;
  }
  const hasTree = existsSync(join(root, MANIFEST));
  const { changes, foreign } = hasTree ? { changes: [], foreign: [] } : compareTree(root, plan.files);
  if (foreign.length > 0)
    throw new TreeError(
      `these files are in the way of the tree: ${foreign.join(', ')}; move them away, then run again. Nothing was written.`,
    );
  const own = packOwn();
  refuseInTheWay(root, [own.path]);
  const packaged = packageOf(root, own);
  const done: Done = { wrote: [], left: [] };
  const repository = startRepository(root);
  note(file, write(file, bytes), done);
  writePackage(root, packaged, done);
  if (!packaged.has) writeOwn(root, own, packaged.before === undefined, done);
  writeTemplates(root, repository.top, done);
  if (hasTree) done.left.push(`the tree ${THERE}`);
  else {
    await recover(root);
    if (changes.length > 0) await writeChanges(root, changes);
    done.wrote.push(
      `base/ and ${plan.config.overlays.map(({ name }) => `overlays/${name}`).join(', ')} (${plan.files.size} files)`,
    );
  }
  tell(done, repository.made);
  console.log(`\n${colours.bold('Next')}`);
  for (const step of steps(
    root,
    file,
    repository.made !== undefined,
    packaged.has || done.wrote.includes('package-lock.json'),
  ))
    console.log(`  ${step}`);
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

function note(path: string, written: boolean, { wrote, left }: Done): void {
  if (written) wrote.push(path);
  else left.push(`${path} ${THERE}`);
}

/** @param top of the repository that root is in; undefined: root is it */
function writeTemplates(root: string, top: string | undefined, done: Done): void {
  const folder = relative(top ?? realpathSync(root), realpathSync(root)).replaceAll(sep, '/');
  for (const { path, from, executable, top: atTop } of FILES) {
    if (atTop && folder !== '') done.left.push(`${path} belongs at the top of the repository, and is not written`);
    else note(path, write(join(root, path), forFolder(template(from), folder), executable ? 0o755 : undefined), done);
  }
}

function template(name: string): string {
  return readFileSync(join(TEMPLATES, name), 'utf8');
}

/** @param folder in the repository; empty: its top. @returns the text with the parts that are for such a folder */
function forFolder(text: string, folder: string): string {
  return text
    .replace(/<!-- top -->\n([^]*?)<!-- below -->\n([^]*?)<!-- end -->\n/g, folder === '' ? '$1' : '$2')
    .replaceAll('{{folder}}', () => folder);
}

function registryYaml(folder: string): string {
  const schema = existsSync(join(folder, SCHEMA)) ? `./${SCHEMA}` : `./node_modules/${PACKAGE}/${SCHEMA}`;
  return `# yaml-language-server: $schema=${schema}\n${template('registry.yaml')}`;
}

/** @returns whether it was written: not where there is something. @throws CliError where it cannot be */
function write(path: string, text: string | Uint8Array, mode?: number): boolean {
  try {
    makeFolder(dirname(path));
    writeFileSync(path, text, { flag: 'wx', ...(mode === undefined ? {} : { mode }) });
    return true;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return false;
    throw new CliError(`${fromHere(path)} cannot be written: ${message}`, EXIT.files);
  }
}

/** @returns the package.json that is to be there. @throws CliError where that which is there is none */
function packageOf(
  root: string,
  { path: tarball }: OwnPackage,
): { before: string | undefined } & ReturnType<typeof packageJson> {
  const path = join(root, 'package.json');
  const before = existsSync(path) ? readFileSync(path, 'utf8') : undefined;
  try {
    return { before, ...packageJson(before, `file:${tarball}`) };
  } catch (error) {
    throw new CliError(
      `${fromHere(path)}: npm cannot read it: ${(error as Error).message}; mend it, or remove it. Nothing was written.`,
    );
  }
}

/** Writes the generator itself; and where no other package is needed, the lock file that pins it. */
function writeOwn(root: string, own: OwnPackage, isAlone: boolean, done: Done): void {
  note(own.path, write(join(root, own.path), own.bytes), done);
  if (isAlone)
    note('package-lock.json', write(join(root, 'package-lock.json'), lockFile(basename(resolve(root)), own)), done);
}

/** `npm install` of the tarball makes a package.json without scripts: those are added, and nothing of it is changed. */
function writePackage(
  root: string,
  { before, text, added }: ReturnType<typeof packageOf>,
  { wrote, left }: Done,
): void {
  if (before === undefined) wrote.push('package.json');
  else
    left.push(
      added.length > 0
        ? `package.json is there already, and got the scripts ${added.join(', ')}`
        : `package.json ${THERE}`,
    );
  if (text === before) return;
  try {
    writeFileSync(join(root, 'package.json'), text);
  } catch (error) {
    throw new CliError(
      `${fromHere(join(root, 'package.json'))} cannot be written: ${(error as Error).message}`,
      EXIT.files,
    );
  }
}

function tell({ wrote, left }: Done, made: string | undefined): void {
  for (const what of [...wrote, ...(made ? [made] : [])]) console.log(`${colours.green('+')} ${what}`);
  for (const what of left) console.log(`${colours.dim('=')} ${what}`);
}

/** @param isLocked whether the lock file has what package.json names */
function steps(root: string, file: string, isNew: boolean, isLocked: boolean): string[] {
  return [
    isLocked ? 'npm ci' : 'npm install',
    ...(existsSync(join(resolve(root), '.githooks/pre-commit')) ? ['git config core.hooksPath .githooks'] : []),
    ...(isNew ? ["git add -A && git commit -m 'Start the registry'"] : ['npm run commit']),
    `set the host and the storage in ${file}, then: npm run generate`,
    'generate prints the way from there to the first push',
  ];
}
