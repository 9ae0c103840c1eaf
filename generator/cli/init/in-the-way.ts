/** What is in a folder in which `init` is to write, and may come from others. */
import { existsSync, lstatSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { isInside, kindOf, realPathOf } from '../../tree/index.js';
import { CliError, EXIT } from '../shared/exit.js';
import { fromHere } from '../shared/input.js';

/**
 * @param root folder in which files are written
 * @param paths of the files, below it
 * @throws CliError where a link would have one of them written elsewhere, or something is in its place that is no file
 */
export function refuseInTheWay(root: string, paths: readonly string[]): void {
  const real = realPathOf(root);
  for (const path of paths) {
    const full = join(root, path);
    if (!isInside(real, realPathOf(full)) || leadsNowhere(dirname(full)) || leadsNowhere(full))
      throw new CliError(
        `${path}: a symbolic link leads there out of ${fromHere(root)}; remove it, then run again. Nothing was written.`,
        EXIT.files,
      );
    const stat = statSync(full, { throwIfNoEntry: false });
    if (stat && !stat.isFile())
      throw new CliError(`${path} is ${kindOf(stat)}; move it away, then run again. Nothing was written.`, EXIT.files);
  }
}

/** Whether there is a link to what is not there yet: writing would make it. */
function leadsNowhere(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined && !existsSync(path);
}
