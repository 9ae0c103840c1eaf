import type { Location } from '../shared/input.js';

/** What the command line of `validate` says. */
export interface ValidateOptions extends Pick<Location, 'config'> {
  format?: string;
  kubernetesVersion?: string;
  crd?: string[];
  external?: string[];
  previous?: string;
}
