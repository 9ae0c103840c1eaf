/** The registry's pods as the model has them: what they answer from the cache and from the storage, as distribution does. */
import type { Scenario } from './scenario.js';
import { LAYER, LINK, PUSH, type State } from './state.js';

export class Registry {
  readonly #cache: Scenario['cache'];
  readonly #keepsMembers: boolean;

  constructor({ cache, faults }: Scenario) {
    this.#cache = cache;
    this.#keepsMembers = faults?.keptMembers ?? false;
  }

  /** @returns the replicas that have a pod which takes writes; one that is about to end still answers. */
  writers({ open, ending }: State): number[] {
    return [0, 1].filter((at) => (open | ending) & (1 << at));
  }

  /** @returns whether a pod says that a repository has the layer; read-only pods (-1) have no cache. */
  stat(state: State, at: number, repository: 0 | 1, ghosts: number): boolean {
    const cache = this.#cacheOf(at);
    const both = LAYER | (16 << repository);
    if (cache !== undefined && (state.caches[cache] & both) === both) return true;
    const linked = (state.links & (1 << repository)) !== 0 || (ghosts & LINK[repository]) !== 0;
    if (!linked || !this.statBlob(state, at, LAYER, ghosts)) return false;
    this.remember(state, at, both);
    return true;
  }

  /** @returns whether a pod says that a blob is there, in whatever repository. */
  statBlob(state: State, at: number, blob: number, ghosts: number): boolean {
    const cache = this.#cacheOf(at);
    if (cache !== undefined && state.caches[cache] & blob) return true;
    if (!((state.blobs | ghosts) & blob)) return false;
    this.remember(state, at, blob);
    return true;
  }

  remember(state: State, at: number, what: number): void {
    const cache = this.#cacheOf(at);
    if (cache !== undefined) state.caches[cache] |= what;
  }

  /** A layer was deleted from a repository: the cache of the pod that did it forgets it. */
  forget(state: State, at: number, repository: 0 | 1): void {
    const cache = this.#cacheOf(at);
    if (cache !== undefined) state.caches[cache] &= ~(LAYER | (this.#keepsMembers ? 0 : 16 << repository));
  }

  /** A pod that took writes is gone, and so is what it was at. */
  drop(state: State, replica: number): void {
    state.pushes.forEach((push, index) => {
      if (isWithin(push >> 1) && (push & 1) === replica) state.pushes[index] = PUSH.failed << 1;
    });
    if (state.deletion >> 1 === 1 && (state.deletion & 1) === replica) state.deletion = 4;
    if (state.pull && ((state.pull - 1) & 1) === replica) state.pull = 0;
    if (this.#cache === 'sidecar') state.caches[replica] = 0;
  }

  #cacheOf(at: number): 0 | 1 | undefined {
    if (at < 0 || this.#cache === 'none') return undefined;
    return this.#cache === 'shared' || at === 0 ? 0 : 1;
  }
}

/** @returns whether a pod is at a request of the push that writes. */
export function isWithin(phase: number): boolean {
  return phase >= PUSH.linking && phase < PUSH.done;
}

/** On NFS, a node sees what was swept either still or no more: both are gone through. */
export function seen({ ghosts }: State, look: (ghosts: number) => void): void {
  look(0);
  if (ghosts) look(ghosts);
}
