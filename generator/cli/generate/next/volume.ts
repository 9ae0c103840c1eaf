/** A volume that the registry's user can write: Kubernetes sees to that for a disk, and for no folder of a server or node. */
import type { Settings } from '../../../config/index.js';
import { STORAGE_CHECK } from '../../../features/index.js';
import { podSecurity } from '../../../model/index.js';
import { quote } from '../../shared/shell.js';
import type { Step } from './steps.js';

/** @returns what is done before the registry is applied, where its volume is a folder that is there already */
export function prepareVolume({ storage }: Settings): Step[] {
  if (storage.type !== 'volume') return [];
  const { runAsUser, runAsGroup } = podSecurity();
  const chown = (path: string): string => `sudo chown -R ${runAsUser}:${runAsGroup} ${quote(path)}`;
  const { static: volume } = storage;
  switch (volume.type) {
    case 'hostPath':
      return [
        {
          what: `On the node ${volume.node}, make the folder of the volume, and its owner the user of the registry's pods.`,
          commands: [`sudo mkdir -p ${quote(volume.path)}`, chown(volume.path)],
        },
      ];
    case 'nfs':
      return [
        {
          what: `On the NFS server ${volume.server}, make the user of the registry's pods the owner of the folder.`,
          commands: [chown(volume.path)],
        },
      ];
    case 'csi':
    case 'none':
      return [];
  }
}

/** @returns a sentence for who waits for pods that do not start, as they cannot write their volume */
export function ifVolumeIsRefused({ storage, namespace, name }: Settings): string[] {
  if (storage.type !== 'volume') return [];
  return [
    `Pods in Init:Error or Init:CrashLoopBackOff cannot write the volume: \`kubectl -n ${namespace} logs deployment/${name} -c ${STORAGE_CHECK}\` prints which folder, and what to do.`,
  ];
}
