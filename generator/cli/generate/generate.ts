import { sharedStorage } from '../../fleet/index.js';
import { keepSettled, type Memory } from '../../memory/index.js';
import type { Plan } from '../../plan/index.js';
import { MANIFEST, type Change } from '../../tree/index.js';
import { colours } from '../shared/colours.js';
import { printDeliveryWarnings } from './delivery-warnings.js';
import { EXIT } from '../shared/exit.js';
import type { ReportedFinding } from '../shared/findings.js';
import { type Place, readInput } from '../shared/input.js';
import type { Next } from './next/index.js';
import { withProgress } from '../shared/progress.js';
import { recall, registriesOf, remember } from '../shared/registries.js';
import { asJson, layers, nameChanges, numbersOf, reportEdited } from '../shared/tree-report.js';
import { update, type UpdateOptions } from '../shared/update.js';
import type { GenerateOptions } from './options.js';

/** `generate`: writes the tree that registry.yaml gives, or those of a fleet, after checking it. @returns the exit code */
export async function generate(options: GenerateOptions): Promise<number> {
  const { places, isFleet } = await registriesOf(options);
  if (isFleet) return (await import('./fleet.js')).generateAll(places, options);
  const { file, root } = places[0]!;
  const memory = recall(root, options.cache);
  let next: Next | undefined;
  const beforeWriting: UpdateOptions['beforeWriting'] = async (plan, changes, before) => {
    if (options.json || options.steps) return;
    const { nextSteps, siteOf } = await import('./next/index.js');
    next = nextSteps(plan, siteOf(plan.config, places[0]!), changes, before);
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
  const { plan, findings, text, failed, changes, unchanged, replaced } = outcome;
  if (failed) return printFindings(findings, text, options.json);
  if (options.json) console.log(JSON.stringify(asJson(outcome, options.dryRun), null, 2));
  else {
    process.stderr.write(text);
    const isMisplaced = printDeliveryWarnings(plan.config, places[0]!);
    reportEdited(replaced, '', options.dryRun ? 'would be written anew' : 'is written anew');
    printChanges(plan, changes, unchanged, options, file);
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
  return `Nothing to do: ${layers(config)} are up to date with ${file} (${files} files).`;
}

/** @param next what the change needs; undefined where nothing was written */
async function printSteps(next: Next | 'all' | undefined, plan: Plan, place: Place): Promise<void> {
  if (!next) return;
  const { allSteps, printNext, siteOf } = await import('./next/index.js');
  printNext(next === 'all' ? allSteps(siteOf(plan.config, place)) : next);
}

/** Prints what the checks found. Nothing is written then. */
function printFindings(findings: ReportedFinding[], text: string, json: boolean | undefined): number {
  if (json) console.log(JSON.stringify({ findings }, null, 2));
  else {
    process.stderr.write(text);
    console.error(
      'Nothing was written. A rule that may be broken is named in checks.ignore, with the reason; docs/reference/checks.md has them all.',
    );
  }
  return EXIT.found;
}

function printChanges(
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

/** What is allowed, but has to be known. */
function warnings({ overlays }: Plan['config']): string[] {
  // Overlays of one namespace are variants of one registry.
  return sharedStorage(overlays.map(({ settings }) => ({ settings, user: settings.namespace }))).map(
    ([storage, namespaces]) =>
      `the overlays in the namespaces ${namespaces.join(', ')} are on the same ${storage}: run at once, one would collect what is pushed to another.`,
  );
}
