/** Repositories in a state that a user left them in. */
import { SMALL } from '../support/git.js';

export const LARGER = SMALL.replace('3.0.0', '3.1.0');
