/**
 * Clients, request by request, and requests step by step, as distribution goes through them (registry/storage: blobwriter,
 * linkedblobstore, manifeststore; registry/handlers: manifests).
 */
import { isWithin, type Registry, seen } from './registry.js';
import type { Push, Scenario } from './scenario.js';
import { CHILD, copyOf, IMAGE, INDEX, LAYER, LINK, PUSH, type State } from './state.js';

type Step = (what: string, state: State) => void;

const repositoryOf = (push: Push): 0 | 1 => (push === 'image' ? 0 : 1);

export class Clients {
  readonly #scenario: Scenario;
  readonly #registry: Registry;

  constructor(scenario: Scenario, registry: Registry) {
    this.#scenario = scenario;
    this.#registry = registry;
  }

  /** All that clients, and pods that serve them, may do next. */
  next(state: State, step: Step): void {
    for (const index of state.pushes.keys()) this.#push(state, index, step);
    if (this.#scenario.deletion) this.#delete(state, this.#scenario.deletion, step);
    if (this.#scenario.pulls) this.#pull(state, step);
  }

  #push(state: State, index: number, step: Step): void {
    const push = this.#scenario.pushes[index]!;
    const phase = state.pushes[index]! >> 1;
    const replica = state.pushes[index]! & 1;
    const go = (what: string, phase: number, replica: number, change?: (after: State) => void): void => {
      const after = copyOf(state);
      after.pushes[index] = (phase << 1) | (isWithin(phase) ? replica : 0);
      change?.(after);
      step(what, after);
    };
    if (phase === PUSH.failed) {
      if (state.retries > 0)
        go(`${push}: tried again`, PUSH.begin, 0, (after) => {
          after.retries--;
          after.void &= ~(1 << index);
        });
      return;
    }
    if (phase === PUSH.begin) return this.#begin(state, index, push, step);
    if (phase === PUSH.upload || phase === PUSH.first || phase === PUSH.last) {
      if (state.open !== 3) go(`${push}: a write is refused`, PUSH.failed, 0);
      for (const at of this.#registry.writers(state)) {
        if (phase === PUSH.upload) {
          this.#upload(state, index, push, at, step);
          if (push === 'index') this.#mount(state, index, at, step);
        } else this.#check(state, index, push, phase, at, step);
      }
      return;
    }
    const repository = repositoryOf(push);
    const first = push === 'image' ? IMAGE : CHILD;
    switch (phase) {
      case PUSH.linking:
        return go(`${push}: the layer is linked`, PUSH.first, 0, (after) => {
          after.links |= 1 << repository;
          after.ghosts &= ~LINK[repository];
          this.#registry.remember(after, replica, LAYER | (16 << repository));
        });
      case PUSH.checked:
        return this.#write(state, index, push, first, replica, PUSH.written, step);
      case PUSH.lastChecked:
        return this.#write(state, index, push, INDEX, replica, PUSH.lastWritten, step);
      case PUSH.written:
      case PUSH.lastWritten: {
        const manifest = phase === PUSH.written ? first : INDEX;
        const isLast = push === 'image' || manifest === INDEX;
        const next = manifest === INDEX ? PUSH.lastLinked : isLast ? PUSH.linked : PUSH.last;
        return go(`${push}: a revision is linked`, next, replica, (after) => {
          after.revisions |= manifest;
          if (this.#scenario.nfs) after.unseen |= manifest;
        });
      }
      case PUSH.linked:
      case PUSH.lastLinked:
        return go(`${push}: the tag is set, and the push acknowledged`, PUSH.done, 0, (after) => {
          const manifest = push === 'image' ? IMAGE : INDEX;
          after.tags |= manifest;
          if (!(state.void & (1 << index))) after.promised |= manifest;
          after.void &= ~(1 << index);
        });
    }
  }

  /** HEAD of the layer: any pod answers it. */
  #begin(state: State, index: number, push: Push, step: Step): void {
    // What is pushed while it is being deleted may be there afterwards, or not.
    const clash = push === 'image' && state.deletion >= 2 && state.deletion < 4;
    for (const at of [...this.#registry.writers(state), ...(state.open === 3 ? [] : [-1])]) {
      seen(state, (ghosts) => {
        const after = copyOf(state);
        const found = this.#registry.stat(after, at, repositoryOf(push), ghosts);
        after.pushes[index] = (found ? PUSH.first : PUSH.upload) << 1;
        if (clash) after.void |= 1 << index;
        step(`${push}: HEAD of the layer, ${found ? 'there' : 'not there'} (${at < 0 ? 'read-only pod' : at})`, after);
      });
    }
  }

  #upload(state: State, index: number, push: Push, at: number, step: Step): void {
    seen(state, (ghosts) => {
      const after = copyOf(state);
      // What seems to be there already is not moved into place.
      if (!(ghosts & LAYER)) {
        after.blobs |= LAYER;
        after.ghosts &= ~LAYER;
      }
      after.pushes[index] = (PUSH.linking << 1) | at;
      step(`${push}: the layer is uploaded (${at})`, after);
    });
  }

  /** The layer is taken from repository 0, if it has it. */
  #mount(state: State, index: number, at: number, step: Step): void {
    seen(state, (ghosts) => {
      const after = copyOf(state);
      if (!this.#registry.stat(after, at, 0, ghosts)) return;
      after.pushes[index] = (PUSH.linking << 1) | at;
      step(`index: the layer is mounted from repository 0 (${at})`, after);
    });
  }

  /** The registry looks whether all that a manifest names is there, by way of the cache. */
  #check(state: State, index: number, push: Push, phase: number, at: number, step: Step): void {
    seen(state, (ghosts) => {
      const after = copyOf(state);
      const found =
        phase === PUSH.first
          ? this.#registry.stat(after, at, repositoryOf(push), ghosts)
          : (after.revisions & CHILD) !== 0 && this.#registry.statBlob(after, at, CHILD, ghosts);
      const next = phase === PUSH.first ? PUSH.checked : PUSH.lastChecked;
      after.pushes[index] = found ? (next << 1) | at : PUSH.failed << 1;
      step(`${push}: a manifest is sent, and ${found ? 'all it names found' : 'refused'} (${at})`, after);
    });
  }

