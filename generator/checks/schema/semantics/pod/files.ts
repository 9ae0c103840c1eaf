/** The files of volumes that take them from other objects, or from the pod itself. */
import type { Path } from '../../../finding.js';
import type { Fields, Report } from '../report.js';
import { checkDivisor, checkFieldPath } from './downward.js';

/** Fields of a pod that a file may be filled from. */
const FILE_FIELDS = ['metadata.name', 'metadata.namespace', 'metadata.labels', 'metadata.annotations', 'metadata.uid'];

/** Keys of a ConfigMap or Secret, as files. */
export function checkItems(items: Fields[] | null | undefined, path: Path, report: Report): void {
  for (const [index, { path: file }] of (items ?? []).entries()) checkFile(file, [...path, index, 'path'], report);
}

/** The API server keeps names that begin so for itself. */
export function checkFile(file: unknown, path: Path, report: Report): void {
  if (typeof file === 'string' && file.startsWith('..') && !file.startsWith('../') && file !== '..')
    report(path, 'must not begin with ".."');
}

/** Fields of the pod and resources of its containers, as files. */
export function checkDownward(items: Fields[] | null | undefined, path: Path, report: Report): void {
  for (const [index, { fieldRef, resourceFieldRef, path: file }] of (items ?? []).entries()) {
    const at = [...path, index];
    if (fieldRef && resourceFieldRef) report(at, 'fieldRef and resourceFieldRef exclude each other');
    if (!fieldRef && !resourceFieldRef) report(at, 'one of fieldRef and resourceFieldRef is needed', 'missing-field');
    checkFile(file, [...at, 'path'], report);
    checkFieldPath(fieldRef, FILE_FIELDS, [...at, 'fieldRef'], report);
    if (fieldRef || !resourceFieldRef) continue;
    if (!resourceFieldRef.containerName)
      report([...at, 'resourceFieldRef', 'containerName'], 'must be set in a volume', 'missing-field');
    checkDivisor(resourceFieldRef, [...at, 'resourceFieldRef'], report);
  }
}
