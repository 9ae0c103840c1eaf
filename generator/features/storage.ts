import type { PersistentVolume, PersistentVolumeClaim, PersistentVolumeSpec, PodSpec } from 'kubernetes-types/core/v1';
import { canonicalQuantity, type Settings, type VolumeStorage } from '../config/index.js';
import { type Complete, type Draft, explain, metadata } from '../model/index.js';
import { besideRegistry, DATA_FOLDER, KEEP } from './shared.js';
import { checkStorage } from './storage-check.js';

/** The images: what config.yml says of any storage, and the volume, where they are on one. */
export function storage(draft: Draft): void {
  const { settings, config } = draft;
  const { storage } = settings;
  config.storage = {
    ...(storage.type === 'volume' ? { filesystem: { rootdirectory: DATA_FOLDER } } : {}),
    delete: deletion(settings),
    maintenance: {
      uploadpurging: explain(
        { enabled: true, age: '168h', interval: '24h', dryrun: false },
        { enabled: 'Removes uploads that were never finished; garbage collection leaves them.' },
      ),
    },
    ...config.storage,
  };
  if (storage.type === 'volume') onVolume(draft, storage);
}

/**
 * A layer or a manifest that one replica deletes is still in the caches of the others: they tell a client that pushes it that it
 * is there, the push is acknowledged, and the image lacks it.
 */
function deletion({ redis, replicas }: Settings): object {
  if (redis.type !== 'sidecar' || replicas < 2) return { enabled: true };
  return explain(
    { enabled: false },
    {
      enabled:
        'Each pod has a cache of its own, which does not learn what another one deletes: an image that is pushed then would lack it. gc.retention and gc.deleteUntagged remove images.',
    },
  );
}

/** A claim, where asked for the volume that exists already, and its mount in every pod that needs it. */
function onVolume(draft: Draft, volume: VolumeStorage): void {
  const { settings, pod } = draft;
  draft.add(claim(settings, volume));
  if (volume.storageClass) draft.relyOn('StorageClass', volume.storageClass);
  if (volume.static.type !== 'none') draft.add(staticVolume(settings, volume));
  mount(pod, settings, false);
  pod.initContainers = [checkStorage(settings), ...(pod.initContainers ?? [])];
  for (const other of draft.storagePods) {
    mount(other.pod, settings, other.readOnly);
    if (volume.accessMode === 'ReadWriteOnce') {
      other.pod.affinity = besideRegistry(
        settings,
        "The volume is mounted on one node, the registry's: this pod must run there.",
      );
    }
  }
}

function claimName({ name }: Settings): string {
  return `${name}-data`;
}

function mount(pod: PodSpec, settings: Settings, readOnly: boolean): void {
  (pod.volumes ??= []).push({ name: 'data', persistentVolumeClaim: { claimName: claimName(settings) } });
  (pod.containers[0]!.volumeMounts ??= []).push({
    name: 'data',
    mountPath: DATA_FOLDER,
    ...(readOnly ? { readOnly } : {}),
  });
}

function claim(
  settings: Settings,
  { size, accessMode, storageClass, static: volume }: VolumeStorage,
): Complete<PersistentVolumeClaim> {
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: explain(
      { ...metadata(settings, 'PersistentVolumeClaim', 'registry', 'data'), annotations: { ...KEEP } },
      { annotations: 'With the claim go the images: no controller may delete it.' },
    ),
    spec: {
      accessModes: [accessMode],
      // An empty class, unlike none, keeps the cluster from provisioning another volume.
      ...(volume.type !== 'none' ? { storageClassName: '', volumeName: volumeName(settings) } : {}),
      ...(storageClass ? { storageClassName: storageClass } : {}),
      resources: { requests: { storage: canonicalQuantity(size) } },
    },
  };
}

/** PersistentVolumes belong to the whole cluster, so the name says whose it is. */
function volumeName({ namespace, name }: Settings): string {
  return `${namespace}-${name}-data`;
}

function staticVolume(
  settings: Settings,
  { size, accessMode, static: volume }: VolumeStorage,
): Complete<PersistentVolume> {
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: {
      ...metadata(settings, 'PersistentVolume', 'registry', 'data'),
      name: volumeName(settings),
      annotations: { ...KEEP },
    },
    spec: explain(
      {
        capacity: { storage: canonicalQuantity(size) },
        accessModes: [accessMode],
        persistentVolumeReclaimPolicy: 'Retain',
        claimRef: {
          apiVersion: 'v1',
          kind: 'PersistentVolumeClaim',
          namespace: settings.namespace,
          name: claimName(settings),
        },
        ...volumeSource(volume),
      },
      {
        persistentVolumeReclaimPolicy: 'The images outlive the claim.',
        claimRef: 'No other claim may take this volume.',
      },
    ),
  };
}

function volumeSource(volume: VolumeStorage['static']): Partial<PersistentVolumeSpec> {
  switch (volume.type) {
    case 'none':
      return {};
    case 'nfs':
      return { nfs: { server: volume.server, path: volume.path }, mountOptions: ['hard', 'nfsvers=4.1'] };
    case 'csi': {
      const { driver, volumeHandle, fsType, attributes } = volume;
      return {
        csi: {
          driver,
          volumeHandle,
          ...(fsType ? { fsType } : {}),
          ...(Object.keys(attributes).length > 0 ? { volumeAttributes: attributes } : {}),
        },
      };
    }
    case 'hostPath': {
      const expression = { key: 'kubernetes.io/hostname', operator: 'In', values: [volume.node] };
      return {
        hostPath: { path: volume.path, type: 'Directory' },
        nodeAffinity: { required: { nodeSelectorTerms: [{ matchExpressions: [expression] }] } },
      };
    }
  }
}
