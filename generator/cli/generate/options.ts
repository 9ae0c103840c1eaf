import type { Location } from '../shared/input.js';

/** What the command line of `generate` says. */
export interface GenerateOptions extends Location {
  dryRun?: boolean;
  force?: boolean;
  json?: boolean;
  /** Whether what is remembered of the tree is used: unless said otherwise, it is. */
  cache?: boolean;
  /** Print all steps to the first push, whether anything changed or not. */
  steps?: boolean;
}
