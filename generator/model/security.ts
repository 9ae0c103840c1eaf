import type { PodSecurityContext, SecurityContext } from 'kubernetes-types/core/v1';
import { explain } from './explain.js';

/** User and group that every container runs as, and group that owns its volumes. */
export const USER = 1000;

/** @returns what the restricted Pod Security standard asks of a pod. */
export function podSecurity(): PodSecurityContext {
  return explain(
    {
      runAsNonRoot: true,
      runAsUser: USER,
      runAsGroup: USER,
      fsGroup: USER,
      fsGroupChangePolicy: 'OnRootMismatch',
      seccompProfile: { type: 'RuntimeDefault' },
    },
    { fsGroupChangePolicy: 'The default walks the whole volume at each start: minutes with many images.' },
  );
}

/** @returns what the restricted Pod Security standard asks of a container, and a read-only root file system. */
export function containerSecurity(): SecurityContext {
  return {
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ['ALL'] },
  };
}
