/** The step that generate, watch and promote share: from registry.yaml to the tree of one registry. */
import { existsSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { ReadBeside } from '../../config/index.js';
import { type Memory, remembering } from '../../memory/index.js';
import { type KeptTexts, makePlan, type Plan, sourceOf } from '../../plan/index.js';
import {
  compareTree,
  type Committer,
  MANIFEST,
  quiet,
  recover,
  startCommitter,
  TreeChanged,
  TreeError,
  writeChanges,
  type Change,
} from '../../tree/index.js';
import { EarlierTree } from './earlier-tree.js';
import type { ReportedFinding } from './findings.js';
import { type Place, readBeside, readInput } from './input.js';
import { findingsOf, reportInPlaceChanges } from './plan-findings.js';

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
  /** Those that were not, without --force. */
  replaced: string[];
}

export interface UpdateOptions {
  /** Whether nothing is written. */
  dryRun?: boolean;
  /** Whether files that registry-gitops did not write are replaced. */
  force?: boolean;
  /** Contents of registry.yaml, where they are not those of the file. */
  bytes?: Uint8Array;
  /** Whether files that somebody edited are left as they are. */
  leaveEdited?: boolean;
  /** What was written last in this process: the tree, and texts of it. */
  last?: { files: Plan['files'] | undefined; texts: KeptTexts } | undefined;
  /** Hears of each file that registry.yaml names, as it is read or cannot be. @param path relative to registry.yaml */
  onRead?: (path: string) => void;
  /** Hears how many of the base and the overlays are made, after each. */
  onProgress?: ((made: number, all: number) => void) | undefined;
  /** Hears of the changes before they are written, while the old tree is there still. */
  beforeWriting?: (plan: Plan, changes: readonly Change[], before: EarlierTree) => Promise<void>;
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
      texts: options.last?.texts,
      ...(memory && { wrap: remembering(memory) }),
    });
    const reported = await findingsOf(plan, root, file);
    if (reported.failed) return { plan, ...reported, changes: [], unchanged: 0, left: [], replaced: [] };
    for (let writer = own; ; writer = undefined) {
      try {
        return await replaceTree({ file, root }, options, plan, reported, memory, writer);
      } catch (error) {
        if (!(error instanceof TreeChanged)) throw error;
      }
    }
  } finally {
    if (!committer) own?.stop();
  }
}

/** Makes the tree that of a plan. @throws TreeChanged where another run writes it meanwhile: nothing was written then, and its writer is gone */
async function replaceTree(
  { file, root }: Place,
  options: UpdateOptions,
  plan: Plan,
  reported: Awaited<ReturnType<typeof findingsOf>>,
  memory: Memory | undefined,
  writer: Committer | undefined,
): Promise<Outcome> {
  await (options.dryRun ? quiet : recover)(root);
  const { changes: all, unchanged, foreign, edited, manifest } = compareTree(root, plan.files, memory);
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
  const before = EarlierTree.onDisk(root, plan.files, all, options.last?.files);
  const inPlace = await reportInPlaceChanges(plan, root, file, before, changes);
  if (changes.length > 0 && !options.dryRun) {
    await options.beforeWriting?.(plan, changes, before);
    await writeChanges(root, { changes, manifest }, writer);
  }
  return {
    plan,
    findings: [...reported.findings, ...inPlace.findings],
    text: `${reported.text}${inPlace.text}`,
    failed: false,
    changes,
    unchanged,
    left,
    replaced: options.leaveEdited || options.force ? [] : edited,
  };
}

/** @throws TreeError where the tree that is there comes of another file that is there too: it would be replaced */
function refuseOthersTree(file: string, root: string, changes: Change[]): void {
  const named = changes
    .map(({ before }) => sourceOf(before))
    .find((name) => name !== undefined && name !== basename(file));
  if (named === undefined || ![dirname(file), root].some((folder) => existsSync(join(folder, named)))) return;
  throw new TreeError(
    `the tree here was generated from ${named}, and would be replaced by that of ${file}; name another folder by --out, or replace it with --force. Nothing was written.`,
  );
}

/** Whether a file was changed after another, or there is no other. */
function isNewer(file: string, other: string): boolean {
  const [own, its] = [file, other].map((path) => statSync(path, { throwIfNoEntry: false })?.mtimeMs);
  return its === undefined || own === undefined || own > its;
}
