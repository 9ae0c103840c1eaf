/** What `watch` reports of a run, and when that was. */
import { dirname, join } from 'node:path';
import { printable } from '../../model/index.js';
import { colours } from '../shared/colours.js';
import { layers, nameChanges, numbersOf } from '../shared/tree-report.js';
import type { Outcome } from '../shared/update.js';

/** @param milliseconds from the save to the tree that is written */
export function report(
  file: string,
  { plan, text, failed, changes, unchanged, left }: Outcome,
  milliseconds: number,
): void {
  process.stderr.write(text);
  for (const path of left)
    console.error(
      `${printable(join(dirname(file), path))}: ${colours.yellow('warning')}: it was edited by hand, and is left unchanged; \`registry-gitops generate\` replaces it.`,
    );
  const took = colours.dim(`${milliseconds.toFixed(0)} ms`);
  if (failed)
    console.error(`${time()} ${file}: ${colours.red('nothing was written')}; waiting for the next save. ${took}`);
  else if (changes.length === 0) console.log(`${time()} ${file}: nothing to write. ${took}`);
  else {
    nameChanges(changes, dirname(file));
    console.log(`${time()} ${file}: wrote ${layers(plan.config)}: ${numbersOf(changes, unchanged)}. ${took}`);
  }
}

/** @returns the time of day, as of a log that scrolls by. */
export function time(): string {
  return colours.dim(new Date().toTimeString().slice(0, 8));
}
