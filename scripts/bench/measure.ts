/** How the benchmark measures: programs in a folder of its own, with a cache of its own, as medians. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PROGRAM } from '../../tests/support/cli.js';

export const folder = mkdtempSync(join(tmpdir(), 'registry-gitops-bench-'));
const cache = join(folder, 'cache');
/** The environment of all that is measured. */
export const env = { ...process.env, XDG_CACHE_HOME: cache };

/** @returns milliseconds that a program takes. */
export function time(command: string, args: string[]): number {
  const start = performance.now();
  const { status, stderr } = spawnSync(command, args, { cwd: folder, env, encoding: 'utf8', maxBuffer: 2 ** 28 });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${stderr}`);
  return performance.now() - start;
}

/** @returns milliseconds of one run of `generate`. */
export const generate = (): number => time(process.execPath, [PROGRAM, 'generate']);

export function median(values: number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;
}

/** Removes the tree and all that is remembered of it. The compiled code stays, as after any run before. */
export function clear(): void {
  for (const path of ['base', 'overlays', '.registry-gitops.sha256'])
    rmSync(join(folder, path), { recursive: true, force: true });
  const remembered = join(cache, 'registry-gitops');
  const names = existsSync(remembered) ? readdirSync(remembered) : [];
  for (const name of names.filter((one) => !one.startsWith('code-'))) rmSync(join(remembered, name));
}

/** Removes all that earlier runs left, the compiled code too. */
export function clearCache(): void {
  rmSync(cache, { recursive: true, force: true });
}

const missed: string[] = [];

export function print(what: string, value: string, verdict = ''): void {
  console.log(`${what.padEnd(58)} ${value.padStart(10)}${verdict && `  ${verdict}`}`);
}

/** Prints a number that has a goal, and whether it is met. @param digits after the point */
export function printGoal(
  what: string,
  value: number,
  goal: { below: number } | { atLeast: number },
  digits = 0,
): void {
  const isMet = 'below' in goal ? value < goal.below : value >= goal.atLeast;
  const words = 'below' in goal ? `below ${goal.below}` : `at least ${goal.atLeast}`;
  if (!isMet) missed.push(what);
  print(what, value.toFixed(digits), `goal: ${words}, ${isMet ? 'met' : 'NOT MET'}`);
}

export function printMissed(): void {
  console.log(missed.length === 0 ? 'All goals are met.' : `Goals that are not met: ${missed.join('; ')}.`);
}
