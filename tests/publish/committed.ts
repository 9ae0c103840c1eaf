/** A repository in which is committed. */
import { SMALL } from '../support/git.js';

export const LARGER = SMALL.replace('3.0.0', '3.1.0');
