/**
 * A process that has the bundled program loaded and runs command lines with it, one after the other: see `run` in cli.ts. Starting Node
 * and compiling the program anew takes most of the time of a short run.
 *
 * Its arguments are two named pipes, for requests (a line of JSON: cwd, args, env) and for answers (a line: the exit code). Plain
 * JavaScript, as what compiles TypeScript would make the process larger, and starting git from it slower.
 */
import { openSync, writeSync } from 'node:fs';
import { createRequire } from 'node:module';
import { Socket } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout } from 'node:timers/promises';

/** Milliseconds until a run counts as hung: the process ends, and the test hears of it. */
const TIMEOUT = 60_000;
const MAIN = join(import.meta.dirname, '../../dist/main.js');
const require = createRequire(import.meta.url);

const [requests, answers] = process.argv.slice(2).map((path, index) => openSync(path, index === 0 ? 'r' : 'w'));
for await (const line of createInterface({ input: new Socket({ fd: requests, writable: false }) })) {
  const code = await codeOf(JSON.parse(line));
  writeSync(answers, `${code}\n`);
}

/** Runs the program, whose parts are loaded once, and whose main part begins at once when it is. @returns its exit code */
async function codeOf({ cwd, args, env }) {
  process.chdir(cwd);
  for (const name of Object.keys(process.env)) delete process.env[name];
  Object.assign(process.env, env);
  process.argv = [process.execPath, MAIN, ...args];
  // What the run before listened to.
  process.stdout.removeAllListeners('error');
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.removeAllListeners(signal);
  process.exitCode = undefined;
  delete require.cache[MAIN];
  const ended = performance.now() + TIMEOUT;
  require(MAIN);
  while (process.exitCode === undefined) {
    if (performance.now() > ended) process.exit(1);
    await setTimeout(1);
  }
  return process.exitCode;
}
