/** A volume for the images: who can mount it, and where it comes from. */
import type { Rule } from './rule.js';

export const volumeRules: readonly Rule[] = [
  {
    id: 'access-mode-fits',
    check({ settings: { storage, replicas, gc }, report }) {
      if (storage.type !== 'volume' || storage.accessMode === 'ReadWriteMany') return;
      if (storage.accessMode === 'ReadWriteOncePod') {
        if (replicas > 1) {
          report(
            ['storage.accessMode', 'replicas'],
            `ReadWriteOncePod lets one pod mount the volume, but there are ${replicas} replicas; take ReadWriteMany, or set replicas: 1`,
          );
        }
        if (gc.enabled) {
          report(
            ['storage.accessMode', 'gc.enabled'],
            'ReadWriteOncePod lets one pod mount the volume, so the garbage collector never could; take ReadWriteOnce, or set gc.enabled: false',
          );
        }
        return;
      }
      if (replicas > 1 && !storage.colocate) {
        report(
          ['storage.accessMode', 'replicas', 'storage.colocate'],
          `ReadWriteOnce lets one node mount the volume, but ${replicas} replicas may run on as many nodes. Choose: ` +
            'storage.accessMode: ReadWriteMany (a class such as NFS or Filestore), or replicas: 1, or ' +
            'storage.colocate: true (all replicas on one node, whose loss is then the loss of the service)',
        );
      }
    },
  },
  {
    id: 'one-static-volume',
    check({ settings: { storage }, written, report }) {
      if (storage.type !== 'volume') return;
      const kinds = Object.keys(written('storage.static') ?? {});
      if (kinds.length > 1)
        report('storage.static', `expected at most one of nfs, csi and hostPath; got ${kinds.join(' and ')}`);
    },
  },
  {
    id: 'static-volume-class',
    check({ settings: { storage }, report }) {
      if (storage.type === 'volume' && storage.static.type !== 'none' && storage.storageClass)
        report(
          ['storage.storageClass', 'storage.static'],
          'a static volume has no storage class; remove one of the two',
        );
    },
  },
];
