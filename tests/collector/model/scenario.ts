/** How much of the world a model has, and what is wrong in it. */

export type Cache = 'shared' | 'sidecar' | 'none';
export type Push = 'image' | 'index';

/** Known faults: each switch puts one back in, and everything else is as the protocol has it. */
export interface Faults {
  /** No write is refused. */
  open: boolean;
  /** Collects while pods that are about to stop may still write. */
  unwaited: boolean;
  /** The caches are flushed after the sweep only. */
  unflushed: boolean;
  /** What the first mark did not reach is swept; no second look in the pause. */
  onlineMark: boolean;
  /** The registry's own mark has the last word, not ours. */
  upstreamMark: boolean;
  /** NFS: no wait before the mark in the pause. */
  hastyMark: boolean;
  /** NFS: no wait after the sweep. */
  hastyOpen: boolean;
  /** NFS: who comes after a dead collection opens without a wait. */
  hastyRecover: boolean;
  /** Manifests without a tag are removed while writes go on. */
  onlineUntagged: boolean;
  /** A lock is taken from a holder that is alive, and who opens does not look whether it still has the lock. */
  stolenLock: boolean;
  /** The job that recovers looks at no lock. */
  rashRecover: boolean;
  /** Nothing stops a sweep when somebody else opens the registry. */
  unguarded: boolean;
  /** Redis still says that a repository has a layer that was deleted from it, if another repository has it (2.8). */
  keptMembers: boolean;
  /** A sweep that is stopped does not wait for the removal that is on its way. */
  lateRemoval: boolean;
}

/** How much of the world is looked at. */
export interface Scenario {
  cache: Cache;
  nfs?: boolean;
  deleteUntagged?: boolean;
  /** `garbage`: the layer and IMAGE's manifest are there, and nothing uses them; `image`: IMAGE is there; `untagged`: it lost its tag. */
  start: 'garbage' | 'image' | 'untagged';
  pushes: Push[];
  /** Refused or failed pushes that are tried again, in all. */
  retries?: number;
  /** A client deletes IMAGE by digest, moves its tag elsewhere, or deletes the layer from repository 0. */
  deletion?: 'manifest' | 'tag' | 'blob';
  /** Clients ask for the layer at any time, which fills the caches: at once, or a moment after the storage was looked at. */
  pulls?: 'at once' | 'in two steps';
  /** 1 or 2, which may overlap as far as the lock lets them. */
  collections: number;
  /** Kills of a collection or of the job that recovers, in all. */
  crashes?: number;
  /** Times that someone else makes the registry take writes. */
  openings?: number;
  /** Times that the API server goes away for a while. */
  outages?: number;
  /** Manifests through which the registry's own mark does not reach the layer: sha512, or an index in two repositories. */
  blind?: number;
  faults?: Partial<Faults>;
  /**
   * Another design: no write is refused; what seems to be garbage is moved aside, and put back where it is needed. `drained`
   * waits for the requests that are under way, before and after the flush.
   */
  quarantine?: 'hasty' | 'drained';
}
