import { dirname } from 'node:path';
import { colours } from '../shared/colours.js';
import { printDeliveryWarnings } from './delivery-warnings.js';
import { type Done, each } from '../shared/for-each-registry.js';
import { EXIT } from '../shared/exit.js';
import { asJson, layers, nameChanges, numbersOf, reportEdited } from '../shared/tree-report.js';
import { update, type UpdateOptions } from '../shared/update.js';
import type { GenerateOptions } from './options.js';
import type { Place } from '../shared/input.js';
import type { FleetNext } from './next/fleet.js';
import { nameAmong, withProgress } from '../shared/progress.js';
import { recall, remember } from '../shared/registries.js';
import { quote } from '../shared/shell.js';

/**
 * `generate` for a fleet: each registry is written wholly or not at all, whatever becomes of the others, as each has a tree
 * and a list of files of its own.
 *
 * @returns the worst exit code
 */
export async function generateAll(places: readonly Place[], options: GenerateOptions): Promise<number> {
  const nexts: FleetNext[] = [];
  const configOptions = options.config === undefined ? [] : ['--config', quote(options.config)];
  const one = async (place: Place): Promise<Done> => {
    const { file, root } = place;
    const memory = recall(root, options.cache);
    const beforeWriting: UpdateOptions['beforeWriting'] = async (plan, changes, before) => {
      if (options.json || options.steps) return;
      const { nextSteps, pushCommand, siteOf } = await import('./next/index.js');
      nexts.push({
        file,
        next: nextSteps(plan, { ...siteOf(plan.config, place), push: pushCommand(configOptions) }, changes, before),
      });
    };
    const outcome = await withProgress(nameAmong(places, place), (onProgress) =>
      update(place, { ...options, beforeWriting, onProgress }, memory),
    );
    remember(root, memory);
    const { plan, text, failed, changes, unchanged } = outcome;
    const member = { file, config: plan.config };
    if (options.json)
      return {
        code: failed ? EXIT.found : EXIT.ok,
        json: failed ? { findings: outcome.findings } : asJson(outcome, options.dryRun),
        member,
      };
    if (options.steps && !failed) {
      const { allSteps, pushCommand, siteOf } = await import('./next/index.js');
      nexts.push({ file, next: allSteps({ ...siteOf(plan.config, place), push: pushCommand(configOptions) }) });
    }
    process.stderr.write(text);
    printDeliveryWarnings(plan.config, place);
    if (failed)
      console.error(
        `${file}: ${colours.red('nothing was written')}. A rule that may be broken is named in checks.ignore, with the reason.`,
      );
    else if (changes.length === 0)
      console.log(`${file}: nothing to do: ${layers(plan.config)} (${plan.files.size} files).`);
    else {
      reportEdited(outcome.replaced, dirname(file), options.dryRun ? 'would be written anew' : 'is written anew');
      nameChanges(changes, dirname(file));
      console.log(
        `${file}: ${options.dryRun ? 'would write' : 'wrote'} ${layers(plan.config)}: ${numbersOf(changes, unchanged)}.`,
      );
    }
    return { code: failed ? EXIT.found : EXIT.ok, json: {}, member };
  };
  const code = await each(places, options.json, one, (good) =>
    good === places.length
      ? `${good} registries are up to date with their registry.yaml${options.dryRun ? ', or would be' : ''}.`
      : `${places.length - good} of ${places.length} registries are wrong, and as they were.`,
  );
  if (nexts.length > 0) (await import('./next/index.js')).printFleet(nexts);
  return code;
}
