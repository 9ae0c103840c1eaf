/** Files that `init` writes, and never over one that is there. */
import { writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { makeFolder } from '../../tree/index.js';
import { CliError, EXIT } from '../shared/exit.js';
import { fromHere } from '../shared/input.js';

/** What `init` did with each file, as it is printed. */
export interface Report {
  wrote: string[];
  /** What was not written, each with the reason. */
  left: string[];
}

export const EXISTS = 'is there already, and is left as it is';

/** @returns whether it was written: not where there is something. @throws CliError where it cannot be */
export function writeNew(path: string, text: string | Uint8Array, mode?: number): boolean {
  try {
    makeFolder(dirname(path));
    writeFileSync(path, text, { flag: 'wx', ...(mode === undefined ? {} : { mode }) });
    return true;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return false;
    throw new CliError(`${fromHere(path)} cannot be written: ${message}`, EXIT.files);
  }
}

/** Adds a file to the report. */
export function note({ wrote, left }: Report, path: string, written: boolean): void {
  if (written) wrote.push(path);
  else left.push(`${path} ${EXISTS}`);
}
