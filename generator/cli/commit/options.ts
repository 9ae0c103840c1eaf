import type { Location } from '../shared/input.js';

/** What the command line of `commit` says. */
export interface CommitCommandOptions extends Location {
  message?: string;
  author?: string;
  signoff?: boolean;
  branch?: string;
  push?: boolean;
  pushTimeout?: string;
  pullRequest?: boolean;
  dryRun?: boolean;
  json?: boolean;
}
