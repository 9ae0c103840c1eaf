/** What became of a tree, in words. */
import { join } from 'node:path';
import { printable } from '../../model/index.js';
import { type Plan } from '../../plan/index.js';
import { MANIFEST, type Change } from '../../tree/index.js';
import { colours } from './colours.js';
import { pathLines } from './path-lines.js';

import type { Outcome } from './update.js';

const SIGNS = { added: colours.green('+'), changed: colours.yellow('~'), removed: colours.red('-') };
/** Files that a warning names one by one. */
const NAMED = 40;

/** @returns an outcome for machines. */
export function asJson({ changes, unchanged, findings }: Outcome, dryRun = false): object {
  const paths = (kind: Change['kind']): string[] =>
    changes.filter((change) => change.kind === kind).map(({ path }) => path);
  return { dryRun, added: paths('added'), changed: paths('changed'), removed: paths('removed'), unchanged, findings };
}

/** @returns what a tree consists of, in words. */
export function layers({ overlays }: Plan['config'], article = 'the'): string {
  return `${article} base and ${overlays.length} overlay${overlays.length === 1 ? '' : 's'}`;
}

/** Prints the files that changes are about. @param folder is put before their paths */
export function nameChanges(changes: Change[], folder = ''): void {
  const named = changes.filter(({ path }) => path !== MANIFEST);
  const lines = pathLines(named.map(({ kind, path }) => ({ sign: SIGNS[kind], path: join(folder, path) })));
  for (const line of lines) console.log(line);
}

/** Warns of files that somebody edited. @param fate what becomes of one */
export function reportEdited(paths: readonly string[], folder: string, fate: string): void {
  for (const path of paths.slice(0, NAMED))
    console.error(
      `${printable(join(folder, path))}: ${colours.yellow('warning')}: it was edited by hand, and ${fate}; set in registry.yaml what it should have (\`npm run explain\` names the field).`,
    );
  if (paths.length > NAMED) console.error(`  and ${paths.length - NAMED} more`);
}

/** @returns how many files changes are about, in words. */
export function numbersOf(changes: Change[], unchanged: number): string {
  const count = (kind: Change['kind']): number =>
    changes.filter((change) => change.kind === kind && change.path !== MANIFEST).length;
  return `${count('added')} added, ${count('changed')} changed, ${count('removed')} removed, ${unchanged} unchanged`;
}
