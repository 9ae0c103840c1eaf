import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { Settings } from '../config/index.js';
import { type Told, toldOf } from './told.js';
import type { ToldFinding } from './findings.js';
import { makePlan, type Plan } from '../plan.js';
import { compareTree, type Committer, MANIFEST, quiet, recover, startCommitter, TreeError, writeChanges, type Change } from '../tree/index.js';
import { colours } from './colours.js';
import { EXIT } from './exit.js';
import { type Location, placeOf, readBeside, readInput } from './input.js';
import { nextSteps } from './next-steps.js';

export interface GenerateOptions extends Location {
  dryRun?: boolean;
  force?: boolean;
  json?: boolean;
}

/** `generate`: writes the tree that registry.yaml gives, after checking it. @returns the exit code */
export async function generate(options: GenerateOptions): Promise<number> {
  const { file, root } = placeOf(options);
  const bytes = readInput(file);
  const committer = options.dryRun || !isNewer(file, join(root, MANIFEST)) ? undefined : startCommitter(root);
  try {
    return await write(bytes, file, root, options, committer);
  } finally {
    committer?.stop();
  }
}

/** Whether a file was changed after another, or there is no other. */
function isNewer(file: string, other: string): boolean {
  const [own, its] = [file, other].map((path) => statSync(path, { throwIfNoEntry: false })?.mtimeMs);
  return its === undefined || own === undefined || own > its;
}

async function write(bytes: Uint8Array, file: string, root: string, options: GenerateOptions, committer: Committer | undefined): Promise<number> {
  const plan = await makePlan(bytes, file, { readBeside: readBeside(file) });
  const { findings, text, failed } = await toldOf(plan, root, file);
  if (failed) return tellFindings(findings, text, options.json);
  await (options.dryRun ? quiet : recover)(root);
  const { changes, unchanged, foreign } = compareTree(root, plan.files);
  if (foreign.length > 0 && !options.force) {
    throw new TreeError(
      [
        'these files are in the way: registry-gitops did not write them.',
        ...foreign.map((path) => `  ${path}`),
        'Move them away, or replace them with --force. Nothing was written.',
      ].join('\n'),
    );
  }
  const inPlace = await toldInPlace(plan, root, file, changes);
  if (changes.length > 0 && !options.dryRun) await writeChanges(root, changes, committer);
  if (options.json) tellJson(changes, unchanged, [...findings, ...inPlace.findings], options.dryRun);
  else {
    process.stderr.write(`${text}${inPlace.text}`);
    tell(plan, changes, unchanged, options, root, file);
  }
  return EXIT.ok;
}

/** What the changes ask of objects that the cluster may have: for a new tree, nothing. */
export async function toldInPlace(plan: Plan, root: string, file: string, changes: Change[]): Promise<Told> {
  const findings = changes.some(({ kind }) => kind === 'changed') ? (await import('./in-place.js')).changesInPlace(plan, root, file, changes) : [];
  return toldOf({ ...plan, findings, unused: [] }, root, file);
}

/** Prints what the checks found. Nothing is written then. */
function tellFindings(findings: ToldFinding[], text: string, json: boolean | undefined): number {
  if (json) console.log(JSON.stringify({ findings }, null, 2));
  else {
    process.stderr.write(text);
    console.error('Nothing was written. A rule that may be broken is named in checks.ignore, with the reason; docs/checks.md has them all.');
  }
  return EXIT.found;
}

function tellJson(changes: Change[], unchanged: number, findings: ToldFinding[], dryRun = false): void {
  const paths = (kind: Change['kind']): string[] => changes.filter((change) => change.kind === kind).map(({ path }) => path);
  const result = { dryRun, added: paths('added'), changed: paths('changed'), removed: paths('removed'), unchanged, findings };
  console.log(JSON.stringify(result, null, 2));
}

const SIGNS = { added: colours.green('+'), changed: colours.yellow('~'), removed: colours.red('-') };
/** Files that a summary names one by one. */
const NAMED = 40;

function tell(
  { config, files }: Plan,
  changes: Change[],
  unchanged: number,
  { dryRun = false }: GenerateOptions,
  root: string,
  file: string,
): void {
  const overlays = `${config.overlays.length} overlay${config.overlays.length === 1 ? '' : 's'}`;
  if (changes.length === 0) {
    console.log(`Nothing to do: the base and ${overlays} are what ${file} gives (${files.size} files).`);
    return;
  }
  const named = changes.filter(({ path }) => path !== MANIFEST);
  for (const { kind, path } of named.slice(0, NAMED)) console.log(`${SIGNS[kind]} ${path}`);
  if (named.length > NAMED) console.log(`  and ${named.length - NAMED} more`);
  const count = (kind: Change['kind']): number => named.filter((change) => change.kind === kind).length;
  const numbers = `${count('added')} added, ${count('changed')} changed, ${count('removed')} removed, ${unchanged} unchanged`;
  console.log(`${dryRun ? 'Would write' : 'Wrote'} the base and ${overlays}: ${numbers}.`);
  for (const warning of warnings(config)) console.log(`${colours.yellow('warning:')} ${warning}`);
  if (dryRun) return;
  console.log(`\n${colours.bold('Next')}`);
  for (const step of nextSteps(config, root, file)) console.log(`  ${step}`);
}

/** What is allowed, but has to be known. */
function warnings({ overlays }: Plan['config']): string[] {
  return sharedStorage(overlays).map(
    ([storage, namespaces]) => `the overlays in the namespaces ${namespaces.join(', ')} are on the same ${storage}: run at once, one would collect what is pushed to another.`,
  );
}

/** Static volumes and buckets that overlays of several namespaces use: overlays of one namespace are variants of one registry. */
function sharedStorage(overlays: Plan['config']['overlays']): [storage: string, namespaces: string[]][] {
  const users = new Map<string, Set<string>>();
  for (const { settings } of overlays) {
    const key = lastingStorage(settings.storage);
    if (key === undefined) continue;
    users.set(key, (users.get(key) ?? new Set()).add(settings.namespace));
  }
  return [...users].filter(([, namespaces]) => namespaces.size > 1).map(([storage, namespaces]) => [storage, [...namespaces]]);
}

/** @returns what a storage is, where it is there without the registry; undefined where its claim makes it. */
function lastingStorage(storage: Settings['storage']): string | undefined {
  const said = (fields: object): string => Object.values(fields).filter((value) => typeof value === 'string' && value).join(' ');
  if (storage.type === 's3') {
    const { endpoint, bucket, rootDirectory } = storage.s3;
    return `bucket (${said({ endpoint, bucket, rootDirectory })})`;
  }
  const { type, ...volume } = storage.static;
  return type === 'none' ? undefined : `static volume (${said({ type, ...volume })})`;
}
