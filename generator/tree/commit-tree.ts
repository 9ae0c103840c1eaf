/**
 * Carries out a journal in a process of its own, started by write.ts: `kill -9` of the generator, even of its whole
 * process group, in the middle of the moves does not stop them. Waits for the journal's hash on standard input; where
 * that ends without one, the generator is gone before the tree was complete, and nothing is to be done.
 */
import { readFileSync } from 'node:fs';
import { carryOut } from './journal.js';

process.stdout.write('ready\n');
const journal = readFileSync(0, 'utf8');
if (/^[0-9a-f]{64}$/.test(journal)) {
  try {
    carryOut(process.argv[2]!, journal);
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`);
    process.exitCode = 1;
  }
}
