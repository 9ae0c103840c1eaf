import type { Severity } from '../checks/index.js';
import type { Place } from './document.js';

/** Something wrong with a file that is no object, or none yet. */
export interface FileFinding {
  rule: 'invalid-yaml' | 'kustomization' | 'patch-target' | 'kustomize-build';
  severity: Severity;
  place: Place;
  /** Path in the document; empty for the file itself. */
  path: string;
  message: string;
  hint?: string;
}
