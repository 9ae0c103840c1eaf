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
            `only one pod can mount a ReadWriteOncePod volume, but there are ${replicas} replicas; use ReadWriteMany, or set replicas: 1`,
          );
        }
        if (gc.enabled) {
          report(
            ['storage.accessMode', 'gc.enabled'],
            'only one pod can mount a ReadWriteOncePod volume, so the garbage collector cannot; use ReadWriteOnce, or set gc.enabled: false',
          );
        }
        return;
      }
      if (replicas > 1 && !storage.colocate) {
        report(
          ['storage.accessMode', 'replicas', 'storage.colocate'],
          `only one node can mount a ReadWriteOnce volume, but ${replicas} replicas can run on different nodes; set ` +
            'storage.accessMode: ReadWriteMany (with a class such as NFS or Filestore), or replicas: 1, or ' +
            'storage.colocate: true (all replicas on one node: if it fails, the registry is down)',
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
          'a static volume cannot have a storage class; remove one of the two',
        );
    },
  },
];
