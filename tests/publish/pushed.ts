/** A repository with a remote that others push to. */
import { git, SMALL } from '../support/git.js';

export const LARGER = SMALL.replace('3.0.0', '3.1.0');

export const MORE = SMALL.replace('replicas: 2', 'replicas: 2\ndrainSeconds: 90');

/** Somebody else commits all that is in a folder, and pushes it. */
export function pushAll(folder: string, branch = 'main'): void {
  git(folder, 'add', '--all');
  git(folder, 'commit', '--quiet', '--message', 'theirs');
  git(folder, 'push', '--quiet', 'origin', branch);
}
