import { join } from 'node:path';
import {
  type ChangeClass,
  CLASSES,
  compareObjects,
  type ObjectChange,
  plainIdentity,
  reportedVariants,
  type VariantChange,
  worse,
} from '../../changes/index.js';
import { makePlan } from '../../plan/index.js';
import { isDelivery } from '../../model/index.js';
import { NoSuchCommit, PublishError } from '../../publish/index.js';
import { isFolder } from '../../tree/index.js';
import { type Report } from './report.js';
import { asJson } from './report-json.js';
import { asMarkdown } from './report-markdown.js';
import { asText } from './report-text.js';
import { CliError, EXIT } from '../shared/exit.js';
import { exists, type Location, noSuchOverlay, type Place, placeOf, readBeside, readInput } from '../shared/input.js';
import { type Registries, registriesOf } from '../shared/registries.js';
import { committed, committedRegistries, gone, onDisk, planned, type Side } from './compared-trees.js';
import { plain } from '../shared/markdown.js';
import { printError } from '../shared/print-error.js';
import { findingsOf } from '../shared/plan-findings.js';
import { withProgress } from '../shared/progress.js';

export interface DiffOptions extends Location {
  overlay?: string;
  format?: string;
  failOn?: string;
  tree?: boolean;
  live?: boolean;
  context?: string;
}

/** Exit codes of `diff`, by the worst class that there is. */
export const DIFF_EXIT: Record<ChangeClass, number> = {
  safe: 0,
  'rolls-pods': 10,
  'opens-access': 11,
  'needs-recreate': 12,
  'deletes-data': 13,
};
const FORMATS = { text: asText, markdown: asMarkdown, json: asJson };
type Format = keyof typeof FORMATS;

/** `diff [REV [REV]]`: what would change in the cluster. @returns the exit code: that of the worst class */
export async function diff(revisions: string[], options: DiffOptions): Promise<number> {
  const format = options.format ?? 'text';
  if (!(format in FORMATS))
    throw new CliError(`--format ${format}: expected one of ${Object.keys(FORMATS).join(', ')}`);
  const threshold = thresholdOf(options.failOn);
  const { places, isFleet } = await comparedRegistries(revisions, options);
  const reports: Report[] = [];
  const failures: number[] = [];
  for (const place of places) {
    try {
      reports.push(await reportOf(place, revisions, options, isFleet));
    } catch (error) {
      if (!isFleet) throw error;
      failures.push(printError(error, false));
    }
  }
  process.stdout.write(isFleet ? asFleet(reports, format as Format) : FORMATS[format as Format](reports[0]!));
  const worst = reports
    .flatMap(({ changes }) => changes.flatMap(({ objects }) => objects))
    .reduce<ChangeClass>((one, { class: other }) => worse(one, other), 'safe');
  // What cannot be reported may be the worst.
  if (failures.length > 0) return Math.max(...failures);
  return CLASSES.indexOf(worst) >= CLASSES.indexOf(threshold) ? DIFF_EXIT[worst] : EXIT.ok;
}

/** A registry that one of the sides has no more, or not yet, is of a fleet too. */
async function comparedRegistries(revisions: string[], options: DiffOptions): Promise<Registries> {
  const found = await registriesOf(options);
  const { config = '.', live, tree } = options;
  if (live || tree || !isFolder(config) || (!found.isFleet && exists(join(config, 'registry.yaml')))) return found;
  const [before = 'HEAD', after] = namedIn(revisions);
  try {
    const here = found.isFleet ? found.places.map(({ file }) => file) : [];
    const now = after === undefined ? here : await committedRegistries(config, after);
    const files = [...new Set([...(await committedRegistries(config, before)), ...now])].sort();
    return files.length > 0 ? { places: files.map((file) => placeOf({ config: file })), isFleet: true } : found;
  } catch (error) {
    // Without such a commit there is nothing to compare with, which is reported of each.
    if (error instanceof PublishError) return found;
    throw error;
  }
}

async function reportOf(place: Place, revisions: string[], options: DiffOptions, isFleet: boolean): Promise<Report> {
  const [before, after] = await sidesOf(place, revisions, options, isFleet);
  const variants = chosen(before, after, options);
  if (options.live && variants.length > 1)
    throw new CliError(`--live: which overlay does the cluster run? --overlay says it: ${variants.join(', ')}`);
  const changes: VariantChange[] = [];
  for (const variant of variants) changes.push(await changeOf(variant, before, after));
  return { registry: place.file, from: before.name, to: after.name, changes };
}

/** Of many registries those that change, each under its name. */
function asFleet(reports: readonly Report[], format: Format): string {
  if (format === 'json')
    return `${JSON.stringify({ registries: reports.map((report) => ({ registry: report.registry, ...(JSON.parse(asJson(report)) as object) })) }, null, 2)}\n`;
  const changed = reports.filter(({ changes }) =>
    changes.some(({ state, objects }) => state !== undefined || objects.length > 0),
  );
  const title = format === 'markdown' ? '## ' : '';
  return [
    ...changed.map(
      (report) =>
        `${title}${format === 'markdown' ? plain(report.registry) : report.registry}\n\n${FORMATS[format](report)}\n`,
    ),
    `${changed.length} of ${reports.length} registries change.\n`,
  ].join('');
}

