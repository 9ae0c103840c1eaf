/** Several processes, each of which runs one test file after the other from one queue. */
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { type Request, RESULT, type Result } from './messages.js';

/** What became of a file, and what it printed. */
export interface Ran {
  file: string;
  printed: string;
  result: Result;
}

const WORKER = join(import.meta.dirname, 'worker.ts');

/**
 * Runs test files in so many processes, and calls `done` as each of them ends.
 *
 * @param files in the order in which they are begun
 */
export async function runFiles(files: string[], processes: number, done: (ran: Ran) => void): Promise<void> {
  const queue = [...files];
  const work = async () => {
    let worker: Worker | undefined;
    for (let file = queue.shift(); file !== undefined; file = queue.shift()) {
      worker ??= new Worker();
      const ran = await worker.run(file);
      done(ran);
      // A file that took its process with it: the next one gets a new one.
      if (worker.ended) worker = undefined;
    }
    await worker?.end();
  };
  await Promise.all(Array.from({ length: Math.min(processes, files.length) }, work));
}

class Worker {
  ended = false;
  readonly #child: ChildProcess;
  #printed = '';
  #settle: (result: Result) => void = () => {};
  readonly #closed: Promise<void>;

  constructor() {
    this.#child = spawn(process.execPath, ['--import', 'tsx', WORKER], { stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
    for (const stream of [this.#child.stdout!, this.#child.stderr!]) {
      stream.setEncoding('utf8');
      stream.on('data', (text: string) => this.#read(text));
    }
    this.#closed = new Promise((resolve) =>
      this.#child.on('close', (code, signal) => {
        this.ended = true;
        const failures = `The process ended with ${signal ?? `exit code ${code}`} before the tests did.\n`;
        this.#settle({ passed: 0, skipped: 0, total: 1, failures, seconds: 0 });
        resolve();
      }),
    );
  }

  async run(file: string): Promise<Ran> {
    this.#printed = '';
    const result = await new Promise<Result>((resolve) => {
      this.#settle = resolve;
      // Where it is gone already, 'close' settles.
      this.#child.send({ file } satisfies Request, () => {});
    });
    return { file, printed: this.#printed, result };
  }

  /** Waits until the process has ended by itself: one that does not has left something open. */
  async end(): Promise<void> {
    // The other side disconnects: where this one does, Node emits no 'close'.
    this.#child.send({} satisfies Request, () => {});
    await this.#closed;
  }

  #read(text: string): void {
    this.#printed += text;
    const at = this.#printed.indexOf(RESULT);
    const end = this.#printed.indexOf('\n', at);
    if (at === -1 || end === -1) return;
    const result = JSON.parse(this.#printed.slice(at + RESULT.length, end)) as Result;
    this.#printed = this.#printed.slice(0, at) + this.#printed.slice(end + 1);
    this.#settle(result);
  }
}
