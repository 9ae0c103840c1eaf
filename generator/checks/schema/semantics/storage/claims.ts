/** PersistentVolumeClaims, and the parts that volumes have in common with them. */
import { isDeepStrictEqual } from 'node:util';
import type { Path } from '../../../finding.js';
import { expectedFormat, formats } from '../../formats/index.js';
import { quantityOf } from '../quantity.js';
import type { Fields, Report } from '../report.js';
import { checkLabelSelector } from '../selectors.js';

export function checkClaimSpec(spec: Fields, path: Path, report: Report): void {
  checkAccessModes(spec['accessModes'], [...path, 'accessModes'], report);
  checkLabelSelector(spec['selector'], [...path, 'selector'], report);
  if ((spec['accessModes'] ?? []).length === 0) report([...path, 'accessModes'], 'must be set', 'missing-field');
  const storage = spec['resources']?.requests?.storage;
  if (storage === undefined) report([...path, 'resources', 'requests', 'storage'], 'must be set', 'missing-field');
  else if (quantityOf(storage) <= 0) report([...path, 'resources', 'requests', 'storage'], 'must be more than 0');
  checkSources(spec, path, report);
  if (spec['volumeAttributesClassName'])
    checkName(spec['volumeAttributesClassName'], [...path, 'volumeAttributesClassName'], report);
}

/** dataSource is the older of the two: without the other it is dropped, unless it is a claim or a snapshot, and beside it it says the same. */
function checkSources(spec: Fields, path: Path, report: Report): void {
  // A source in another namespace is behind a feature that is off, and dropped.
  const { namespace, ...reference } = (spec['dataSourceRef'] ?? {}) as Fields;
  const newer = namespace || !spec['dataSourceRef'] ? undefined : reference;
  const { apiGroup, kind } = (spec['dataSource'] ?? {}) as Fields;
  const isKept =
    newer ||
    (kind === 'PersistentVolumeClaim' && !apiGroup) ||
    (kind === 'VolumeSnapshot' && apiGroup === 'snapshot.storage.k8s.io');
  const older = isKept ? (spec['dataSource'] as Fields | undefined) : undefined;
  if (older) checkReference(older, [...path, 'dataSource'], report);
  if (newer) checkReference(newer, [...path, 'dataSourceRef'], report);
  if (older && newer && !isDeepStrictEqual(older, newer))
    report([...path, 'dataSource'], 'must be what dataSourceRef says');
}

function checkReference({ apiGroup, kind, name }: Fields, path: Path, report: Report): void {
  if (!name) report([...path, 'name'], 'must be set', 'missing-field');
  if (!kind) report([...path, 'kind'], 'must be set', 'missing-field');
  else if (!apiGroup && kind !== 'PersistentVolumeClaim')
    report([...path, 'kind'], `expected PersistentVolumeClaim, the one kind without an apiGroup; got ${kind}`);
  if (apiGroup) checkName(apiGroup, [...path, 'apiGroup'], report);
}

/** Checks the name of another object. */
export function checkName(name: string, path: Path, report: Report): void {
  if (!formats['dns-subdomain']!(name))
    report(path, `expected ${expectedFormat('dns-subdomain')}; got ${JSON.stringify(name)}`);
}

/** Checks the access modes of a claim or a volume. */
export function checkAccessModes(modes: string[] | null | undefined, path: Path, report: Report): void {
  if ((modes ?? []).includes('ReadWriteOncePod') && modes!.length > 1)
    report(path, 'ReadWriteOncePod excludes every other mode');
}
