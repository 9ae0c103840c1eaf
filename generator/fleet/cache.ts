/** Keeps on disk what a run remembers. Never needed, and safe to delete: what cannot be read counts as nothing. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Kept, Memory } from './memory.js';

/** Where packages keep what they can do without: https://github.com/sindresorhus/find-cache-dir */
const FOLDER = 'node_modules/.cache/registry-gitops';

/**
 * @param root the folder of a tree
 * @returns the file that remembers the tree: in the nearest node_modules above; undefined where there is none
 */
export function cacheFile(root: string): string | undefined {
  if (!existsSync(root)) return undefined;
  const real = realpathSync(root);
  for (let folder = real; ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'node_modules'))) return join(folder, FOLDER, `${sha256(real).slice(0, 32)}.json`);
    if (folder === dirname(folder)) return undefined;
  }
}

/**
 * @param program names the program that runs, as another one remembers nothing for it
 * @returns what was remembered; nothing where the file is not there, was cut off, or is another program's
 */
export function loadMemory(file: string, program: string): Memory {
  try {
    const [first, ...rest] = readFileSync(file, 'utf8').split('\n');
    const text = rest.join('\n');
    if (first === headOf(program, text)) return new Memory(program, JSON.parse(text) as Kept);
  } catch {
    // It is made again.
  }
  return new Memory(program);
}

/** Replaces the file in one step, so that runs at the same time read the one or the other. */
export function saveMemory(file: string, memory: Memory): void {
  if (!memory.isNew) return;
  const text = JSON.stringify(memory.kept());
  const staged = `${file}.${process.pid}`;
  try {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(staged, `${headOf(memory.program, text)}\n${text}`);
    renameSync(staged, file);
  } catch {
    // A run that cannot write here is a slower one, and no worse.
    rmSync(staged, { force: true });
  }
}

function headOf(program: string, text: string): string {
  return `${program} ${sha256(text)}`;
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
