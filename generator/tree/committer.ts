/** The process that moves the files of a tree to their places. */
import { spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import type { Replacement } from './replace.js';
import { TreeError } from './tree.js';

/** The process that carries out a replacement. */
export interface Committer {
  /** Undefined where it could not be started. */
  pid: number | undefined;
  ready: Promise<void>;
  /** Has it carry out a replacement, and ends it. @throws TreeError where not all could be done */
  go: (replacement: Replacement) => Promise<void>;
  /** Ends it, with nothing done. */
  stop: () => void;
}

/**
 * Starts the process that will move the files. It takes as long as to plan the tree, so it is worth starting before it is
 * known whether there is anything to write.
 *
 * @param root the folder that base/ and overlays/ are in, by which a person knows the process
 */
export function startCommitter(root: string): Committer {
  const script = join(import.meta.dirname, 'commit-tree.js');
  const child = spawn(process.execPath, [script, root], { detached: true, stdio: 'pipe' });
  let errors = '';
  child.stderr.on('data', (data) => {
    errors += data;
  });
  child.stdin.on('error', () => {}); // reported by the exit code
  const exited = new Promise<number | null>((resolve) => child.on('close', resolve).on('error', () => resolve(-1)));
  const ready = new Promise<void>((resolve, reject) => {
    child.stdout.once('data', () => resolve());
    void exited.then(() => reject(new Error(`the committing process failed: ${errors.trim()}`)));
  });
  ready.catch(() => {}); // awaited later, or not at all
  return {
    pid: child.pid,
    ready,
    stop: () => {
      child.stdin.end();
      // Nobody waits for it.
      child.unref();
      for (const stream of [child.stdout, child.stderr]) (stream as Socket).unref();
    },
    go: async (replacement) => {
      child.stdin.end(`${JSON.stringify(replacement)}\n`);
      if ((await exited) !== 0) {
        throw new TreeError(
          `the tree was written in part: ${errors.trim()}. Correct that; the next run finishes the rest`,
        );
      }
    },
  };
}
