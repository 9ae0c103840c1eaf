/** A collection, and the job that recovers from a dead one, step by step: docs/background/garbage-collection.md. */
import { reachOf } from './reach.js';
import { firstOf, nameOf, remove } from './removal.js';
import type { Faults, Scenario } from './scenario.js';
import { CHILD, type Collection, copyOf, IMAGE, INDEX, LAYER, LINK, PHASE, type State } from './state.js';

type Step = (what: string, state: State) => void;

const RECOVER = 3;
type Go = (what: string, phase: number, change?: (after: State, collection: Collection) => void) => void;

export class Collector {
  readonly #scenario: Scenario;
  readonly #faults: Partial<Faults>;

  constructor(scenario: Scenario) {
    this.#scenario = scenario;
    this.#faults = scenario.faults ?? {};
  }

  next(state: State, step: Step): void {
    for (let who = 0; who < this.#scenario.collections; who++) {
      this.#collection(state, who, step);
      this.#ends(state, who, step);
    }
    this.#recover(state, step);
  }

  /**
   * Whether no pod that takes writes becomes ready now, as a collection that is alive would have been killed before: it
   * looks each second, and a new pod takes longer.
   */
  guards(state: State): boolean {
    return (
      !this.#faults.unguarded && state.collections.some(({ phase }) => phase >= PHASE.waited && phase <= PHASE.swept)
    );
  }

