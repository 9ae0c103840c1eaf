/** Files that something is reported of, in lines that fit a terminal. */
import { dirname } from 'node:path';
import { printable } from '../../model/index.js';

const LINES = 40;
/** Files of a program, of which so many of a folder have a line each; manifests always have one, as each is an object. */
const PROGRAM = /\.mjs$/;
const IN_A_FOLDER = 10;

/**
 * @param files in the order of their paths; the sign says what became of each
 * @returns a line for each, but one for many files of a program that share a sign, and at most 40
 */
export function pathLines(files: readonly { sign: string; path: string }[]): string[] {
  const folders = new Map<string, number>();
  const folderOf = ({ sign, path }: { sign: string; path: string }): string => `${sign} ${printable(dirname(path))}/`;
  for (const file of files) folders.set(folderOf(file), (folders.get(folderOf(file)) ?? 0) + 1);
  const lines = new Set<string>();
  for (const file of files) {
    const folder = folderOf(file);
    const count = folders.get(folder)!;
    lines.add(
      count > IN_A_FOLDER && PROGRAM.test(file.path)
        ? `${folder} (${count} files)`
        : `${file.sign} ${printable(file.path)}`,
    );
  }
  const all = [...lines];
  return all.length > LINES ? [...all.slice(0, LINES), `  and ${all.length - LINES} more`] : all;
}
