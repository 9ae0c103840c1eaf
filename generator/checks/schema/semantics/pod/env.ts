import type { Path } from '../../../finding.js';
import type { Fields, Report } from '../report.js';
import { checkDivisor, checkFieldPath } from './downward.js';

/** Fields of a pod that a variable may be filled from. */
const FIELDS = [
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
  'spec.nodeName',
  'spec.serviceAccountName',
  'status.hostIP',
  'status.hostIPs',
  'status.podIP',
  'status.podIPs',
];

/** @param volumes of the pod: name -> kind of source */
export function checkEnv(env: Fields[], path: Path, report: Report, volumes: ReadonlyMap<string, string>): void {
  for (const [index, { value, valueFrom }] of env.entries()) {
    if (!valueFrom) continue;
    const at = [...path, index, 'valueFrom'];
    if (value) report(at, 'a variable has a value or takes one from elsewhere, not both');
    // The server still knows the name that nodeName had before v1.
    if (valueFrom.fieldRef?.fieldPath !== 'spec.host')
      checkFieldPath(valueFrom.fieldRef, FIELDS, [...at, 'fieldRef'], report);
    checkDivisor(valueFrom.resourceFieldRef, [...at, 'resourceFieldRef'], report);
    if (valueFrom.fileKeyRef)
      checkFileVolume(valueFrom.fileKeyRef.volumeName, [...at, 'fileKeyRef', 'volumeName'], report, volumes);
  }
}

function checkFileVolume(name: string, path: Path, report: Report, volumes: ReadonlyMap<string, string>): void {
  const kind = volumes.get(name);
  if (kind === undefined) report(path, `there is no volume "${name}"`);
  else if (kind !== 'emptyDir') report(path, `expected a volume that is an emptyDir; ${name} has the source ${kind}`);
}
