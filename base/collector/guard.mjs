// Generated from registry.yaml: change that, then run `npm run generate`.
/** What watches over a collection while the registry is read-only, and waits for its pods. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Refusal } from './cluster.mjs';
import { Lost } from './lock.mjs';

/** Someone other than the collection made the registry take writes. */
class Opened extends Error {
}

/** Keeps the lock, and stops the collection at once where the registry may take writes, or nothing is known of it any more. */
export class Guard {
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
      // Once all is done, nobody waits for the next look.
      await sleep(seconds * 1000, undefined, { ref: false });
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
    const registry = await cluster.registry();
    staysClosed(registry);
    if (registry.writers.length > 0)
      throw new Opened(`there are pods that accept writes: ${registry.writers.join(', ')}`);
  }
}

/** @throws Opened */
export function staysClosed({ closed }) {
  if (!closed)
    throw new Opened('the Deployment was changed to accept writes');
}

/** Waits for the registry to be so. @throws after the time of a rollout, when stopped, or what the condition throws */
export async function waitFor(cluster, { look, rollout }, signal, isSo) {
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

/** Repeats a step until the API server answers. @param seconds for which it may be away @throws what it answers in the end */
export async function onceAnswered(step, seconds, signal) {
  const end = performance.now() + seconds * 1000;
  for (;;) {
    signal.throwIfAborted();
    try {
      return await step();
    }
    catch (error) {
      const isAway = error instanceof Refusal ? error.status >= 500 || error.status === 429 : isNetworks(error);
      if (!isAway || performance.now() > end)
        throw error;
      await sleep(Math.min(1000, seconds * 50));
    }
  }
}

/** What fetch throws where there is no answer, or none in time. */
function isNetworks(error) {
  return error instanceof TypeError || (error instanceof DOMException && error.name === 'TimeoutError');
}
