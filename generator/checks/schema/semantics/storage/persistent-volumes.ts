/** PersistentVolumes: one source, of a capacity above 0. */
import { expectedFormat, formats } from '../../formats/index.js';
import type { Target } from '../../keywords.js';
import type { Fields, Report } from '../report.js';
import { checkNodeTerm } from '../pod/affinity.js';
import { quantityOf } from '../quantity.js';
import { checkAccessModes, checkName } from './claims.js';

export function checkPersistentVolume(volume: Fields, report: Report, target: Target): void {
  const spec = (volume['spec'] ?? {}) as Fields;
  checkAccessModes(spec['accessModes'], ['spec', 'accessModes'], report);
  const sources = Object.keys(spec).filter((field) => SOURCES.has(field) && spec[field] !== null);
  if (sources.length === 0) report(['spec'], 'a volume needs a source such as csi or nfs', 'missing-field');
  if (sources.length > 1) report(['spec'], `a volume has one source; got ${sources.join(' and ')}`);
  const storage = spec['capacity']?.storage;
  if (storage === '' || (storage !== undefined && quantityOf(storage) <= 0))
    report(['spec', 'capacity', 'storage'], 'must be more than 0');
  for (const [index, term] of ((spec['nodeAffinity']?.required?.nodeSelectorTerms ?? []) as Fields[]).entries()) {
    checkNodeTerm(term, ['spec', 'nodeAffinity', 'required', 'nodeSelectorTerms', index], report, true);
  }
  if (spec['nodeAffinity'] && !spec['nodeAffinity'].required)
    report(['spec', 'nodeAffinity', 'required'], 'must be set', 'missing-field');
  if (spec['local'] && !spec['nodeAffinity']?.required)
    report(['spec', 'nodeAffinity'], 'a local volume needs the node that it is on', 'missing-field');
  if (spec['hostPath']?.path === '/' && spec['persistentVolumeReclaimPolicy'] === 'Recycle')
    report(['spec', 'persistentVolumeReclaimPolicy'], 'Recycle would empty the root of the node');
  checkVolumeClass(spec, report, target);
  checkSource(spec, report);
}

function checkVolumeClass(spec: Fields, report: Report, target: Target): void {
  const name = spec['volumeAttributesClassName'] as string | undefined;
  // Before 1.34, when its feature was off, the field was dropped.
  if (name === undefined || target.last < 34) return;
  const at = ['spec', 'volumeAttributesClassName'];
  checkName(name, at, report);
  if (!spec['csi']) report(at, 'belongs to a volume of csi');
}

/** Of these each needs a namespace; nodeStageSecretRef is not looked at. */
const CSI_SECRETS = [
  'controllerPublishSecretRef',
  'nodePublishSecretRef',
  'controllerExpandSecretRef',
  'nodeExpandSecretRef',
];
/** Fields of a source that must not be empty. */
const FILLED: Record<string, string[]> = {
  awsElasticBlockStore: ['volumeID'],
  azureDisk: ['diskName', 'diskURI'],
  azureFile: ['secretName', 'shareName'],
  cephfs: ['monitors'],
  cinder: ['volumeID'],
  flexVolume: ['driver'],
  gcePersistentDisk: ['pdName'],
  glusterfs: ['endpoints', 'path'],
  iscsi: ['targetPortal', 'iqn'],
  photonPersistentDisk: ['pdID'],
  portworxVolume: ['volumeID'],
  rbd: ['monitors', 'image'],
  vsphereVolume: ['volumePath'],
};
/** Names of iSCSI, in each of its three ways. */
const IQN = /^(iqn\.\d{4}-\d{2}\.[A-Za-z0-9.-]+:[^,;*&$|\s]+|eui.[A-Za-z0-9]{16}|naa.[A-Za-z0-9]{32})$/;

function checkSource(spec: Fields, report: Report): void {
  for (const [source, fields] of Object.entries(FILLED)) {
    for (const field of fields)
      if (spec[source] && !(spec[source][field]?.length > 0))
        report(['spec', source, field], 'must be set', 'missing-field');
  }
  const { targetWWNs, wwids } = spec['fc'] ?? {};
  if (spec['fc'] && targetWWNs?.length > 0 === wwids?.length > 0)
    report(['spec', 'fc'], 'expected exactly one of targetWWNs and wwids');
  for (const field of CSI_SECRETS) {
    const secret = spec['csi']?.[field] as Fields | undefined;
    for (const [name, format] of secret
      ? ([
          ['name', 'dns-subdomain'],
          ['namespace', 'dns-label'],
        ] as const)
      : []) {
      if (!secret![name]) report(['spec', 'csi', field, name], 'must be set', 'missing-field');
      else if (!formats[format]!(secret![name]))
        report(
          ['spec', 'csi', field, name],
          `expected ${expectedFormat(format)}; got ${JSON.stringify(secret![name])}`,
        );
    }
  }
  if (spec['azureFile']?.secretNamespace === '') report(['spec', 'azureFile', 'secretNamespace'], 'must not be empty');
  const namespace = spec['glusterfs']?.endpointsNamespace as string | undefined;
  if (namespace !== undefined && !formats['dns-label']!(namespace))
    report(
      ['spec', 'glusterfs', 'endpointsNamespace'],
      `expected ${expectedFormat('dns-label')}; got ${JSON.stringify(namespace)}`,
    );
  const { iqn, lun, chapAuthDiscovery, chapAuthSession, secretRef } = spec['iscsi'] ?? {};
  if (iqn && !IQN.test(iqn))
    report(
      ['spec', 'iscsi', 'iqn'],
      `expected a name such as iqn.2001-04.com.example:storage; got ${JSON.stringify(iqn)}`,
    );
  if (lun < 0 || lun > 255) report(['spec', 'iscsi', 'lun'], `expected a number from 0 to 255; got ${lun}`);
  if ((chapAuthDiscovery || chapAuthSession) && !secretRef)
    report(['spec', 'iscsi', 'secretRef'], 'must be set for CHAP', 'missing-field');
}

const SOURCES = new Set([
  'awsElasticBlockStore',
  'azureDisk',
  'azureFile',
  'cephfs',
  'cinder',
  'csi',
  'fc',
  'flexVolume',
  'flocker',
  'gcePersistentDisk',
  'glusterfs',
  'hostPath',
  'iscsi',
  'local',
  'nfs',
  'photonPersistentDisk',
  'portworxVolume',
  'quobyte',
  'rbd',
  'scaleIO',
  'storageos',
  'vsphereVolume',
]);
