/** A reference from one object of a unit to another. */
import type { Path } from '../finding.js';
import type { Manifest } from '../unit/manifest.js';

export interface Reference {
  from: Manifest;
  path: Path;
  /** Kinds that may be meant; the first is the usual one. */
  kinds: string[];
  name: string;
  /** Empty for kinds of the whole cluster. */
  namespace: string;
  /** Keys of the Secret or ConfigMap that have to be there, each with its place. */
  keys: { key: string; path: Path }[];
}

/** Adds a reference of an object; a name that is not set is none. */
export type Add = (
  kinds: string | string[],
  name: unknown,
  path: Path,
  more?: { namespace?: unknown; keys?: Reference['keys'] },
) => void;

/** Finds the references of an object of one kind. */
export type Collector = (object: Manifest, add: Add) => void;
