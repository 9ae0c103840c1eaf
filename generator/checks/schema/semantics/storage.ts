import type { Path } from '../../finding.js';
import type { Fields, Report } from './index.js';
import { checkNodeTerm, quantityOf } from './pod.js';
import { checkLabelSelector } from './selectors.js';

export function checkClaimSpec(spec: Fields, path: Path, report: Report): void {
  checkAccessModes(spec['accessModes'], [...path, 'accessModes'], report);
  checkLabelSelector(spec['selector'], [...path, 'selector'], report);
  if ((spec['accessModes'] ?? []).length === 0) report([...path, 'accessModes'], 'must be set', 'missing-field');
  const storage = spec['resources']?.requests?.storage;
  if (storage === undefined) report([...path, 'resources', 'requests', 'storage'], 'must be set', 'missing-field');
  else if (quantityOf(storage) <= 0) report([...path, 'resources', 'requests', 'storage'], 'must be more than 0');
  for (const field of ['dataSource', 'dataSourceRef']) {
    const source = spec[field];
    if (!source) continue;
    if (!source.name) report([...path, field, 'name'], 'must be set', 'missing-field');
    if (!source.kind) report([...path, field, 'kind'], 'must be set', 'missing-field');
  }
}

function checkAccessModes(modes: string[] | null | undefined, path: Path, report: Report): void {
  if ((modes ?? []).includes('ReadWriteOncePod') && modes!.length > 1) report(path, 'ReadWriteOncePod excludes every other mode');
}

export function checkPersistentVolume(volume: Fields, report: Report): void {
  const spec = (volume['spec'] ?? {}) as Fields;
  checkAccessModes(spec['accessModes'], ['spec', 'accessModes'], report);
  const sources = Object.keys(spec).filter((field) => SOURCES.has(field) && spec[field] !== null);
  if (sources.length === 0) report(['spec'], 'a volume needs a source such as csi or nfs', 'missing-field');
  if (sources.length > 1) report(['spec'], `a volume has one source; got ${sources.join(' and ')}`);
  const storage = spec['capacity']?.storage;
  if (storage === '' || (storage !== undefined && quantityOf(storage) <= 0)) report(['spec', 'capacity', 'storage'], 'must be more than 0');
  for (const [index, term] of ((spec['nodeAffinity']?.required?.nodeSelectorTerms ?? []) as Fields[]).entries()) {
    checkNodeTerm(term, ['spec', 'nodeAffinity', 'required', 'nodeSelectorTerms', index], report, true);
  }
  if (spec['local'] && !spec['nodeAffinity']?.required) report(['spec', 'nodeAffinity'], 'a local volume needs the node that it is on', 'missing-field');
  if (spec['hostPath']?.path === '/' && spec['persistentVolumeReclaimPolicy'] === 'Recycle') report(['spec', 'persistentVolumeReclaimPolicy'], 'Recycle would empty the root of the node');
}

const SOURCES = new Set([
  'awsElasticBlockStore', 'azureDisk', 'azureFile', 'cephfs', 'cinder', 'csi', 'fc', 'flexVolume', 'flocker', 'gcePersistentDisk', 'glusterfs',
  'hostPath', 'iscsi', 'local', 'nfs', 'photonPersistentDisk', 'portworxVolume', 'quobyte', 'rbd', 'scaleIO', 'storageos', 'vsphereVolume',
]);
