import { chmodSync, existsSync, realpathSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import {
  type Config,
  ConfigError,
  type FieldOfSchema,
  formatProblem,
  readConfig,
  noRules,
  suggest,
} from '../../config/index.js';
import {
  type Copied,
  differing,
  findRegistries,
  FLEET,
  promotable,
  promote,
  type Promoted,
} from '../../fleet/index.js';
import { committedReader } from '../../publish/index.js';
import { coloured, diffOf } from '../check/check.js';
import { CliError, EXIT } from '../shared/exit.js';
import { asJson, layers, nameChanges, numbersOf } from '../shared/tree-report.js';
import { type Outcome, update, type UpdateOptions } from '../shared/update.js';
import type { Next } from '../generate/next/index.js';
import { type Location, noSuchOverlay, type Place, placeOf, readBeside, readInput } from '../shared/input.js';
import { withProgress } from '../shared/progress.js';
import { recall, remember } from '../shared/registries.js';

export interface PromoteOptions extends Pick<Location, 'config'> {
  field?: string[];
  uncommitted?: boolean;
  dryRun?: boolean;
  json?: boolean;
}

/** What is copied, from where to where. */
interface Promotion {
  source: Place;
  target: Place;
  variants: Copied[];
}

/** `promote FROM TO`: copies values from one overlay, or registry, to another, shows the difference, and generates. @returns the exit code */
export async function promoteCommand(from: string, to: string, options: PromoteOptions): Promise<number> {
  const fields = fieldsAsked(options.field);
  const { source, target, variants } = promotionOf(from, to, options);
  const config = configAt(source.file);
  if (!options.uncommitted)
    checkCommitted(
      source.file,
      config,
      variants.map((variant) => variant.from),
      fields,
    );
  const before = new TextDecoder('utf-8', { ignoreBOM: true }).decode(readInput(target.file));
  const { text, promoted } = copied(config, before, target.file, variants, fields);
  if (promoted.length === 0) {
    if (options.json) console.log(JSON.stringify({ dryRun: options.dryRun ?? false, promoted }, null, 2));
    else console.log(`Nothing to promote: ${to} has the values of ${from}.`);
    return EXIT.ok;
  }
  const change = await diffOf({ kind: 'changed', path: target.file, before, after: text });
  if (!options.json) process.stdout.write(coloured(change));
  const bytes = new TextEncoder().encode(text);
  const planned = await plannedWith(target, bytes);
  if (!planned.failed && !options.dryRun) writeInPlace(target.file, text);
  let next: Next | undefined;
  const outcome =
    planned.failed || options.dryRun
      ? planned
      : await written(target, async (plan, changes, before) => {
          const { nextSteps, siteOf } = await import('../generate/next/index.js');
          next = nextSteps(plan, siteOf(plan.config, target), changes, before);
        });
  if (options.json)
    console.log(JSON.stringify({ promoted, diff: change, ...asJson(outcome, options.dryRun) }, null, 2));
  else {
    reportAt(target.file, outcome, promoted, options.dryRun);
    if (next) (await import('../generate/next/index.js')).printNext(next);
  }
  return outcome.failed ? EXIT.found : EXIT.ok;
}

function fieldsAsked(asked: string[] | undefined): FieldOfSchema[] {
  try {
    return promotable(asked);
  } catch (error) {
    throw new CliError((error as Error).message);
  }
}

/** Of a registry.yaml two overlays are meant, in a fleet two registries. */
function promotionOf(from: string, to: string, options: PromoteOptions): Promotion {
  const place = placeOf(options);
  const isFleet = options.config === undefined && !existsSync(place.file) && findRegistries('.').length > 0;
  const isPath = (name: string): boolean => /\.ya?ml$/.test(name) || existsSync(join(name, 'registry.yaml'));
  if (!isFleet && !isPath(from) && !isPath(to)) return betweenOverlays(place, from, to);
  const [source, target] = [registryAt(from), registryAt(to)];
  if (realpathSync(source.file) === realpathSync(target.file))
    throw new CliError(`${from} and ${to} are the same registry`);
  const overlays = new Set(configAt(source.file).overlays.map(({ name }) => name));
  const own = configAt(target.file).overlays.map(({ name }) => name);
  return {
    source,
    target,
    variants: ['base', ...own.filter((name) => overlays.has(name))].map((name) => ({ from: name, to: name })),
  };
}

function betweenOverlays(place: Place, ...names: [from: string, to: string]): Promotion {
  const known = configAt(place.file).overlays.map(({ name }) => name);
  const [from, to] = names.map((name) => name.replace(/^overlays\//, '').replace(/\/$/, '')) as [string, string];
  for (const name of [from, to]) if (!known.includes(name)) throw noSuchOverlay(name, known, place.file);
  if (from === to) throw new CliError(`${from} is promoted to itself; name two overlays`);
  return { source: place, target: place, variants: [{ from, to }] };
}

/** @param name a registry.yaml, its folder, or its name in the fleet */
function registryAt(name: string): Place {
  const found = [name, join(name, 'registry.yaml'), join(FLEET, name, 'registry.yaml')].find((path) =>
    statSync(path, { throwIfNoEntry: false })?.isFile(),
  );
  if (found !== undefined) return placeOf({ config: found });
  throw new CliError(
    `there is no registry "${name}"; ${suggest(
      name,
      findRegistries('.').map((file) => basename(dirname(file))),
    )}`,
  );
}

function configAt(file: string): Config {
  return readConfig(readInput(file), file, readBeside(file));
}

/** What others have not seen is not promoted: it may be changed yet. @throws CliError that names the values */
function checkCommitted(
  file: string,
  config: Config,
  variants: readonly string[],
  fields: readonly FieldOfSchema[],
): void {
  let committed: Config;
  try {
    const reader = committedReader(dirname(file));
    if (!reader) return;
    committed = readConfig(new TextEncoder().encode(reader(basename(file))), file, reader, noRules);
  } catch (error) {
    throw new CliError(
      `${file}: ${error instanceof ConfigError ? `what is committed is wrong: ${formatProblem(error.problems[0]!)}` : (error as Error).message}; commit it, or promote it all the same with --uncommitted`,
    );
  }
  const changed = differing(config, committed, variants, fields);
  if (changed.length > 0)
    throw new CliError(
      `${file}: ${changed.join(', ')} ${changed.length === 1 ? 'is' : 'are'} not committed as ${changed.length === 1 ? 'it is' : 'they are'}; commit first, so that others can see it, or promote it all the same with --uncommitted`,
    );
}

function copied(
  config: Config,
  text: string,
  file: string,
  variants: Copied[],
  fields: FieldOfSchema[],
): { text: string; promoted: Promoted[] } {
  // The target has to be right before: what is wrong afterwards is then the promotion's.
  configAt(file);
  try {
    return promote(config, { text, file, readBeside: readBeside(file) }, variants, fields);
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    throw new CliError(`${file}: ${(error as Error).message}`);
  }
}

/** All that can go wrong goes wrong here, while registry.yaml is as it was. */
async function plannedWith(target: Place, bytes: Uint8Array): Promise<Outcome> {
  try {
    return await withProgress(target.file, (onProgress) => update(target, { dryRun: true, bytes, onProgress }));
  } catch (error) {
    if (error instanceof ConfigError)
      throw new CliError(`with these values ${target.file} would be wrong, and is as it was:\n${error.message}`);
    throw error;
  }
}

async function written(target: Place, beforeWriting: UpdateOptions['beforeWriting']): Promise<Outcome> {
  const memory = recall(target.root);
  const outcome = await withProgress(target.file, (onProgress) =>
    update(target, { ...(beforeWriting ? { beforeWriting } : {}), onProgress }, memory),
  );
  remember(target.root, memory);
  return outcome;
}

/** Replaces a file in one step, and what it is a link to rather than the link. */
function writeInPlace(file: string, text: string): void {
  const real = realpathSync(file);
  const staged = `${real}.${process.pid}.tmp`;
  try {
    writeFileSync(staged, text, { flag: 'wx' });
    chmodSync(staged, statSync(real).mode);
    renameSync(staged, real);
  } catch (error) {
    rmSync(staged, { force: true });
    throw new CliError(`${file} cannot be written, and is as it was: ${(error as Error).message}`, EXIT.files);
  }
}

function reportAt(
  file: string,
  { plan, text, failed, changes, unchanged }: Outcome,
  promoted: Promoted[],
  dryRun = false,
): void {
  process.stderr.write(text);
  if (failed) {
    console.error(`Nothing was written: with these values the checks find the above, in ${file} as it would be.`);
    return;
  }
  nameChanges(changes, dirname(file));
  const values = `${promoted.length} value${promoted.length === 1 ? '' : 's'}`;
  console.log(
    `${dryRun ? 'Would promote' : 'Promoted'} ${values} in ${file}, and ${dryRun ? 'write' : 'wrote'} ${layers(plan.config)}: ${numbersOf(changes, unchanged)}.`,
  );
}