  #collection(state: State, who: number, step: Step): void {
    const faults = this.#faults;
    const { phase, candidates, untagged, todo } = state.collections[who]!;
    const go: Go = (what, phase, change) => {
      const after = copyOf(state);
      const collection = after.collections[who]!;
      collection.phase = phase;
      change?.(after, collection);
      step(`collection ${who}: ${what}`, after);
    };
    const settle = (after: State): void => {
      after.unseen = 0;
      after.ghosts = 0;
    };
    switch (phase) {
      case PHASE.idle:
        return this.#survey(state, go);
      case PHASE.surveyed:
        if (untagged)
          return go('removes a manifest without a tag', PHASE.surveyed, (after, it) =>
            this.#remove(after, it, untagged),
          );
        if (faults.open)
          return go('collects while writes go on', PHASE.marked, (after, it) => this.#plan(after, it, state.unseen));
        if (!state.away && (this.#faults.stolenLock || this.#mayLock(state)))
          go('has the lock', PHASE.locked, (after) => this.#takeLock(after, who + 1));
        return;
      case PHASE.locked:
        if (state.away) return;
        if (state.closed)
          return go('opens what another one left closed', PHASE.openedFirst, (after) => (after.closed = 0));
        return go('refuses writes', PHASE.closed, (after) => (after.closed = 1));
      case PHASE.openedFirst:
        if (!state.away && state.open === 3) go('refuses writes', PHASE.closed, (after) => (after.closed = 1));
        return;
      case PHASE.closed:
        if (!state.away && state.closed && state.open === 0 && (state.ending === 0 || faults.unwaited))
          go('sees no writer', PHASE.waited);
        return;
      case PHASE.waited:
        return go('flushes', PHASE.flushed, (after) => this.#flush(after, !faults.unflushed));
      case PHASE.flushed:
        return go('waits for NFS', PHASE.settled, faults.hastyMark ? undefined : settle);
      case PHASE.settled:
        if (this.#scenario.deleteUntagged && !faults.onlineUntagged)
          return go('looks for what has no tag', PHASE.marked, (after, it) => {
            it.untagged = this.#untaggedOf(state);
            if (!it.untagged) this.#plan(after, it, 0);
          });
        for (const unseen of state.unseen ? [0, state.unseen] : [0])
          go('marks', PHASE.marked, (after, it) => this.#plan(after, it, unseen));
        return;
      case PHASE.marked:
        if (!untagged) return go('sweeps', PHASE.sweeping);
        return go('removes a manifest without a tag', PHASE.marked, (after, it) => {
          this.#remove(after, it, untagged);
          if (it.untagged) return;
          // What they needed goes next time, or now, if the registry's own mark is quick.
          it.candidates = candidates | (15 & ~this.#theirMark(after));
          this.#plan(after, it, 0);
        });
      case PHASE.sweeping:
        go(todo ? 'has no time left' : 'has swept', PHASE.swept);
        if (todo) this.#sweep(todo, go);
        return;
      case PHASE.swept:
        return go('waits for NFS', PHASE.settledAgain, faults.hastyOpen ? undefined : settle);
      case PHASE.settledAgain:
        return go('flushes', PHASE.flushedAgain, (after) => this.#flush(after, true));
      case PHASE.flushedAgain:
      case PHASE.stoppedSettled:
        return this.#open(state, who, go);
      case PHASE.opened:
        if (!state.away) go('is done', PHASE.ended, (after) => (after.lock = after.lock === who + 1 ? 0 : after.lock));
        return;
      case PHASE.stopped:
        return go('waits for NFS', PHASE.stoppedSettled, faults.hastyOpen ? undefined : settle);
    }
  }

  /** How a collection ends before its end: killed, or stopped (by a signal, the deadline, its guard, a failure). */
  #ends(state: State, who: number, step: Step): void {
    const { phase } = state.collections[who]!;
    if (phase < PHASE.locked || phase === PHASE.ended || phase === PHASE.dead) return;
    if (state.crashes > 0) {
      const after = copyOf(state);
      after.crashes--;
      after.collections[who] = { phase: PHASE.dead, candidates: 0, untagged: 0, todo: 0 };
      step(`collection ${who}: is killed`, after);
    }
    if (phase >= PHASE.opened) return;
    const after = copyOf(state);
    const { todo } = state.collections[who]!;
    if (this.#faults.lateRemoval && phase === PHASE.sweeping) after.late = firstOf(todo);
    after.collections[who] = { phase: PHASE.stopped, candidates: 0, untagged: 0, todo: 0 };
    step(`collection ${who}: is stopped`, after);
  }

  #recover(state: State, step: Step): void {
    const go = (what: string, recover: number, change: (after: State) => void): void => {
      const after = copyOf(state);
      after.recover = recover;
      change(after);
      step(`recover: ${what}`, after);
    };
    if (state.recover > 0 && state.crashes > 0) go('is killed', 0, (after) => after.crashes--);
    if (state.away) return;
    if (state.recover === 0) {
      if (!state.closed) return;
      if (this.#faults.rashRecover) go('opens without a look at the lock', 0, (after) => (after.closed = 0));
      else if (this.#mayLock(state)) go('has the lock', 1, (after) => this.#takeLock(after, RECOVER));
    } else if (state.recover === 1) {
      if (state.lock === RECOVER) go('opens', 2, (after) => (after.closed = 0));
      else go('has lost the lock', 0, () => {});
    } else {
      go('is done', 0, (after) => (after.lock = after.lock === RECOVER ? 0 : after.lock));
    }
  }

  #survey(state: State, go: Go): void {
    const ours = reachOf(state, state.revisions);
    const theirs = this.#theirMark(state);
    go('surveys', PHASE.surveyed, (_, it) => {
      it.candidates = 15 & ~theirs & (this.#faults.upstreamMark ? 15 : ~ours);
      if (this.#faults.onlineUntagged) it.untagged = this.#untaggedOf(state);
    });
  }

  /** What may go: candidates that our own mark does not reach. */
  #plan(state: State, collection: Collection, unseen: number): void {
    const { onlineMark, upstreamMark } = this.#faults;
    const reached = onlineMark ? 0 : upstreamMark ? this.#theirMark(state) : reachOf(state, state.revisions & ~unseen);
    const garbage = collection.candidates & ~reached;
    collection.todo = garbage & LAYER ? garbage | LINK[0] | LINK[1] : garbage;
    collection.candidates = 0;
  }

  /** The registry's own mark, which does not see all. */
  #theirMark(state: State): number {
    return reachOf(state, state.revisions, this.#scenario.blind);
  }

  /** Manifests that no tag, and no index that stays, reaches. */
  #untaggedOf({ revisions, tags }: State): number {
    const stay = revisions & (tags | (tags & INDEX ? CHILD : 0));
    return revisions & ~stay;
  }

  /** Parents first. */
  #remove(after: State, it: Collection, untagged: number): void {
    const next = untagged & INDEX || untagged & CHILD || untagged & IMAGE;
    after.revisions &= ~next;
    after.unseen &= ~next;
    it.untagged &= ~next;
  }

  #sweep(todo: number, go: Go): void {
    const item = firstOf(todo);
    go(`removes ${nameOf(item)}`, PHASE.sweeping, (after, it) => {
      it.todo &= ~item;
      remove(after, item, this.#scenario.nfs ?? false);
    });
  }

  /** Whoever has lost the lock leaves it to its new holder to open. */
  #open(state: State, who: number, go: Go): void {
    if (this.#faults.open) return go('is done', PHASE.ended);
    if (state.lock !== who + 1 && !this.#faults.stolenLock) return go('has lost the lock', PHASE.ended);
    if (!state.away) go('opens', PHASE.opened, (after) => (after.closed = 0));
  }

  /** Whether the lock is free, or its holder has been silent for long enough: dead, or cut off and stopped. */
  #mayLock({ lock, collections, recover }: State): boolean {
    if (lock === 0) return true;
    if (lock === RECOVER) return recover === 0;
    const { phase } = collections[lock - 1]!;
    return phase === PHASE.dead || phase === PHASE.stopped || phase === PHASE.stoppedSettled;
  }

  #takeLock(after: State, holder: number): void {
    // From a holder that may have swept a moment ago: NFS is waited for, as that one would have.
    if (after.lock !== 0 && !this.#faults.hastyRecover) after.ghosts = 0;
    after.lock = holder;
  }

  /** A pod's own cache goes with its pod. */
  #flush(after: State, really: boolean): void {
    if (really && this.#scenario.cache === 'shared') after.caches = [0, 0];
  }
}
