/**
 * What the model of a collection knows of the world, as small numbers; sets are bits.
 *
 * There are three manifests and one layer, which all of them need:
 * - IMAGE, in repository 0, with a tag;
 * - INDEX, in repository 1, with a tag; it names CHILD, which has none.
 */

import type { Scenario } from './scenario.js';

/** Bits for manifests: in `revisions`, `tags`, `promised` and, as contents, in `blobs`. */
export const IMAGE = 1;
export const CHILD = 2;
export const INDEX = 4;
/** Bit for the layer in `blobs`. */
export const LAYER = 8;
/** In sets of things that are removed: the layer's links of repositories 0 and 1, above the blobs. */
export const LINK = [16, 32] as const;

/** Where a push is. Those from `linking` on are within a request, at a replica. */
export const PUSH = {
  begin: 0,
  upload: 1,
  /** About to send the manifest of IMAGE or CHILD. */
  first: 2,
  /** About to send the one of INDEX. */
  last: 3,
  linking: 4,
  /** First manifest: what it names was found, its blob is there, its revision is. */
  checked: 5,
  written: 6,
  linked: 7,
  lastChecked: 8,
  lastWritten: 9,
  lastLinked: 10,
  done: 11,
  failed: 12,
} as const;

/** Where a collection is. From STOPPED on it only cleans up. */
export const PHASE = {
  idle: 0,
  surveyed: 1,
  locked: 2,
  openedFirst: 3,
  closed: 4,
  waited: 5,
  flushed: 6,
  settled: 7,
  marked: 8,
  sweeping: 9,
  swept: 10,
  settledAgain: 11,
  flushedAgain: 12,
  opened: 13,
  ended: 14,
  dead: 15,
  stopped: 16,
  stoppedSettled: 17,
} as const;

/** One of two collections. */
export interface Collection {
  phase: number;
  /** Blobs that both marks called garbage in the survey; with `onlineUntagged`, the manifests that are about to be removed. */
  candidates: number;
  /** What is still to be removed: manifests first, then blobs and links. */
  untagged: number;
  todo: number;
}

export interface State {
  blobs: number;
  /** Repositories that have a link to the layer. */
  links: number;
  revisions: number;
  tags: number;
  /** Blobs that are moved aside (`quarantine`). */
  aside: number;
  /** NFS: manifests that the collector's node may not see yet, and blobs and links that the registry's nodes may still see. */
  unseen: number;
  ghosts: number;
  /** Manifests of which a client was told that they are there, and that nobody has deleted since. */
  promised: number;
  /** Of each cache: blobs in bits 0 to 3; repositories that have the layer in bits 4 and 5. */
  caches: [number, number];
  /** Replicas whose pod takes writes; that have one which does and is about to stop; and whether new pods refuse writes. */
  open: number;
  ending: number;
  closed: number;
  /** Of each push and of the deletion: step * 2 + replica that is at it. */
  pushes: number[];
  deletion: number;
  /** Pushes that promise nothing, as something that they rely on was deleted by a client meanwhile. */
  void: number;
  retries: number;
  /** 0, or 1 + repository * 2 + replica of a pod that has seen the layer, and is about to tell its cache. */
  pull: number;
  /** 0 for nobody, 1 and 2 for the collections, 3 for the job that recovers. */
  lock: number;
  collections: [Collection, Collection];
  recover: number;
  /** A removal that was sent before its collection was stopped. */
  late: number;
  away: number;
  crashes: number;
  openings: number;
  outages: number;
}

export function initialOf({ start, pushes, retries = 0, crashes = 0, openings = 0, outages = 0 }: Scenario): State {
  const there = start !== 'garbage';
  return {
    blobs: IMAGE | LAYER,
    links: 1,
    revisions: there ? IMAGE : 0,
    tags: start === 'image' ? IMAGE : 0,
    aside: 0,
    unseen: 0,
    ghosts: 0,
    promised: start === 'image' ? IMAGE : 0,
    caches: [0, 0],
    open: 3,
    ending: 0,
    closed: 0,
    pushes: pushes.map(() => 0),
    deletion: 0,
    void: 0,
    retries,
    pull: 0,
    lock: 0,
    collections: [idle(), idle()],
    recover: 0,
    late: 0,
    away: 0,
    crashes,
    openings,
    outages,
  };
}

function idle(): Collection {
  return { phase: PHASE.idle, candidates: 0, untagged: 0, todo: 0 };
}

/** Field by field, as it is called more often than anything else: spreading takes 20 times as long. */
export function copyOf(state: State): State {
  const [one, two] = state.collections;
  return {
    blobs: state.blobs,
    links: state.links,
    revisions: state.revisions,
    tags: state.tags,
    aside: state.aside,
    unseen: state.unseen,
    ghosts: state.ghosts,
    promised: state.promised,
    caches: [state.caches[0], state.caches[1]],
    open: state.open,
    ending: state.ending,
    closed: state.closed,
    pushes: state.pushes.slice(),
    deletion: state.deletion,
    void: state.void,
    retries: state.retries,
    pull: state.pull,
    lock: state.lock,
    collections: [copyOfCollection(one), copyOfCollection(two)],
    recover: state.recover,
    late: state.late,
    away: state.away,
    crashes: state.crashes,
    openings: state.openings,
    outages: state.outages,
  };
}

function copyOfCollection({ phase, candidates, untagged, todo }: Collection): Collection {
  return { phase, candidates, untagged, todo };
}

export function keyOf(s: State): string {
  const [one, two] = s.collections;
  return String.fromCharCode(
    s.blobs | (s.links << 4) | (s.lock << 6),
    s.revisions | (s.tags << 3),
    s.aside,
    s.unseen,
    s.ghosts,
    s.promised | (s.void << 3) | (s.recover << 5),
    s.caches[0],
    s.caches[1],
    s.open | (s.ending << 2) | (s.closed << 4) | (s.away << 5) | (s.retries << 6),
    s.pushes[0] ?? 0,
    s.pushes[1] ?? 0,
    s.deletion | (s.pull << 3),
    one.phase,
    one.candidates | (one.untagged << 4),
    one.todo,
    two.phase,
    two.candidates | (two.untagged << 4),
    two.todo,
    s.late,
    s.crashes | (s.openings << 2) | (s.outages << 4),
  );
}
