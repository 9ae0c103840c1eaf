/** How often, and how soon after one another, a push is tried where others push too. */
import { setTimeout as sleep } from 'node:timers/promises';
import { PublishError } from '../git/git.js';
import type { Target } from './remote.js';

/** Seconds. Of eight that push one commit after another, each gets its turn within one of these minutes. */
const MOVING = 600;
/** Seconds that a branch may be locked without moving: no git holds a lock for as long, unless it was killed. */
const LOCKED = 20;
/**
 * Milliseconds, and how many times a try's own duration. A pause gets shorter from try to try, and there is none after so many:
 * who comes last waits for those that have tried for long, or these would never get their turn.
 */
const PAUSE = { longest: 5000, times: 16 };

/** The tries of one push. */
export class Tries {
  /** With the one that is under way. */
  count = 1;
  readonly #target: Target;
  readonly #locked: number;
  readonly #now: () => number;
  readonly #began: number;
  #tryBegan: number;
  /** Of the remote, as it was last; null: nobody has looked. */
  #tip: string | undefined | null = null;
  #tipSince = 0;

  /**
   * @param seconds that the remote has for an answer
   * @param now milliseconds
   */
  constructor(target: Target, seconds: number, now = () => performance.now()) {
    this.#target = target;
    this.#locked = Math.min(LOCKED, seconds);
    this.#now = now;
    this.#began = this.#tryBegan = now();
  }

  /** Begins another one. */
  next(): void {
    this.count++;
    this.#tryBegan = this.#now();
  }

  /** Lets others go first. */
  pause(): Promise<void> {
    return sleep(
      Math.random() * Math.min(PAUSE.longest, (this.#now() - this.#tryBegan) * Math.max(0, PAUSE.times - this.count)),
    );
  }

  /**
   * @param tip that the remote has after a try that failed; undefined: it has no such branch
   * @param said by the remote
   * @throws PublishError where further tries are of no use
   */
  goOnFrom(tip: string | undefined, said: string): void {
    const { name, url } = this.#target;
    const left = 'The repository here is as it was; the files are generated.';
    const now = this.#now();
    if (tip !== this.#tip) {
      if (now - this.#began > MOVING * 1000)
        throw new PublishError(
          `${name} (${url}) moved for ${MOVING / 60} minutes, each time that this was to be pushed (${this.count} times); run again. ${left}`,
          'refused',
        );
      [this.#tip, this.#tipSince] = [tip, now];
    } else if (now - this.#tipSince > this.#locked * 1000) {
      throw new PublishError(
        `${name} (${url}) rejects the commit, though its branch has not moved for ${this.#locked} s: ${said}\n${left} If no git process runs there, one was killed: remove the lock that it names, then run again.`,
      );
    }
  }
}
