import { toldOf } from './told.js';
import { makePlan } from '../plan.js';
import { type Change, compareTree, quiet } from '../tree/index.js';
import { colours } from './colours.js';
import { EXIT } from './exit.js';
import { type Location, placeOf, readBeside, readInput } from './input.js';

export interface CheckOptions extends Location {
  json?: boolean;
}

/** `check`: says whether the committed tree is what registry.yaml gives, with a diff where it isn't. @returns the exit code */
export async function check(options: CheckOptions): Promise<number> {
  const { file, root } = placeOf(options);
  const plan = await makePlan(readInput(file), file, { readBeside: readBeside(file) });
  const { files, config } = plan;
  const { findings, text, failed } = await toldOf(plan, root, file);
  await quiet(root);
  const { changes } = compareTree(root, files);
  const upToDate = changes.length === 0;
  if (options.json) {
    const diffs = await Promise.all(changes.map(async (change) => ({ kind: change.kind, path: change.path, diff: await diffOf(change) })));
    console.log(JSON.stringify({ upToDate, changes: diffs, findings }, null, 2));
  } else {
    process.stderr.write(text);
    for (const change of changes) process.stdout.write(coloured(await diffOf(change)));
    if (upToDate && !failed) {
      console.log(`The base and ${config.overlays.length} overlays are what ${file} gives.`);
    } else if (!upToDate) {
      console.error(`${changes.length === 1 ? 'One file is' : `${changes.length} files are`} not what ${file} gives; run \`npm run generate\` and commit the result.`);
    }
  }
  return upToDate && !failed ? EXIT.ok : EXIT.found;
}

/** @returns a unified diff from the file on disk to the file as it should be. */
async function diffOf({ kind, path, before, after }: Change): Promise<string> {
  const { createTwoFilesPatch, FILE_HEADERS_ONLY } = await import('diff');
  const from = kind === 'added' ? '/dev/null' : `a/${path}`;
  const to = kind === 'removed' ? '/dev/null' : `b/${path}`;
  return createTwoFilesPatch(from, to, before, after, undefined, undefined, {
    context: 3,
    headerOptions: FILE_HEADERS_ONLY,
  });
}

function coloured(diff: string): string {
  if (!colours.isColorSupported) return diff;
  const colour = (line: string): string => {
    if (line.startsWith('+++') || line.startsWith('---')) return colours.bold(line);
    if (line.startsWith('@@')) return colours.cyan(line);
    if (line.startsWith('+')) return colours.green(line);
    return line.startsWith('-') ? colours.red(line) : line;
  };
  return diff.split('\n').map(colour).join('\n');
}
