import type { Fields } from '../../unit/manifest.js';
import type { Rule } from '../rule.js';

/** No controller deletes the volume with the images. */
export const keepImages: Rule = {
  id: 'keep-images',
  group: 'safety',
  severity: 'error',
  title: "The claim with the images is kept from pruning, a volume of its own is retained, and neither is a pod's own.",
  why: 'A claim that leaves the tree, by a rename or a wrong path, is pruned by Argo CD and Flux, and the images with it. An emptyDir is gone with its pod.',
  fix: 'Annotate the claim with argocd.argoproj.io/sync-options: Prune=false,Delete=false and kustomize.toolkit.fluxcd.io/prune: disabled; set persistentVolumeReclaimPolicy: Retain.',
  check(view, report) {
    for (const { workload, container, path, settings } of view.servers) {
      const folder = (settings['storage']?.filesystem?.rootdirectory ??
        (settings['storage']?.filesystem === undefined ? undefined : '/var/lib/registry')) as string | undefined;
      if (folder === undefined) continue;
      const mount = (container.volumeMounts ?? []).find(
        ({ mountPath }) => folder === mountPath || folder.startsWith(`${mountPath.replace(/\/$/, '')}/`),
      );
      const volumes = (workload.pod['volumes'] ?? []) as Fields[];
      const index = volumes.findIndex(({ name }) => name === mount?.name);
      if (!mount) {
        report(
          workload.object,
          path,
          `nothing is mounted at ${folder}: the images are in the container, and gone with it`,
        );
        continue;
      }
      if (volumes[index]?.['emptyDir'])
        report(
          workload.object,
          [...workload.path, 'volumes', index, 'emptyDir'],
          'the images are in an emptyDir, and gone with the pod',
        );
      const claim = view.find(
        'PersistentVolumeClaim',
        volumes[index]?.['persistentVolumeClaim']?.claimName,
        workload.namespace,
      );
      if (!claim) continue;
      const { 'argocd.argoproj.io/sync-options': argo = '', 'kustomize.toolkit.fluxcd.io/prune': flux } = (claim
        .metadata.annotations ?? {}) as Record<string, string>;
      if (!argo.includes('Prune=false')) report(claim, ['metadata'], 'Argo CD would prune it, and the images with it');
      if (flux !== 'disabled') report(claim, ['metadata'], 'Flux would prune it, and the images with it');
      const volume = claim['spec']?.volumeName ? view.find('PersistentVolume', claim['spec'].volumeName) : undefined;
      if (volume && volume['spec']?.persistentVolumeReclaimPolicy !== 'Retain')
        report(volume, ['spec', 'persistentVolumeReclaimPolicy'], 'is deleted with its claim, and the images with it');
    }
  },
};
