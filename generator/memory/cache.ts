/**
 * Keeps on disk what a run remembers, outside of every checkout: what a checkout brings is not believed. Never needed, and
 * safe to delete: what cannot be read counts as nothing.
 */
import { createHash } from 'node:crypto';
import { realpathSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder, keepInCache, readRegularFile } from '../tree/index.js';
import { type Kept, Memory } from './memory.js';

/**
 * @param root the folder of a tree
 * @returns the file that remembers the tree; undefined where the user has no folder for it
 */
export function cacheFile(root: string): string | undefined {
  const folder = cacheFolder();
  try {
    return folder === undefined ? undefined : join(folder, `tree-${sha256(realpathSync(root)).slice(0, 32)}.json`);
  } catch {
    return undefined; // there is no such tree yet
  }
}

/**
 * @param program names the program that runs, as another one remembers nothing for it
 * @returns what was remembered; nothing where the file is not there, was cut off, or is another program's
 */
export function loadMemory(file: string, program: string): Memory {
  try {
    const [first, ...rest] = readRegularFile(file).toString('utf8').split('\n');
    const text = rest.join('\n');
    if (first === headOf(program, text)) return new Memory(program, JSON.parse(text) as Kept);
  } catch {
    // It is made again.
  }
  return new Memory(program);
}

/** Keeps what is remembered, where it is new. */
export function saveMemory(file: string, memory: Memory): void {
  if (!memory.isNew) return;
  const text = JSON.stringify(memory.kept());
  keepInCache(file, `${headOf(memory.program, text)}\n${text}`);
}

function headOf(program: string, text: string): string {
  return `${program} ${sha256(text)}`;
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
