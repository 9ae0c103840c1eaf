import type { KubernetesObject } from '../model/index.js';
import type { Finding } from './finding.js';
import { checkSchemas, type Target, Validators } from './schema/index.js';

export { type Finding, formatPath, objectLabel, type Path, type Severity, valueAt } from './finding.js';
export { ALL_MINORS, SUPPORTED_MINORS, type Target, Validators } from './schema/index.js';

/** What is checked together: all that one overlay brings to the cluster, or one folder of plain files. */
export interface Unit {
  objects: readonly KubernetesObject[];
  target: Target;
}

/** @returns all that is wrong with a unit, in the order of its objects. */
export async function check({ objects, target }: Unit, validators = new Validators()): Promise<Finding[]> {
  await validators.load(objects.map(({ apiVersion, kind }) => `${apiVersion}/${kind}`));
  return checkSchemas(objects, target, validators);
}
