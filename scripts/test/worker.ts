/**
 * One process of the test runner: runs each test file whose path the runner sends, and prints the result behind what the
 * tests print. It ends when it is asked for none.
 */
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Request, RESULT, type Result } from './messages.js';

/** What uvu calls each suite of a file with: what failed as text or true, how many passed, were skipped, and were to run. */
type Suite = () => Promise<[errors: string | true, passed: number, skipped: number, total: number]>;

// uvu's own program does the same: files put their suites into this queue, and nothing starts by itself.
// See node_modules/uvu/run/index.mjs.
const uvu = globalThis as unknown as { UVU_DEFER: number; UVU_INDEX: number; UVU_QUEUE: Suite[][] };
uvu.UVU_DEFER = 1;
uvu.UVU_QUEUE = [];

async function runFile(file: string): Promise<Result> {
  const start = performance.now();
  const result: Result = { passed: 0, skipped: 0, total: 0, failures: '', seconds: 0 };
  uvu.UVU_INDEX = uvu.UVU_QUEUE.push([]) - 1;
  await import(pathToFileURL(resolve(file)).href);
  for (const suite of uvu.UVU_QUEUE[uvu.UVU_INDEX]!) {
    const [errors, passed, skipped, total] = await suite();
    result.passed += passed;
    result.skipped += skipped;
    result.total += total;
    if (errors !== true) result.failures += errors;
  }
  result.seconds = (performance.now() - start) / 1000;
  return result;
}

process.on('message', ({ file }: Request) => {
  if (file === undefined) return process.disconnect();
  // A test that waits for what never comes ends the process then, and does not keep it for ever.
  process.channel?.unref();
  void runFile(file).then((result) => {
    process.channel?.ref();
    process.stdout.write(`${RESULT}${JSON.stringify(result)}\n`);
  });
});
