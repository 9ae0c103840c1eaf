/**
 * A collection that refuses no write: what nothing reaches is moved aside, the caches are flushed, and after another look
 * it is put back or removed. It is modelled to be compared with, and not built.
 */
import { reachOf } from './reach.js';
import { isWithin } from './registry.js';
import { copyOf, PHASE, type State } from './state.js';

type Step = (what: string, state: State) => void;

const PULL = 4;

/** @param drained whether it waits for requests that are under way */
export function quarantine(state: State, drained: boolean, step: Step): void {
  const [{ phase, candidates, todo }] = state.collections;
  const go = (what: string, phase: number, change?: (after: State) => void): void => {
    const after = copyOf(state);
    after.collections[0].phase = phase;
    change?.(after);
    step(`collection: ${what}`, after);
  };
  const requests = drained ? requestsOf(state) : 0;
  if (state.crashes > 0 && phase > PHASE.surveyed && phase < PHASE.ended)
    go('is killed', PHASE.dead, (after) => after.crashes--);
  switch (phase) {
    case PHASE.idle:
      return go('surveys', PHASE.surveyed, (after) => {
        after.collections[0].candidates = 15 & ~reachOf(state, state.revisions);
      });
    case PHASE.surveyed:
      return go('moves aside', PHASE.closed, (after) => {
        after.aside = state.blobs & candidates;
        after.blobs &= ~candidates;
      });
    case PHASE.closed:
      return go('counts the requests that are under way', PHASE.waited, (after) => {
        after.collections[0].todo = requests;
      });
    case PHASE.waited:
      if (todo) return;
      return go('flushes', PHASE.flushed, (after) => {
        after.caches = [0, 0];
        after.collections[0].todo = requests;
      });
    case PHASE.flushed:
      if (todo) return;
      return go('looks again', PHASE.marked, (after) => {
        after.collections[0].candidates = reachOf(state, state.revisions);
      });
    case PHASE.marked:
      return go('puts back what is reached', PHASE.swept, (after) => {
        after.blobs |= state.aside & candidates;
        after.aside &= ~candidates;
      });
    case PHASE.swept:
      return go('removes the rest', PHASE.ended, (after) => {
        after.aside = 0;
      });
    case PHASE.dead:
      return go('the next one puts all back', PHASE.ended, (after) => {
        after.blobs |= state.aside;
        after.aside = 0;
      });
  }
}

/** @returns the state without the requests that a collection waited for, and that have ended */
export function served(after: State): State {
  after.collections[0].todo &= requestsOf(after);
  return after;
}

/** @returns the requests that are under way, as bits: of pushes, and of a pull */
function requestsOf({ pushes, pull }: State): number {
  let requests = pull ? PULL : 0;
  pushes.forEach((push, index) => {
    if (isWithin(push >> 1)) requests |= 1 << index;
  });
  return requests;
}
