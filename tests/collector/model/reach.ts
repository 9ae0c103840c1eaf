/** What manifests need. */
import { CHILD, IMAGE, INDEX, LAYER, type State } from './state.js';

/**
 * @param blind manifests whose layer is not found
 * @returns the blobs that are reached from these manifests, by what their contents name
 */
export function reachOf({ blobs, aside }: Pick<State, 'blobs' | 'aside'>, manifests: number, blind = 0): number {
  let reached = manifests;
  const readable = blobs | aside;
  if (reached & INDEX & readable) reached |= CHILD;
  if (reached & readable & (IMAGE | CHILD) & ~blind) reached |= LAYER;
  return reached;
}

/** @returns what a manifest that a client may rely on lacks, or nothing. */
export function lackOf(state: State, blobs: number): string | undefined {
  const { promised, revisions, links } = state;
  if (promised & IMAGE) {
    if (!(revisions & IMAGE)) return 'the manifest of the image';
    if ((blobs & (IMAGE | LAYER)) !== (IMAGE | LAYER)) return 'a blob of the image';
    if (!(links & 1)) return 'the link to the layer of the image';
  }
  if (promised & INDEX) {
    if ((revisions & (INDEX | CHILD)) !== (INDEX | CHILD)) return 'a manifest of the index';
    const needed = INDEX | CHILD | LAYER;
    if ((blobs & needed) !== needed) return 'a blob of the index';
    if (!(links & 2)) return 'the link to the layer of the index';
  }
  return undefined;
}
