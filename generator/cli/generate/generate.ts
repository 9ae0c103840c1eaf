import { existsSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { ReadBeside } from '../../config/index.js';
import { type Memory, sharedStorage } from '../../fleet/index.js';
import { type ReportedFindings, findingsOf } from '../shared/plan-findings.js';
import type { ReportedFinding } from '../shared/findings.js';
import { keepSettled } from '../../memory/settled.js';
import { makePlan, type Plan, sourceOf } from '../../plan/plan.js';
import {
  compareTree,
  type Committer,
  MANIFEST,
  quiet,
  recover,
  startCommitter,
  TreeError,
  writeChanges,
  type Change,
} from '../../tree/index.js';
import { colours } from '../shared/colours.js';
import { printDeliveryWarnings } from './delivery-warnings.js';
import { EXIT } from '../shared/exit.js';
import { type Location, type Place, readBeside, readInput } from '../shared/input.js';
import type { Next } from './next/index.js';
import { withProgress } from '../shared/progress.js';
import { recall, registriesOf, remember } from '../shared/registries.js';

export interface GenerateOptions extends Location {
  dryRun?: boolean;
  force?: boolean;
  json?: boolean;
  /** Whether what is remembered of the tree is used: unless said otherwise, it is. */
  cache?: boolean;
  /** Print all steps to the first push, whether anything changed or not. */
  steps?: boolean;
}

/** What became of one registry. */
export interface Outcome {
  plan: Plan;
  findings: ReportedFinding[];
  /** The findings as text. */
  text: string;
  /** Whether something was found for which nothing is written. */
  failed: boolean;
  changes: Change[];
  unchanged: number;
  /** Files that somebody edited, and that were left so. */
  left: string[];
}

export interface UpdateOptions extends Pick<GenerateOptions, 'dryRun' | 'force'> {
  /** Contents of registry.yaml, where they are not those of the file. */
  bytes?: Uint8Array;
  /** Whether files that somebody edited are left as they are. */
  leaveEdited?: boolean;
  /** Hears of each file that registry.yaml names, as it is read or cannot be. @param path relative to registry.yaml */
  onRead?: (path: string) => void;
  /** Hears how many of the base and the overlays are made, after each. */
  onProgress?: ((made: number, all: number) => void) | undefined;
  /** Hears of the changes before they are written, while the old tree is there still. */
  beforeWriting?: (plan: Plan, changes: readonly Change[]) => Promise<void>;
}

/** `generate`: writes the tree that registry.yaml gives, or those of a fleet, after checking it. @returns the exit code */
export async function generate(options: GenerateOptions): Promise<number> {
  const { places, isFleet } = await registriesOf(options);
  if (isFleet) return (await import('./fleet.js')).generateAll(places, options);
  const { file, root } = places[0]!;
  const memory = recall(root, options.cache);
  let next: Next | undefined;
  const beforeWriting: UpdateOptions['beforeWriting'] = async (plan, changes) => {
    if (options.json) return;
    const { nextSteps, siteOf } = await import('./next/index.js');
    next = nextSteps(plan, siteOf(plan.config, places[0]!), changes);
  };
  const bytes = readInput(file);
  let namesOthers = false;
  const onRead = (): void => {
    namesOthers = true;
  };
  const outcome = await withProgress(file, (onProgress) =>
    update(places[0]!, { ...options, bytes, onRead, beforeWriting, onProgress }, memory),
  );
  remember(root, memory);
  const { plan, findings, text, failed, changes, unchanged } = outcome;
  if (failed) return tellFindings(findings, text, options.json);
  if (options.json) console.log(JSON.stringify(asJson(outcome, options.dryRun), null, 2));
  else {
    process.stderr.write(text);
    const isMisplaced = printDeliveryWarnings(plan.config, places[0]!);
    tell(plan, changes, unchanged, options, file);
    const isQuiet = changes.length === 0 && text === '' && !isMisplaced;
    if (isQuiet && !namesOthers && isPlain(options)) settle(plan, file, bytes, memory);
    await printSteps(options.steps ? 'all' : next, plan, places[0]!);
  }
  return EXIT.ok;
}

/** Whether it is `generate` and nothing else, in the folder of registry.yaml. */
function isPlain(options: GenerateOptions): boolean {
  return process.argv.length === 3 && options.cache !== false;
}

/** Remembers that nothing is to be done, so that the next run need not find it out: see memory/settled.ts. */
function settle({ config, files }: Plan, file: string, bytes: Uint8Array, memory: Memory | undefined): void {
  const states = memory?.statesOf([...files.keys(), MANIFEST]);
  // Whether there is a folder of secrets is asked each time.
  if (!states || config.delivery?.flux?.secrets) return;
  keepSettled(memory!.program, bytes, states, `${nothingToDo(config, files.size, file)}\n`);
}

function nothingToDo(config: Plan['config'], files: number, file: string): string {
  return `Nothing to do: ${layers(config)} are what ${file} gives (${files} files).`;
}

/** @param next what the change needs; undefined where nothing was written */
async function printSteps(next: Next | 'all' | undefined, plan: Plan, place: Place): Promise<void> {
  if (!next) return;
  const { allSteps, printNext, siteOf } = await import('./next/index.js');
  printNext(next === 'all' ? allSteps(siteOf(plan.config, place)) : next);
}

/**
 * Makes the tree of one registry what its registry.yaml gives, unless something is found.
 *
 * @param memory what is known of the tree from before
 * @param committer writes the tree; where none is given, it is started as soon as it is likely to be needed
 * @throws ConfigError where registry.yaml is wrong, TreeError where the tree cannot be written
 */
export async function update(
  { file, root }: Place,
  options: UpdateOptions,
  memory?: Memory,
  committer?: Committer,
): Promise<Outcome> {
  const bytes = options.bytes ?? readInput(file);
  const reader: ReadBeside = (path) => {
    options.onRead?.(path);
    return readBeside(file)(path);
  };
  const own = options.dryRun
    ? undefined
    : (committer ?? (isNewer(file, join(root, MANIFEST)) ? startCommitter(root) : undefined));
  try {
    const plan = await makePlan(bytes, file, {
      readBeside: reader,
      onProgress: options.onProgress,
      ...(memory ? { memo: memory } : {}),
    });
    const told = await findingsOf(plan, root, file);
    if (told.failed) return { plan, ...told, changes: [], unchanged: 0, left: [] };
    await (options.dryRun ? quiet : recover)(root);
    const { changes: all, unchanged, foreign, edited } = compareTree(root, plan.files, memory);
    if (foreign.length > 0 && !options.force) {
      throw new TreeError(
        [
          'these files are in the way: registry-gitops did not write them.',
          ...foreign.map((path) => `  ${path}`),
          'Move them away, or replace them with --force. Nothing was written.',
        ].join('\n'),
      );
    }
    if (!options.force) refuseOthersTree(file, root, all);
    const left = options.leaveEdited ? edited : [];
    const changes = all.filter(({ path }) => !left.includes(path));
    const inPlace = await reportInPlaceChanges(plan, root, file, changes);
    if (changes.length > 0 && !options.dryRun) await options.beforeWriting?.(plan, changes);
    if (changes.length > 0 && !options.dryRun) await writeChanges(root, changes, own);
    return {
      plan,
      findings: [...told.findings, ...inPlace.findings],
      text: `${told.text}${inPlace.text}`,
      failed: false,
      changes,
      unchanged,
      left,
    };
  } finally {
    if (!committer) own?.stop();
  }
}

/** @throws TreeError where the tree that is there comes of another file that is there too: it would be replaced */
function refuseOthersTree(file: string, root: string, changes: Change[]): void {
  const named = changes
    .map(({ before }) => sourceOf(before))
    .find((name) => name !== undefined && name !== basename(file));
  if (named === undefined || ![dirname(file), root].some((folder) => existsSync(join(folder, named)))) return;
  throw new TreeError(
    `the tree here is what ${named} gives, and would be replaced by that of ${file}; name another folder by --out, or replace it with --force. Nothing was written.`,
  );
}

/** Whether a file was changed after another, or there is no other. */
function isNewer(file: string, other: string): boolean {
  const [own, its] = [file, other].map((path) => statSync(path, { throwIfNoEntry: false })?.mtimeMs);
  return its === undefined || own === undefined || own > its;
}

/** What the changes ask of objects that the cluster may have: for a new tree, nothing. */
export async function reportInPlaceChanges(
  plan: Plan,
  root: string,
  file: string,
  changes: Change[],
): Promise<ReportedFindings> {
  const findings = changes.some(({ kind }) => kind === 'changed')
    ? (await import('../shared/immutable-changes.js')).changesInPlace(plan, root, file, changes)
    : [];
  return findingsOf({ ...plan, findings, unused: [] }, root, file);
}

/** Prints what the checks found. Nothing is written then. */
function tellFindings(findings: ReportedFinding[], text: string, json: boolean | undefined): number {
  if (json) console.log(JSON.stringify({ findings }, null, 2));
  else {
    process.stderr.write(text);
    console.error(
      'Nothing was written. A rule that may be broken is named in checks.ignore, with the reason; docs/reference/checks.md has them all.',
    );
  }
  return EXIT.found;
}

/** @returns an outcome for machines. */
export function asJson({ changes, unchanged, findings }: Outcome, dryRun = false): object {
  const paths = (kind: Change['kind']): string[] =>
    changes.filter((change) => change.kind === kind).map(({ path }) => path);
  return { dryRun, added: paths('added'), changed: paths('changed'), removed: paths('removed'), unchanged, findings };
}

const SIGNS = { added: colours.green('+'), changed: colours.yellow('~'), removed: colours.red('-') };
/** Files that a summary names one by one. */
const NAMED = 40;

function tell(
  { config, files }: Plan,
  changes: Change[],
  unchanged: number,
  { dryRun = false }: GenerateOptions,
  file: string,
): void {
  if (changes.length === 0) {
    console.log(nothingToDo(config, files.size, file));
    return;
  }
  nameChanges(changes);
  console.log(`${dryRun ? 'Would write' : 'Wrote'} ${layers(config)}: ${numbersOf(changes, unchanged)}.`);
  for (const warning of warnings(config)) console.log(`${colours.yellow('warning:')} ${warning}`);
}

/** @returns what a tree consists of, in words. */
export function layers({ overlays }: Plan['config'], article = 'the'): string {
  return `${article} base and ${overlays.length} overlay${overlays.length === 1 ? '' : 's'}`;
}

/** Prints the files that changes are about. @param folder is put before their paths */
export function nameChanges(changes: Change[], folder = ''): void {
  const named = changes.filter(({ path }) => path !== MANIFEST);
  for (const { kind, path } of named.slice(0, NAMED)) console.log(`${SIGNS[kind]} ${join(folder, path)}`);
  if (named.length > NAMED) console.log(`  and ${named.length - NAMED} more`);
}

/** @returns how many files changes are about, in words. */
export function numbersOf(changes: Change[], unchanged: number): string {
  const count = (kind: Change['kind']): number =>
    changes.filter((change) => change.kind === kind && change.path !== MANIFEST).length;
  return `${count('added')} added, ${count('changed')} changed, ${count('removed')} removed, ${unchanged} unchanged`;
}

/** What is allowed, but has to be known. */
function warnings({ overlays }: Plan['config']): string[] {
  // Overlays of one namespace are variants of one registry.
  return sharedStorage(overlays.map(({ settings }) => ({ settings, user: settings.namespace }))).map(
    ([storage, namespaces]) =>
      `the overlays in the namespaces ${namespaces.join(', ')} are on the same ${storage}: run at once, one would collect what is pushed to another.`,
  );
}
