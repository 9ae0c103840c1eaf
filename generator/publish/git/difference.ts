/** A path in which two commits differ. */
export interface Difference {
  status: 'added' | 'changed' | 'removed';
  /** Its bytes, as characters. */
  path: string;
  /** Mode and contents in the second one, as an index takes them: all zeros where the path is removed. */
  entry: { mode: string; id: string };
}
