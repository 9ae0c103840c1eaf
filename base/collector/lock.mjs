// Generated from registry.yaml: change that, then run `npm run generate`.
/** Who may make the registry read-only: one at a time, and nobody whom a crash has silenced. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Refusal } from './cluster.mjs';

/** Someone else has the lock, and is alive. */
export class Held extends Error {
}

/** The lock was taken by someone else, who had not heard of its holder for too long. */
export class Lost extends Error {
}

/**
 * A lock in a ConfigMap: who holds it, and a number that its holder counts up. It ends with its holder's silence, which
 * whoever wants it measures by a clock of its own: clocks of different nodes are never compared. (A Lease would say the
 * same, but Argo CD leaves Leases out of what it applies.)
 */
export class Lock {
  #cluster;
  #name;
  #holder;
  #silence;
  #state;

  /**
   * @param name of the ConfigMap
   * @param holder who asks, unlike any other
   * @param silence seconds without a word from the holder after which it counts as dead
   */
  constructor(cluster, name, holder, silence) {
    this.#cluster = cluster;
    this.#name = name;
    this.#holder = holder;
    this.#silence = silence;
  }

  /** Takes the lock; where another has it, once it has been silent for long enough. @throws Held */
  async acquire() {
    let state = await this.#cluster.readConfigMap(this.#name);
    const end = performance.now() + this.#silence * 1000;
    while (state.data?.['holder'] && performance.now() < end) {
      await sleep(Math.min(1000, this.#silence * 100));
      const next = await this.#cluster.readConfigMap(this.#name);
      if (next.data?.['holder'] && wordOf(next) !== wordOf(state))
        throw new Held(next.data['holder']);
      state = next;
    }
    try {
      this.#state = await this.#cluster.writeConfigMap(this.#name, state, { holder: this.#holder, renewals: '0' });
    }
    catch (error) {
      if (isConflict(error))
        throw new Held('another collection, which was first');
      throw error;
    }
  }

  /** Says that the holder is alive. @throws Lost where another has taken the lock */
  async renew() {
    const renewals = String(Number(this.#state.data['renewals']) + 1);
    await this.#write({ holder: this.#holder, renewals });
  }

  async release() {
    await this.#write({ holder: '', renewals: '0' });
  }

  async #write(data) {
    try {
      this.#state = await this.#cluster.writeConfigMap(this.#name, this.#state, data);
    }
    catch (error) {
      if (!isConflict(error))
        throw error;
      // An answer may have been lost on its way: then the conflict is with ourselves.
      const now = await this.#cluster.readConfigMap(this.#name);
      if (now.data?.['holder'] !== this.#holder)
        throw new Lost(now.data?.['holder'] || 'nobody');
      this.#state = await this.#cluster.writeConfigMap(this.#name, now, data);
    }
  }
}

/** @returns what its holder last said: labels that someone else changes are no sign of its life. */
function wordOf({ data }) {
  return `${data?.['holder']} ${data?.['renewals']}`;
}

function isConflict(error) {
  return error instanceof Refusal && error.status === 409;
}
