// Generated from registry.yaml: change that, then run `npm run generate`.
/** Garbage collection as a protocol: refuse writes, flush the cache, collect, flush it again, take writes again. */
import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { Lost } from './lock.mjs';

/** To let the registry take writes again, within some 25 s. What was not done by then is left to recover. */
const ATTEMPTS = 6;

/**
 * What the registry's collector ends with, on every storage, where nobody has pushed anything yet: no repository, or only
 * uploads that were never finished. With a longer path it is a repository that is broken.
 */
const NOTHING_PUSHED = /path not found: \/docker\/registry\/v2\/(repositories|blobs)\/?\s*$/i;

/**
 * Runs one collection. Wherever it ends, it leaves the registry taking writes, and nothing in the cache that is not in the
 * storage: the cache is empty before anything is deleted, and read-only pods put nothing into it.
 *
 * @throws what went wrong; the registry takes writes again then, or the error says that it could not be made to
 */
export async function collect({ cluster, lock, flush, command, times, say, signal }) {
  await lock.acquire();
  const stop = new AbortController();
  const abort = () => stop.abort(new Error('stopped by a signal'));
  signal.addEventListener('abort', abort);
  if (signal.aborted)
    abort();
  const guard = new Guard(cluster, lock, times, stop);
  let failure;
  let mayBeClosed = false;
  try {
    if ((await cluster.registry()).touched) {
      mayBeClosed = true;
      say('an earlier collection left the registry read-only: enabling writes first');
      await cluster.setClosed(false);
      await waitFor(cluster, times, stop.signal, ({ rolledOut }) => rolledOut);
    }
    // Whoever was frozen until now, or told to stop, has nothing to close any more.
    await lock.renew();
    stop.signal.throwIfAborted();
    const timer = setTimeout(() => stop.abort(new Error(`not done within ${times.deadline} s`)), times.deadline * 1000);
    try {
      say('writes are refused from now on');
      mayBeClosed = true;
      await cluster.setClosed(true);
      await waitFor(cluster, times, stop.signal, ({ rolledOut, writers }) => rolledOut && writers.length === 0);
      guard.mustBeClosed = true;
      await flush();
      say('no pod accepts writes, and the cache is empty: collecting');
      try {
        await run(command, stop.signal);
      }
      finally {
        // Before anyone asks again whether a blob is there.
        await sleep(times.settle * 1000);
      }
      // Nobody should have written to it; but who knows whose Redis this is.
      await flush();
    }
    finally {
      clearTimeout(timer);
    }
  }
  catch (error) {
    failure = stop.signal.aborted ? stop.signal.reason : error;
  }
  guard.stop();
  signal.removeEventListener('abort', abort);
  // Who took the lock has found the registry read-only, and sees to it.
  if (failure instanceof Lost)
    throw failure;
  if (mayBeClosed)
    await reopen(cluster, lock, say, failure);
  await lock.release();
  if (failure)
    throw failure;
}

/** Makes the registry take writes again, unless a collection is under way. @throws Held if one is */
export async function recover({ cluster, lock, say }) {
  if (!(await cluster.registry()).touched)
    return;
  await lock.acquire();
  say('a collection that has ended left the registry read-only');
  await reopen(cluster, lock, say, undefined);
  await lock.release();
}

/** @throws Lost where another has the lock meanwhile, and whether the registry is read-only is for that one to say */
async function reopen(cluster, lock, say, failure) {
  for (let attempt = 1;; attempt++) {
    try {
      await lock.renew();
      await cluster.setClosed(false);
      break;
    }
    catch (error) {
      if (error instanceof Lost)
        throw error;
      if (attempt === ATTEMPTS)
        throw new Error(`${failure ? `${messageOf(failure)}; and ` : ''}the registry is still read-only: ${messageOf(error)}`, { cause: error });
      await sleep(1000 * attempt);
    }
  }
  say('writes are accepted again, as the pods are replaced');
}

/** Waits for the registry to be so. @throws after the time of a rollout, or when stopped */
async function waitFor(cluster, { look, rollout }, signal, isSo) {
  const end = performance.now() + rollout * 1000;
  for (;;) {
    signal.throwIfAborted();
    const registry = await cluster.registry().catch(() => undefined);
    signal.throwIfAborted();
    if (registry && isSo(registry))
      return;
    if (performance.now() > end) {
      const state = registry
        ? `${registry.rolledOut ? 'rolled out' : 'not rolled out'}, pods that accept writes: ${registry.writers.join(', ') || 'none'}`
        : 'the API server does not answer';
      throw new Error(`the pods were not replaced within ${rollout} s (${state})`);
    }
    await sleep(look * 1000);
  }
}

/** Keeps the lock, and stops the collection at once where the registry may take writes, or nothing is known of it any more. */
class Guard {
  mustBeClosed = false;
  #stopped = false;

  constructor(cluster, lock, { look, patience }, stop) {
    // Apart, as one that waits for an answer must not keep the other from noticing.
    void this.#repeat(() => lock.renew(), 5 * look, patience, stop);
    void this.#repeat(() => this.#look(cluster), look, patience / 3, stop);
  }

  stop() {
    this.#stopped = true;
  }

  /** Repeats a step every so many seconds, and stops the collection where it failed for too long. */
  async #repeat(step, seconds, patience, stop) {
    let heard = performance.now();
    for (;;) {
      await sleep(seconds * 1000);
      if (this.#stopped)
        return;
      try {
        await step();
        heard = performance.now();
      }
      catch (error) {
        if (this.#stopped)
          return;
        if (error instanceof Lost || error instanceof Opened || performance.now() - heard > patience * 1000)
          return stop.abort(error);
      }
    }
  }

  async #look(cluster) {
    if (!this.mustBeClosed)
      return;
    const { closed, writers } = await cluster.registry();
    if (!closed)
      throw new Opened('the Deployment was changed to accept writes');
    if (writers.length > 0)
      throw new Opened(`there are pods that accept writes: ${writers.join(', ')}`);
  }
}

/** Someone other than the collection made the registry take writes. */
class Opened extends Error {
}

/** Runs the registry's collector. @throws where it fails, and, once it is dead, where it was stopped */
async function run([program, ...args], signal) {
  signal.throwIfAborted();
  const child = spawn(program, args, { stdio: ['ignore', 'inherit', 'pipe'] });
  const kill = () => void child.kill('SIGKILL');
  signal.addEventListener('abort', kill);
  let last = '';
  child.stderr.on('data', (data) => {
    process.stderr.write(data);
    last = (last + data.toString()).slice(-4096);
  });
  const code = await new Promise((resolve, reject) => child.on('close', resolve).on('error', reject));
  signal.removeEventListener('abort', kill);
  signal.throwIfAborted();
  if (code !== 0 && !(code === 1 && NOTHING_PUSHED.test(last)))
    throw new Error(`the registry's collector failed with ${code}: ${last.trim().split('\n').at(-1)}`);
}

export function messageOf(error) {
  return error instanceof Error ? error.message : String(error);
}
