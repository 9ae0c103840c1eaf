import { dirname, join } from 'node:path';
import { printable } from '../../model/index.js';
import { type ReportedFindings, findingsOf } from '../shared/plan-findings.js';
import { makePlan, type Plan } from '../../plan/index.js';
import { type Change, compareTree, MANIFEST, quiet } from '../../tree/index.js';
import { colours } from '../shared/colours.js';
import type { Done } from '../shared/for-each-registry.js';
import { EXIT, type ExitCode } from '../shared/exit.js';
import { layers, reportEdited } from '../shared/tree-report.js';
import { type Location, type Place, readBeside, readInput } from '../shared/input.js';
import { withProgress } from '../shared/progress.js';
import { registriesOf } from '../shared/registries.js';

export interface CheckOptions extends Location {
  json?: boolean;
}

/** What `check` finds of one registry. */
interface Verdict {
  plan: Plan;
  reported: ReportedFindings;
  changes: Change[];
  /** Those of them that somebody edited. */
  edited: string[];
  code: ExitCode;
}

/** `check`: says whether the committed tree is up to date with registry.yaml, with a diff where it isn't; of a fleet, all. @returns the exit code */
export async function check(options: CheckOptions): Promise<number> {
  const { places, isFleet } = await registriesOf(options);
  if (isFleet)
    return (await import('../shared/for-each-registry.js')).each(
      places,
      options.json,
      (place) => checkOne(place, options.json, dirname(place.file)),
      (good) =>
        good === places.length
          ? `The trees of ${good} registries are up to date with their registry.yaml.`
          : `The trees of ${places.length - good} of ${places.length} registries are not what they should be.`,
    );
  const { code, json } = await checkOne(places[0]!, options.json);
  if (options.json) console.log(JSON.stringify(json, null, 2));
  return code;
}

/** @param folder is put before the paths of differences, where there are several trees */
async function checkOne(place: Place, json: boolean | undefined, folder = ''): Promise<Done> {
  const { file } = place;
  const {
    plan,
    reported: { findings, text, failed },
    changes,
    edited,
    code,
  } = await verdictOn(place);
  const member = { file, config: plan.config };
  if (json) {
    const diffs = await Promise.all(
      changes.map(async (change) => ({ kind: change.kind, path: change.path, diff: await diffOf(change) })),
    );
    return { code, json: { upToDate: changes.length === 0, changes: diffs, findings }, member };
  }
  process.stderr.write(text);
  reportEdited(edited, folder, '`npm run generate` replaces it');
  // What it is a list of says more than the list.
  const shown = changes.filter(({ path }) => path !== MANIFEST || changes.length === 1);
  for (const change of shown)
    process.stdout.write(coloured(await diffOf({ ...change, path: join(folder, change.path) })));
  if (changes.length > 0)
    console.error(
      `${shown.length === 1 ? 'One file is' : `${shown.length} files are`} not up to date with ${file}; run \`npm run generate\` and commit the result.`,
    );
  else if (!failed) console.log(`${layers(plan.config, 'The')} are up to date with ${file}.`);
  return { code, json: {}, member };
}

/** Everything is made from nothing and every file is read: nothing that an earlier run kept has a say in the verdict. */
async function verdictOn({ file, root }: Place): Promise<Verdict> {
  const plan = await withProgress(file, (onProgress) =>
    makePlan(readInput(file), file, { readBeside: readBeside(file), onProgress }),
  );
  const reported = await findingsOf(plan, root, file);
  await quiet(root);
  const { changes, edited } = compareTree(root, plan.files);
  return { plan, reported, changes, edited, code: changes.length === 0 && !reported.failed ? EXIT.ok : EXIT.found };
}

/** @returns a unified diff from the file on disk to the file as it should be. */
export async function diffOf({ kind, path, before, after }: Change): Promise<string> {
  const { createTwoFilesPatch, FILE_HEADERS_ONLY } = await import('diff');
  const from = kind === 'added' ? '/dev/null' : `a/${path}`;
  const to = kind === 'removed' ? '/dev/null' : `b/${path}`;
  return createTwoFilesPatch(from, to, before, after, undefined, undefined, {
    context: 3,
    headerOptions: FILE_HEADERS_ONLY,
  });
}

/** @returns a unified diff for people: in colours where there are colours, and nothing in it that a terminal obeys. */
export function coloured(diff: string): string {
  const shown = printable(diff);
  if (!colours.isColorSupported) return shown;
  const colour = (line: string): string => {
    if (line.startsWith('+++') || line.startsWith('---')) return colours.bold(line);
    if (line.startsWith('@@')) return colours.cyan(line);
    if (line.startsWith('+')) return colours.green(line);
    return line.startsWith('-') ? colours.red(line) : line;
  };
  return shown.split('\n').map(colour).join('\n');
}