  /** The blob of a manifest, unless the cache or the storage has it. */
  #write(state: State, index: number, push: Push, blob: number, at: number, phase: number, step: Step): void {
    seen(state, (ghosts) => {
      const after = copyOf(state);
      if (!this.#registry.statBlob(after, at, blob, ghosts)) {
        after.blobs |= blob;
        after.ghosts &= ~blob;
      }
      after.pushes[index] = (phase << 1) | at;
      step(`${push}: a manifest is written`, after);
    });
  }

  #delete(state: State, what: NonNullable<Scenario['deletion']>, step: Step): void {
    const begin = (at: number): State => {
      const after = copyOf(state);
      after.deletion = 2 | at;
      if (what === 'tag' && !this.#scenario.deleteUntagged) return after;
      after.promised &= ~IMAGE;
      this.#scenario.pushes.forEach((push, index) => {
        const phase = state.pushes[index]! >> 1;
        if (push === 'image' && phase !== PUSH.begin && phase < PUSH.done) after.void |= 1 << index;
      });
      return after;
    };
    if (state.deletion === 0) {
      for (const at of this.#registry.writers(state)) {
        const after = begin(at);
        if (what === 'manifest') after.revisions &= ~IMAGE;
        else if (what === 'tag') {
          after.tags &= ~IMAGE;
          after.deletion = 4;
        } else {
          // In one step, as two would leave a moment in which another request tells the cache again (a fault upstream).
          this.#registry.forget(after, at, 0);
          after.links &= ~1;
          after.deletion = 4;
        }
        step(`deletion: of the ${what} (${at})`, after);
      }
    } else if (state.deletion < 4) {
      const after = copyOf(state);
      after.tags &= ~IMAGE;
      after.deletion = 4;
      step('deletion: of its tag', after);
    }
  }

  /** Someone asks for the layer: a pod sees it in the storage, and tells its cache. */
  #pull(state: State, step: Step): void {
    if (state.pull) {
      const after = copyOf(state);
      const at = (state.pull - 1) & 1;
      after.pull = 0;
      this.#registry.remember(after, at, LAYER | (16 << ((state.pull - 1) >> 1)));
      step(`pull: the cache is told (${at})`, after);
    } else if (this.#scenario.cache !== 'none') {
      for (const repository of [0, 1] as const)
        for (const at of this.#registry.writers(state)) {
          const after = copyOf(state);
          const isNews = this.#registry.stat(after, at, repository, 0) && String(after.caches) !== String(state.caches);
          if (!isNews) continue;
          if (this.#scenario.pulls === 'in two steps') {
            after.caches = [state.caches[0], state.caches[1]];
            after.pull = 1 + (repository << 1) + at;
          }
          step(`pull: the layer is found in repository ${repository} (${at})`, after);
        }
    }
  }
}
