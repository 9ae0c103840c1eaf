/** What makes volumes on a node: a CSI driver whose volumes have a size and grow, and the provisioner of kind and k3s. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Cluster } from '../../../scripts/cluster/cluster.js';
import { until } from '../processes.js';

/** Of the volumes that grow. */
const DRIVER = 'memory.csi.example.com';

const LOCAL_PATH = 'local-path-storage';
/** Of the pods that make and remove the folder of a volume, as the provisioner is shipped with. */
const LOCAL_PATH_FILES = {
  setup: '#!/bin/sh\nset -eu\nmkdir -m 0777 -p "$VOL_DIR"\n',
  teardown: '#!/bin/sh\nset -eu\nrm -rf "$VOL_DIR"\n',
};

/** Starts the CSI driver, and what asks it for volumes and for larger ones; waits until the kubelet knows it. */
export async function startDriver(node: Cluster): Promise<void> {
  const folder = join(node.data, 'csi');
  mkdirSync(folder);
  // The kubelet gives a volume to the group of its pod, whatever the access mode.
  node.apply([
    {
      apiVersion: 'storage.k8s.io/v1',
      kind: 'CSIDriver',
      metadata: { name: DRIVER },
      spec: { attachRequired: false, fsGroupPolicy: 'File' },
    },
  ]);
  node.startProgram('csi-driver', [
    'csi-driver',
    `--folder=${folder}`,
    `--plugins=${node.path('kubelet/plugins_registry')}`,
  ]);
  const socket = join(folder, 'csi.sock');
  await until('the driver listens', () => existsSync(socket), 30_000);
  const asked = [`--csi-address=${socket}`, `--kubeconfig=${node.kubeconfig}`];
  node.startProgram('csi-provisioner', ['csi-provisioner', ...asked, '--feature-gates=Topology=false']);
  node.startProgram('csi-resizer', ['csi-resizer', ...asked]);
  const drivers = (): string => node.must('get', 'csinode', 'node', '--output=jsonpath={.spec.drivers[*].name}');
  await until('the kubelet knows the driver', () => drivers().includes(DRIVER), 60_000);
}

/** @returns a class of the driver's volumes */
export function growingClass(name: string): object {
  return {
    apiVersion: 'storage.k8s.io/v1',
    kind: 'StorageClass',
    metadata: { name },
    provisioner: DRIVER,
    allowVolumeExpansion: true,
  };
}

/**
 * Starts the provisioner that kind and k3s have, with the class that is the default of kind.
 *
 * @param image of the pods that make and remove folders: one that the node has
 * @returns the folder of the volumes
 */
export function startLocalPath(node: Cluster, image: string): string {
  const volumes = join(node.data, 'local-path');
  const config = join(node.data, 'local-path.json');
  const pod = join(node.data, 'local-path-pod.json');
  writeFileSync(
    config,
    JSON.stringify({ nodePathMap: [{ node: 'DEFAULT_PATH_FOR_NON_LISTED_NODES', paths: [volumes] }] }),
  );
  const container = { name: 'helper-pod', image, imagePullPolicy: 'IfNotPresent' };
  const helper = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'helper-pod' }, spec: { containers: [container] } };
  writeFileSync(pod, JSON.stringify(helper));
  const metadata = { namespace: LOCAL_PATH };
  node.apply([
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: LOCAL_PATH } },
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { ...metadata, name: 'local-path-config' },
      data: LOCAL_PATH_FILES,
    },
    {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { ...metadata, name: 'local-path-provisioner-service-account' },
    },
    {
      apiVersion: 'storage.k8s.io/v1',
      kind: 'StorageClass',
      metadata: { name: 'standard', annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } },
      provisioner: 'rancher.io/local-path',
      volumeBindingMode: 'WaitForFirstConsumer',
    },
  ]);
  node.startProgram('local-path-provisioner', [
    'local-path-provisioner',
    'start',
    `--config=${config}`,
    `--helper-pod-file=${pod}`,
    `--helper-image=${image}`,
    `--kubeconfig=${node.kubeconfig}`,
    `--namespace=${LOCAL_PATH}`,
  ]);
  return volumes;
}
