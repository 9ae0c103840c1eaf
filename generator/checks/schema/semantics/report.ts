/** What the checks of all kinds share: the fields that they look at, and how they report an error. */
import type { Path } from '../../finding.js';
import type { Target } from '../keywords.js';

/** Any fields: their types are right already, as the schema was met, but each may be missing or null. */
export type Fields = Record<string, any>;

/** Tells an error at a path. */
export type Report = (path: Path, message: string, rule?: string) => void;

/** What is known of the object as a whole. */
export interface Context {
  /** Whether the kind belongs to no namespace. */
  cluster: boolean;
  target: Target;
}
