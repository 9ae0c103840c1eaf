import { type ChildProcess, spawn } from 'node:child_process';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** @returns a TCP port of the loopback interface that nobody listens on. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}

/** Those that have a group of their own, whoever started them. */
const groups = new WeakSet<ChildProcess>();

/** Programs that a test started, to be stopped when it ends. */
export class Processes {
  readonly #children: ChildProcess[] = [];

  /**
   * @param group whether what it starts dies with it, as in a container
   * @returns the process and, growing, what it prints
   */
  start(
    program: string,
    args: string[],
    env: Record<string, string> = {},
    { group = false } = {},
  ): { child: ChildProcess; log: () => string; exited: Promise<number | null> } {
    const child = spawn(program, args, {
      env: { PATH: process.env['PATH']!, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: group,
    });
    this.#children.push(child);
    if (group) groups.add(child);
    let text = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (text += data));
    const exited = new Promise<number | null>((resolve) => child.on('close', resolve).on('error', () => resolve(-1)));
    return { child, log: () => text, exited };
  }

  async stop(): Promise<void> {
    for (const child of this.#children) this.kill(child);
    await sleep(50);
  }

  /** Kills a process, with its group if it has one of its own, which may outlive it. */
  kill(child: ChildProcess): void {
    if (child.pid === undefined) return;
    if (!groups.has(child)) {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
      return;
    }
    try {
      process.kill(-child.pid, 'SIGKILL');
    } catch {
      // The last of the group is gone.
    }
  }
}

/**
 * Waits until something holds, or throws with what `state` says: after so long, and some looks at least, as the machine itself
 * may stand still.
 *
 * @param pause milliseconds between two looks
 */
export async function until(
  what: string,
  holds: () => boolean | Promise<boolean>,
  milliseconds: number,
  state = () => '',
  pause = 50,
): Promise<void> {
  const deadline = performance.now() + milliseconds;
  for (let looks = 1; ; looks++) {
    try {
      if (await holds()) return;
    } catch {
      // Not yet.
    }
    if (performance.now() > deadline && looks > 20)
      throw new Error(`${what}: not within ${milliseconds} ms\n${state()}`);
    await sleep(pause);
  }
}
