/** The model of a registry that collects garbage: clients, pods, the cluster, collections, all of them at once. */
import { Clients } from './clients.js';
import { Collector } from './collector.js';
import type { Model } from './explorer.js';
import { quarantine, served } from './quarantine.js';
import { lackOf } from './reach.js';
import { isWithin, Registry } from './registry.js';
import { remove } from './removal.js';
import type { Scenario } from './scenario.js';
import { copyOf, initialOf, keyOf, type State } from './state.js';

type Step = (what: string, state: State) => void;

/**
 * @param strict whether more counts as a violation than an image that is lost: a cache that names a blob which is gone, an
 *   image that is moved aside, a registry that stays read-only
 * @returns the model; its violations begin with "lost:", "stale:", "aside:" or "stuck:"
 */
export function modelOf(scenario: Scenario, strict = false): Model<State> {
  const registry = new Registry(scenario);
  const clients = new Clients(scenario, registry);
  const collector = new Collector(scenario);
  const nfs = scenario.nfs ?? false;
  return {
    initial: initialOf(scenario),
    next(state, step) {
      if (scenario.quarantine) {
        clients.next(state, (what, after) => step(what, served(after)));
        return quarantine(state, scenario.quarantine === 'drained', step);
      }
      clients.next(state, step);
      collector.next(state, step);
      pods(state, registry, collector.guards(state), step);
      world(state, nfs, step);
    },
    key: scenario.cache === 'sidecar' ? keyOf : keyOfEither,
    violation(state) {
      const lost = lackOf(state, state.blobs | state.aside);
      if (lost || !strict) return lost && `lost: ${lost}`;
      const aside = lackOf(state, state.blobs);
      return aside ? `aside: ${aside}` : staleOf(state, scenario);
    },
    stuck: ({ open }) => (strict && open !== 3 ? 'stuck: a pod refuses writes, and nothing changes that' : undefined),
  };
}

/** A rolling update: a pod that refuses writes, or takes them, replaces another one; the one that took them ends later. */
function pods(state: State, registry: Registry, guarded: boolean, step: Step): void {
  for (const replica of [0, 1]) {
    const bit = 1 << replica;
    if (state.ending & bit) {
      const after = copyOf(state);
      after.ending &= ~bit;
      registry.drop(after, replica);
      step(`pod ${replica}: the one that took writes is gone`, after);
    } else if (!state.away && state.closed && state.open & bit) {
      const after = copyOf(state);
      after.open &= ~bit;
      after.ending |= bit;
      step(`pod ${replica}: a read-only one is ready, the one that took writes is about to end`, after);
    } else if (!state.away && !state.closed && !(state.open & bit) && !guarded) {
      const after = copyOf(state);
      after.open |= bit;
      step(`pod ${replica}: one that takes writes is ready`, after);
    }
  }
}

/** What happens to a cluster. */
function world(state: State, nfs: boolean, step: Step): void {
  if (state.late) {
    const after = copyOf(state);
    after.late = 0;
    remove(after, state.late, nfs);
    step('a removal that was on its way arrives', after);
  }
  if (state.openings > 0 && state.closed && !state.away) {
    const after = copyOf(state);
    after.openings--;
    after.closed = 0;
    step('someone else makes the registry take writes', after);
  }
  if (state.away || state.outages > 0) {
    const after = copyOf(state);
    after.away = state.away ? 0 : 1;
    if (after.away) after.outages--;
    step(after.away ? 'the API server is away' : 'the API server is back', after);
  }
}

function staleOf({ open, ending, caches, blobs }: State, { cache }: Scenario): string | undefined {
  const names = (at: number): boolean => (caches[at]! & 15 & ~blobs) !== 0;
  const writers = open | ending;
  const stale = cache === 'shared' ? writers && names(0) : (writers & 1 && names(0)) || (writers & 2 && names(1));
  return stale ? 'stale: the cache of a pod that takes writes names a blob that is gone' : undefined;
}

/** @returns the same key for two states that differ in the replicas' names only: those that share all they know are alike. */
function keyOfEither(state: State): string {
  const swap = (bits: number): number => ((bits & 1) << 1) | (bits >> 1);
  const open = swap(state.open);
  const ending = swap(state.ending);
  const difference = open - state.open || ending - state.ending;
  if (difference > 0) return keyOf(state);
  const mirror = copyOf(state);
  mirror.open = open;
  mirror.ending = ending;
  mirror.pushes = state.pushes.map((push) => (isWithin(push >> 1) ? push ^ 1 : push));
  if (state.deletion >> 1 === 1) mirror.deletion ^= 1;
  if (state.pull) mirror.pull = ((state.pull - 1) ^ 1) + 1;
  const mirrored = keyOf(mirror);
  if (difference < 0) return mirrored;
  const key = keyOf(state);
  return key < mirrored ? key : mirrored;
}
