/** Ctrl-C, or the end of a CI job: what was begun is taken back, or finished, before the program ends. */
import type { ChildProcess } from 'node:child_process';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** The run was interrupted where it could be. */
export class Interrupted extends Error {
  readonly signal: NodeJS.Signals;

  constructor(signal: NodeJS.Signals) {
    super(`interrupted by ${signal}`);
    this.signal = signal;
  }
}

let received: NodeJS.Signals | undefined;
let isUndisturbed = false;
/** Programs that an interruption ends. */
const running = new Set<ChildProcess>();

/** Takes signals from now on, in place of ending at once. @returns what leaves them to the system again */
export function takeSignals(): () => void {
  const take = (signal: NodeJS.Signals): void => {
    received ??= signal;
    if (!isUndisturbed) for (const child of running) child.kill('SIGTERM');
  };
  for (const signal of SIGNALS) process.on(signal, take);
  return () => {
    for (const signal of SIGNALS) process.off(signal, take);
  };
}

/** Runs something to its end, whatever comes meanwhile. */
export async function undisturbed<T>(run: () => Promise<T>): Promise<T> {
  const before = isUndisturbed;
  isUndisturbed = true;
  try {
    return await run();
  } finally {
    isUndisturbed = before;
  }
}

/** @throws Interrupted where the run is to end */
export function endIfInterrupted(): void {
  if (received !== undefined && !isUndisturbed) throw new Interrupted(received);
}

/** Has an interruption end a program, too. */
export function endWithRun(child: ChildProcess): void {
  running.add(child);
  child.once('exit', () => running.delete(child));
}
