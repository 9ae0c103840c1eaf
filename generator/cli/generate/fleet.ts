import { dirname } from 'node:path';
import { colours } from '../shared/colours.js';
import { tellDelivery } from './delivery-warnings.js';
import { type Done, each } from '../shared/for-each-registry.js';
import { EXIT } from '../shared/exit.js';
import { asJson, type GenerateOptions, layers, nameChanges, numbersOf, update } from './generate.js';
import type { Place } from '../shared/input.js';
import { recall, remember } from '../shared/registries.js';

/**
 * `generate` for a fleet: each registry is written wholly or not at all, whatever becomes of the others, as each has a tree
 * and a list of files of its own.
 *
 * @returns the worst exit code
 */
export function generateAll(places: readonly Place[], options: GenerateOptions): Promise<number> {
  const one = async (place: Place): Promise<Done> => {
    const { file, root } = place;
    const memory = recall(root, options.cache);
    const outcome = await update(place, options, memory);
    remember(root, memory);
    const { plan, text, failed, changes, unchanged } = outcome;
    const member = { file, config: plan.config };
    if (options.json)
      return {
        code: failed ? EXIT.found : EXIT.ok,
        json: failed ? { findings: outcome.findings } : asJson(outcome, options.dryRun),
        member,
      };
    process.stderr.write(text);
    tellDelivery(plan.config, place);
    if (failed)
      console.error(
        `${file}: ${colours.red('nothing was written')}. A rule that may be broken is named in checks.ignore, with the reason.`,
      );
    else if (changes.length === 0)
      console.log(`${file}: nothing to do: ${layers(plan.config)} (${plan.files.size} files).`);
    else {
      nameChanges(changes, dirname(file));
      console.log(
        `${file}: ${options.dryRun ? 'would write' : 'wrote'} ${layers(plan.config)}: ${numbersOf(changes, unchanged)}.`,
      );
    }
    return { code: failed ? EXIT.found : EXIT.ok, json: {}, member };
  };
  return each(places, options.json, one, (good) =>
    good === places.length
      ? `${good} registries are what their registry.yaml gives${options.dryRun ? ', or would be' : ''}.`
      : `${places.length - good} of ${places.length} registries are wrong, and as they were.`,
  );
}
