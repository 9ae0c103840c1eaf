/** Removing one thing after the other. */
import { CHILD, IMAGE, INDEX, LAYER, LINK, type State } from './state.js';

/** Links before what they link to. */
export function firstOf(todo: number): number {
  return todo & LINK[0] || todo & LINK[1] || todo & LAYER || todo & IMAGE || todo & CHILD || todo & INDEX;
}

export function nameOf(item: number): string {
  return item >= 16
    ? `the layer's link in repository ${item === LINK[0] ? 0 : 1}`
    : item === LAYER
      ? 'the layer'
      : 'the blob of a manifest';
}

/** Removes a blob or a link; on NFS other nodes may see it for a while. */
export function remove(state: State, item: number, nfs: boolean): void {
  const there = item >= 16 ? state.links & (item >> 4) : state.blobs & item;
  if (item >= 16) state.links &= ~(item >> 4);
  else state.blobs &= ~item;
  if (there && nfs) state.ghosts |= item;
}