function thresholdOf(failOn: string | undefined): ChangeClass {
  const found = CLASSES.find((known) => known === (failOn ?? 'rolls-pods'));
  if (!found) throw new CliError(`--fail-on ${failOn}: expected one of ${CLASSES.join(', ')}`);
  return found;
}

/** @returns the commits of a command line: one may say both, as git takes them. */
function namedIn(revisions: string[]): string[] {
  return revisions.flatMap((text) =>
    text.includes('..') ? text.split(/\.{2,3}/).map((revision) => revision || 'HEAD') : [text],
  );
}

async function sidesOf(
  { file, root }: Place,
  revisions: string[],
  options: DiffOptions,
  isFleet: boolean,
): Promise<[Side, Side]> {
  const named = namedIn(revisions);
  if (named.length > 2) throw new CliError(`diff takes two commits at most, not ${named.length}: ${named.join(', ')}`);
  const others = [options.live && '--live', options.tree && '--tree', named.length > 0 && named[0]].filter(Boolean);
  if (others.length > 1)
    throw new CliError(`${others.join(' and ')}: there is one thing to compare with; leave out the others`);
  try {
    if (named.length === 2) return [await committed(root, named[0]!), await committed(root, named[1]!)];
    const after = await wanted(file, root, isFleet, options.config === file);
    if (options.live) return (await import('./cluster.js')).live(after, options.context);
    if (options.tree) return [onDisk(root, after), after];
    return [await committed(root, named[0] ?? 'HEAD', after), after];
  } catch (error) {
    if (error instanceof NoSuchCommit && named.length === 0)
      throw new CliError('nothing is committed here yet; compare with the tree on disk: --tree', EXIT.files);
    if (error instanceof PublishError)
      throw new CliError(
        error.kind === 'usage' ? error.message : `${error.message}; or compare with the tree on disk: --tree`,
        error.kind === 'usage' ? EXIT.usage : EXIT.files,
      );
    throw error;
  }
}

/** Whoever never runs the generator again has no registry.yaml: then it is the tree that counts. */
async function wanted(file: string, root: string, isFleet: boolean, isNamed: boolean): Promise<Side> {
  if (!exists(file)) {
    // A name that is mistyped is no tree that is kept by hand.
    const kept = isNamed ? undefined : onDisk(root);
    if (kept && kept.variants.length > 0) return kept;
    if (isFleet) return gone(file);
  }
  const plan = await withProgress(file, (onProgress) =>
    makePlan(readInput(file), file, { readBeside: readBeside(file), onProgress }),
  );
  const { text, failed } = await findingsOf(plan, root, file);
  process.stderr.write(text);
  if (failed) throw new CliError(`the checks refuse the tree of ${file}; there is nothing to compare`, EXIT.found);
  return planned(plan, file);
}

/** What a cluster runs is reported of with --live alone: what delivers it may stand in another one. */
function chosen(before: Side, after: Side, { overlay, live }: DiffOptions): string[] {
  const all = [...new Set([...after.variants, ...before.variants])].filter((variant) => !live || !isDelivery(variant));
  if (overlay !== undefined) {
    if (!all.includes(overlay)) throw noSuchOverlay(overlay, all, after.name);
    return [overlay];
  }
  return reportedVariants(all);
}

async function changeOf(variant: string, before: Side, after: Side): Promise<VariantChange> {
  const [was, is] = [before, after].map(({ variants }) => variants.includes(variant));
  if (was && is && before.tree && before.tree.fingerprintOf(variant) === after.tree?.fingerprintOf(variant))
    return { variant, objects: [] };
  const [old, now] = [was ? await before.objectsOf(variant) : [], is ? await after.objectsOf(variant) : []];
  const objects = withRefusals(compareObjects(old, now), (await after.refusals?.(variant)) ?? new Map());
  // What nobody applies yet changes nothing in a cluster.
  if (!was)
    return {
      variant,
      state: 'added',
      objects: objects.map(({ change, object, fields }): ObjectChange => ({ change, object, fields, class: 'safe' })),
    };
  return { variant, ...(is ? {} : { state: 'removed' as const }), objects };
}

/** What a cluster refuses for a reason of its own, such as a quota or a policy, is refused all the same. */
function withRefusals(objects: ObjectChange[], refusals: ReadonlyMap<string, string>): ObjectChange[] {
  return objects.map((change): ObjectChange => {
    const words = refusals.get(plainIdentity(change.object));
    if (words === undefined || change.fields.some((field) => field.class === 'needs-recreate')) return change;
    return {
      ...change,
      class: worse(change.class, 'needs-recreate'),
      why: `the API server refuses it: ${words}`,
      remedy: 'correct what it names, or revert the change',
    };
  });
}
