/**
 * Carries out a replacement in a process of its own, started by committer.ts: `kill -9` of the generator, even of its whole
 * process group, in the middle of the moves does not stop them. What is to be done comes on standard input, as one line of
 * JSON; where that ends before the line does, the generator is gone before the tree was complete, and nothing is to be done.
 */
import { readFileSync } from 'node:fs';
import { type Replacement, replaceFiles } from './replace.js';

process.stdout.write('ready\n');
const line = readFileSync(0, 'utf8');
if (line.endsWith('\n')) {
  try {
    replaceFiles(JSON.parse(line) as Replacement);
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`);
    process.exitCode = 1;
  }
}
